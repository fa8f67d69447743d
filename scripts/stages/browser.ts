// The stage that uses the extension as its users do: the VSIX installed, in the window of VS Code.
import { join } from 'node:path';
import { serveCountedSite } from '../../test/vscode/browser/countedSite.ts';
import { browserSuites } from '../../test/vscode/browser/suites.ts';
import { launchChromium } from '../chromium.ts';
import { cacheFolder } from '../paths.ts';
import { freshSampleSite, sampleSiteSettings, serveSampleSite } from '../sampleSite.ts';
import { startHost } from '../vscode/host.ts';
import { steadySettings } from '../vscode/settings.ts';
import { packageVsix } from '../vsix.ts';
import { runMocha } from './mochaRun.ts';
import type { Stage } from './tally.ts';

/** The window: what is clicked, typed and seen, and what then stands on the disk. */
export const browser: Stage = {
  name: 'browser',
  run: async (signal) => {
    const vsix = await packageVsix(signal);
    const folder = await freshSampleSite('browser-site');
    await using server = await serveSampleSite(folder, signal);
    await using counted = await serveCountedSite(await freshSampleSite('counted-site'));
    await using chromium = await launchChromium(signal);
    await using host = await startHost({
      extensions: [vsix],
      settings: { ...steadySettings, ...sampleSiteSettings(server, counted.setting) },
      signal,
    });
    // So that no step goes on waiting for the window.
    signal.addEventListener('abort', () => void chromium.close(), { once: true });
    const pictures = join(cacheFolder, 'browser');
    const world = { browser: chromium, host, folder, counted, pictures, signal };
    return await runMocha(
      browserSuites(world),
      (line) => process.stdout.write(`${line}\n`),
      signal,
    );
  },
};
