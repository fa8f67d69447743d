import assert from 'node:assert/strict';
import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleSiteUri } from '../../../scripts/sampleSite.ts';
import { windowUrl } from '../../../scripts/vscode/host.ts';
import { type Workbench, openWorkbench } from '../../../scripts/vscode/workbench.ts';
import type { Suite } from '../../../scripts/stages/mochaRun.ts';
import { waitUntil } from '../../../scripts/waiting.ts';
import type { World } from './world.ts';

/** The sample site as a workspace folder. */
export function editing({ browser, host, folder, pictures, signal }: World): Suite {
  const textOf = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const onDisk = (what: string, probe: () => Promise<boolean>): Promise<true> =>
    waitUntil(what, async () => ((await probe()) ? true : undefined), { signal });

  return () =>
    describe('the sample site as a workspace folder', () => {
      let workbench: Workbench;
      let names: readonly string[];

      before(async () => {
        names = await readdir(folder);
        workbench = await openWorkbench(browser, windowUrl(host, { folder: sampleSiteUri }));
      });

      afterEach(async function () {
        if (this.currentTest?.state !== 'failed') return;
        const name = this.currentTest.title.replaceAll(/\W+/g, '-');
        await workbench.page.screenshot({ path: join(pictures, `${name}.png`) });
      });

      it('shows its files in the Explorer', async () => {
        for (const name of names) await workbench.explorerRow(name).waitFor();
      });

      it('saves what is typed, byte for byte, and leaves nothing else behind', async () => {
        const before = await textOf('index.html');
        const wanted = before.replace(/( *)<li>Saturday.*\n/, '$&$1<li>Sunday: rest</li>\n');
        await workbench.openFile('index.html', 'Saturday');
        await workbench.typeAfterLine('Saturday', '<li>Sunday: rest</li>');
        await workbench.save('index.html');
        await onDisk('the new text', async () => (await textOf('index.html')) === wanted);
        await onDisk('no other name', async () => String(await readdir(folder)) === String(names));
      });

      it('saves the same file again', async () => {
        const before = await textOf('index.html');
        const wanted = before.replace('</h2>\n', '</h2>\n      <p>Mind the tide.</p>\n');
        await workbench.typeAfterLine('Welcome ashore', '<p>Mind the tide.</p>');
        await workbench.save('index.html');
        await onDisk('the newer text', async () => (await textOf('index.html')) === wanted);
      });

      it('asks before it overwrites what somebody else has written meanwhile', async () => {
        const theirs = (await textOf('index.html')).replace('Monday', 'Friday');
        await workbench.typeAfterLine('Welcome ashore', '<p>Mine.</p>');
        await writeFile(join(folder, 'index.html'), theirs);
        // Of the same size and older, so that VS Code itself notices nothing.
        const earlier = new Date('2021-03-04T05:06:07Z');
        await utimes(join(folder, 'index.html'), earlier, earlier);
        await workbench.page.keyboard.press('ControlOrMeta+S');
        await workbench.answer('Cancel');
        const refusal = workbench.notification('was not saved');
        await refusal.waitFor();
        assert.equal(await textOf('index.html'), theirs);
        await refusal.locator('.monaco-button').filter({ hasText: 'Retry' }).click();
        await workbench.answer('Overwrite');
        await onDisk('mine after all', async () =>
          (await textOf('index.html')).includes('<p>Mine.</p>'),
        );
        await workbench.tab('index.html').and(workbench.page.locator(':not(.dirty)')).waitFor();
      });

      it('renames a file', async () => {
        const text = await textOf('tides.html');
        await workbench.rename('tides.html', 'high water.html');
        assert.equal(await textOf('high water.html'), text);
        assert.ok(!(await readdir(folder)).includes('tides.html'));
      });

      it('deletes a file', async () => {
        await workbench.delete('robots.txt');
        assert.ok(!(await readdir(folder)).includes('robots.txt'));
      });

      it('says in the status bar that it uses block mode on the default data port', async () => {
        await workbench.statusBarItem('block mode · default data port').waitFor();
      });
    });
}
