import { deepStrictEqual } from 'node:assert/strict';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import type { Suite } from '../../../scripts/stages/mochaRun.ts';
import { windowUrl } from '../../../scripts/vscode/host.ts';
import { type Workbench, openWorkbench } from '../../../scripts/vscode/workbench.ts';
import type { World } from './world.ts';

/** The Connection Doctor's page, from the command to the report. */
export function doctor({ browser, host, pictures }: World): Suite {
  return () =>
    describe('the Connection Doctor', () => {
      let workbench: Workbench;
      let page: FrameLocator;

      before(async () => {
        workbench = await openWorkbench(browser, windowUrl(host, { ew: 'true' }));
        // VS Code puts a page of an extension into a frame of its own, and that into another one.
        page = workbench.page.frameLocator('iframe.webview').frameLocator('#active-frame');
      });

      it('tests a site, and says that all is well', async () => {
        // The palette knows a command only once the window knows the extension.
        await workbench.openContainer('Portside');
        await workbench.viewRow('Sample site').waitFor();
        await workbench.runCommand('Portside: Connection Doctor…');
        await workbench.pick('Sample site');
        await page.getByRole('heading', { name: 'All is well' }).waitFor();
      });

      it('says of each test how it ended', async () => {
        const outcomes = await page
          .locator('tbody tr')
          .evaluateAll((rows) =>
            rows.map((row) => `${row.querySelector('th')?.textContent}: ${row.className}`),
          );
        deepStrictEqual(
          outcomes.filter((outcome) => /Login|Data ports|Listing|Certificate/.test(outcome)),
          ['Certificate: ok', 'Login: ok', 'Data ports: ok', 'Listing: ok'],
        );
      });

      it('draws who reaches whom', async () => {
        await page.getByRole('img', { name: /Who connects to whom/ }).waitFor();
        await workbench.page.screenshot({ path: join(pictures, 'doctor.png') });
      });

      it('tests again, by the keyboard', async () => {
        await page.getByRole('button', { name: 'Test Again', exact: true }).press('Enter');
        await page.getByRole('heading', { name: 'Testing the connection' }).waitFor();
        await page.getByRole('heading', { name: 'All is well' }).waitFor();
      });
    });
}
