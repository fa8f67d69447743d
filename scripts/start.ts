// `npm start`: the sample site in a real VS Code, until Ctrl+C. `npm start -- --check`: the same
// without a screen, and the proof that it works.
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { check } from './check.ts';
import type { EmbeddedServer } from './embeddedServer.ts';
import { runScript } from './interruption.ts';
import { projectRoot } from './paths.ts';
import {
  keepSampleSite,
  sampleSiteSettings,
  sampleSiteUri,
  serveSampleSite,
} from './sampleSite.ts';
import { findDesktop, startDesktop } from './vscode/desktop.ts';
import { startHost, windowUrl } from './vscode/host.ts';
import { quietSettings } from './vscode/settings.ts';
import { packageVsix } from './vsix.ts';

const { values } = parseArgs({
  options: { check: { type: 'boolean' }, 'update-picture': { type: 'boolean' } },
});

await runScript(async (signal) => {
  if (values.check) await check({ updatePicture: values['update-picture'] ?? false, signal });
  else
    await start(signal).catch((error: unknown) => {
      // Ctrl+C is how this is meant to end.
      if (!signal.aborted) throw error;
    });
  return 0;
});

async function start(signal: AbortSignal): Promise<void> {
  const vsix = await packageVsix(signal);
  const folder = await keepSampleSite();
  await using server = await serveSampleSite(folder, signal);
  report(`The sample site, ${relative(projectRoot, folder)}, is served on
  ftpes://${server.host}:${server.port}/  fingerprint ${server.fingerprint}`);
  const desktop = findDesktop();
  if (desktop === undefined) await openInBrowser(vsix, server, signal);
  else await openOnDesktop(desktop, vsix, server, signal);
}

async function openInBrowser(
  vsix: string,
  server: EmbeddedServer,
  signal: AbortSignal,
): Promise<void> {
  const settings = { ...quietSettings, ...sampleSiteSettings(server) };
  await using host = await startHost({ extensions: [vsix], settings, signal });
  report(`VS Code with Portside and the sample site, for your browser:
  ${windowUrl(host, { folder: sampleSiteUri })}
Press Ctrl+C to end.`);
  await host.ended(signal);
}

async function openOnDesktop(
  program: string,
  vsix: string,
  server: EmbeddedServer,
  signal: AbortSignal,
): Promise<void> {
  const settings = { ...quietSettings, ...sampleSiteSettings(server) };
  report(`VS Code opens with Portside and the sample site, in folders of its own.
Close its window or press Ctrl+C to end.`);
  await using window = await startDesktop({
    program,
    vsix,
    settings,
    folder: sampleSiteUri,
    signal,
  });
  await window.ended(signal);
}

function report(text: string): void {
  process.stdout.write(`${text}\n`);
}
