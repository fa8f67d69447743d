// The sample site: a small web site in a folder, served by the embedded server, and known to a VS
// Code through its settings.
import { cp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type EmbeddedServer, startEmbeddedServer } from './embeddedServer.ts';
import { cacheFolder, commandLineFile, projectRoot } from './paths.ts';
import type { Settings } from './vscode/settings.ts';

const original = join(projectRoot, 'media', 'sample-site');

/** The workspace folder under which VS Code shows the sample site. */
export const sampleSiteUri = 'portside://sample/';

/** The site as `npm start` shows it: what was edited in it stays for the next time. */
export async function keepSampleSite(): Promise<string> {
  const folder = join(cacheFolder, 'sample-site');
  const exists = await stat(folder).catch(() => undefined);
  if (exists === undefined) await cp(original, folder, { recursive: true });
  return folder;
}

/** The site as it is delivered, in a folder of this name in the cache. */
export async function freshSampleSite(name: string): Promise<string> {
  const folder = join(cacheFolder, name);
  await rm(folder, { recursive: true, force: true });
  await cp(original, folder, { recursive: true });
  return folder;
}

/** Serves a copy of the sample site; the caller disposes the server. */
export function serveSampleSite(root: string, signal: AbortSignal): Promise<EmbeddedServer> {
  return startEmbeddedServer({ commandLine: commandLineFile, root, signal });
}

/** The user settings that make the served sample site known, and others behind it: anonymous, its certificate trusted. */
export function sampleSiteSettings(
  server: EmbeddedServer,
  ...others: readonly Readonly<Record<string, unknown>>[]
): Settings {
  return {
    'portside.sites': [
      {
        id: 'sample',
        name: 'Sample site',
        host: server.host,
        port: server.port,
        security: 'explicit',
        fingerprints: [server.fingerprint],
      },
      ...others,
    ],
  };
}
