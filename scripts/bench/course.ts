// All that a race needs and that is made once: programs, clients, lines.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { toolsEnvironment, whyNoNetworkLab } from '../../test/network/support/networkLab.ts';
import { unpackPackage } from '../../test/servers/support/debianPackages.ts';
import { cacheFolder } from '../paths.ts';
import { findOnPath } from '../programs.ts';
import { build } from '../vsix.ts';
import { basicFtp, curl, type FtpClient, lftp, type ProgramName, programNames } from './clients.ts';
import { type Line, makeLine, makeLoopback } from './line.ts';

/** How far clients are from servers. */
export type Distance = 'far' | 'near';

/** Where races are run. Disposing it takes the lines away. */
export interface Course extends AsyncDisposable {
  readonly lines: Readonly<Record<Distance, Line>>;
  /** Those who can be had here. */
  readonly peers: readonly FtpClient[];
  /** The bundled `rawCopy.ts`. */
  readonly rawCopyProgram: string;
  /** Sentences about lines and peers, for the reader. */
  readonly notes: readonly string[];
}

const programs = join(cacheFolder, 'bench');
const far = { roundTripMs: 50, megabits: 200 } as const;

/** Builds Portside, brings the peers and lays the lines. The caller disposes it. */
export async function layCourse(signal: AbortSignal): Promise<Course> {
  const lacking = await whyNoNetworkLab(signal);
  if (lacking !== undefined) throw new Error(`Rows with servers are not measured: ${lacking}.`);
  await build(signal);
  await bundlePrograms();
  const { found, missing } = await bringPrograms(signal);
  const environment = await toolsEnvironment(['iproute2', ...found.unpacked], signal);
  await using laid = new AsyncDisposableStack();
  const lines = {
    far: laid.use(await makeLine(far, environment, signal)),
    near: laid.use(await makeLoopback(environment, signal)),
  };
  const all = [lftp(8), lftp(1), curl(8), curl(1), basicFtp(join(programs, 'basicFtpPeer.mjs'))];
  const versions = found.names.map((name) => versionOf(name, lines.near, signal));
  const notes = [
    `far: ${lines.far.words}`,
    `near: ${lines.near.words}`,
    `peers: ${[...(await Promise.all(versions)), 'basic-ftp'].join(', ')}`,
    ...missing.map((name) => `${name} is not here and could not be fetched`),
    'ftp speaks no TLS, which all these servers ask for',
  ];
  const kept = laid.move();
  return {
    lines,
    peers: all.filter(({ program }) => program === undefined || !missing.includes(program)),
    rawCopyProgram: join(programs, 'rawCopy.mjs'),
    notes,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

// As the command line is: a source that is stripped of its types first takes longer to start.
async function bundlePrograms(): Promise<void> {
  await mkdir(programs, { recursive: true });
  await bundle({
    entryPoints: ['basicFtpPeer.ts', 'rawCopy.ts'].map((name) => join(import.meta.dirname, name)),
    outdir: programs,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
}

interface Brought {
  readonly found: { readonly names: readonly ProgramName[]; readonly unpacked: readonly string[] };
  readonly missing: readonly ProgramName[];
}

/** Those who are not on the PATH are unpacked into the cache. */
async function bringPrograms(signal: AbortSignal): Promise<Brought> {
  const absent = programNames.filter((name) => findOnPath(name) === undefined);
  const missing: ProgramName[] = [];
  for (const name of absent) await unpackPackage(name, signal).catch(() => missing.push(name));
  const isHere = (name: ProgramName): boolean => !missing.includes(name);
  return {
    found: { names: programNames.filter(isHere), unpacked: absent.filter(isHere) },
    missing,
  };
}

async function versionOf(name: string, line: Line, signal: AbortSignal): Promise<string> {
  const { output } = await line.client.attempt([name, '--version'], signal);
  const [, version = ''] = /(\d+(?:\.\d+)+)/.exec(output) ?? [];
  return `${name} ${version}`;
}
