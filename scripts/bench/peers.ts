// The programs of the bench that run beside it, bundled as the command line is: a source that is
// stripped of its types first takes longer to start.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { cacheFolder } from '../paths.ts';

/** Where they stand, and what they need beside them. */
export const peersFolder: string = join(cacheFolder, 'bench');

const names = [
  'basicFtpPeer',
  'ftpPeer',
  'listingPeer',
  'loadingPeer',
  'meter',
  'rawCopy',
  'workspacePeer',
] as const;

/** The finished files, by the names of their sources. */
export type Peers = Readonly<Record<(typeof names)[number], string>>;

/** Bundles all of them. */
export async function bundlePeers(): Promise<Peers> {
  await mkdir(peersFolder, { recursive: true });
  await build({
    entryPoints: names.map((name) => join(import.meta.dirname, `${name}.ts`)),
    outdir: peersFolder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  const files = names.map((name) => [name, join(peersFolder, `${name}.mjs`)] as const);
  return Object.fromEntries(files) as Peers;
}
