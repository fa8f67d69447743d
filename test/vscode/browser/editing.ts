import assert from 'node:assert/strict';
import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleSiteUri } from '../../../scripts/sampleSite.ts';
import { windowUrl } from '../../../scripts/vscode/host.ts';
import { type Workbench, openWorkbench } from '../../../scripts/vscode/workbench.ts';
import type { Locator } from 'playwright-core';
import type { Suite } from '../../../scripts/stages/mochaRun.ts';
import { waitUntil } from '../../../scripts/waiting.ts';
import type { World } from './world.ts';

// What somebody else does to a file meanwhile. Of the second one VS Code itself would notice nothing.
const changes: readonly (readonly [string, (text: string) => string, Date?])[] = [
  ['newer and longer', (text) => `${text}<!-- Theirs. -->\n`],
  [
    'older and of the same size',
    (text) => text.replace('Monday', 'Friday'),
    new Date('2021-03-04T05:06:07Z'),
  ],
];

/** The sample site as a workspace folder. */
export function editing({ browser, host, folder, pictures, signal }: World): Suite {
  const textOf = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const theirsArrives = async (change: (text: string) => string, time?: Date): Promise<void> => {
    await writeFile(join(folder, 'index.html'), change(await textOf('index.html')));
    if (time) await utimes(join(folder, 'index.html'), time, time);
  };
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

      // VS Code asks in a notification of its own; a dialog would be ours.
      const askedOnce = async (): Promise<Locator> => {
        await workbench.page.keyboard.press('ControlOrMeta+S');
        const question = workbench.notification('index.html');
        await question.waitFor();
        assert.equal(await question.count(), 1);
        assert.equal(await workbench.dialog().count(), 0);
        return question.locator('.monaco-button');
      };
      const savedAs = async (text: string): Promise<void> => {
        await onDisk('mine after all', async () => (await textOf('index.html')).includes(text));
        await workbench.tab('index.html').and(workbench.page.locator(':not(.dirty)')).waitFor();
        assert.equal(await workbench.dialog().count(), 0);
        assert.equal(await workbench.notification('index.html').count(), 0);
      };
      for (const [index, [what, change, time]] of changes.entries()) {
        it(`asks once before it overwrites what is ${what}, and overwrites`, async () => {
          const mine = `<p>Mine ${index}.</p>`;
          await workbench.typeAfterLine('Welcome ashore', mine);
          await theirsArrives(change, time);
          const buttons = await askedOnce();
          assert.ok(!(await textOf('index.html')).includes(mine));
          await buttons.filter({ hasText: 'Overwrite' }).click();
          await savedAs(mine);
        });
      }

      it('shows both beside each other, and uses mine without a second question', async () => {
        await workbench.typeAfterLine('Welcome ashore', '<p>Compared.</p>');
        await theirsArrives((text) => `${text}<!-- Theirs again. -->\n`);
        const buttons = await askedOnce();
        await buttons.filter({ hasText: 'Compare' }).click();
        await workbench.titleAction("Use the Server's").waitFor();
        await workbench.titleAction('Use Mine').click();
        await workbench.titleAction('Use Mine').waitFor({ state: 'detached' });
        await savedAs('<p>Compared.</p>');
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
