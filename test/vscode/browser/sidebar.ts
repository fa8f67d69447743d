import { join } from 'node:path';
import type { Suite } from '../../../scripts/stages/mochaRun.ts';
import { windowUrl } from '../../../scripts/vscode/host.ts';
import { type Workbench, openWorkbench } from '../../../scripts/vscode/workbench.ts';
import type { World } from './world.ts';

/** The Sites view, from an empty window to the site as a workspace folder. */
export function sidebar({ browser, host, pictures }: World): Suite {
  return () =>
    describe('the Sites view', () => {
      let workbench: Workbench;

      before(async () => {
        workbench = await openWorkbench(browser, windowUrl(host, { ew: 'true' }));
      });

      afterEach(async function () {
        if (this.currentTest?.state !== 'failed') return;
        const name = this.currentTest.title.replaceAll(/\W+/g, '-');
        await workbench.page.screenshot({ path: join(pictures, `${name}.png`) });
      });

      it('shows the sites of the settings', async () => {
        await workbench.openContainer('Portside');
        await workbench.viewRow('Sample site').waitFor();
      });

      it('connects a site that is chosen, and shows its files', async () => {
        const site = workbench.viewRow('Sample site');
        await site.click();
        await workbench.statusBarItem('Sample site').waitFor();
        await workbench.viewRow('css').waitFor();
      });

      it('opens a file in an editor', async () => {
        await workbench.viewRow('tides.js').click();
        await workbench.tab('tides.js').waitFor();
        await workbench.lines().filter({ hasText: 'Half a lunar day' }).first().waitFor();
      });

      it('opens a site as the workspace folder', async () => {
        await workbench.viewRow('Sample site').hover();
        const open = workbench.viewRow('Sample site').getByLabel(/Open as/);
        await open.first().click();
        await workbench.openExplorer();
        await workbench.explorerRow('css').waitFor();
      });
    });
}
