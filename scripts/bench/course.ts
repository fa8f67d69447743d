// All that a race needs and that is made once: programs, clients, lines.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toolsEnvironment, whyNoNetworkLab } from '../../test/network/support/networkLab.ts';
import { unpackPackage } from '../../test/servers/support/debianPackages.ts';
import { runQuietly } from '../childProcess.ts';
import { findOnPath, npmCommand } from '../programs.ts';
import { build } from '../vsix.ts';
import {
  basicFtp,
  curl,
  ftp,
  type FtpClient,
  lftp,
  type ProgramName,
  programNames,
} from './clients.ts';
import { type Line, makeLine, makeLoopback } from './line.ts';
import { bundlePeers, type Peers, peersFolder } from './peers.ts';

/** How far clients are from servers. */
export type Distance = 'far' | 'near';

/** Where races are run. Disposing it takes the lines away. */
export interface Course extends AsyncDisposable {
  readonly lines: Readonly<Record<Distance, Line>>;
  /** Those who can be had here. */
  readonly peers: readonly FtpClient[];
  readonly programs: Peers;
  /** Sentences about lines and peers, for the reader. */
  readonly notes: readonly string[];
}

const far = { roundTripMs: 50, megabits: 200 } as const;

/** Builds Portside, brings the peers and lays the lines. The caller disposes it. */
export async function layCourse(signal: AbortSignal): Promise<Course> {
  const lacking = await whyNoNetworkLab(signal);
  if (lacking !== undefined) throw new Error(`Rows with servers are not measured: ${lacking}.`);
  await build(signal);
  const programs = await bundlePeers();
  const { found, missing } = await bringPrograms(signal);
  const environment = await toolsEnvironment(['iproute2', ...found.unpacked], signal);
  await using laid = new AsyncDisposableStack();
  const lines = {
    far: laid.use(await makeLine(far, environment, signal)),
    near: laid.use(await makeLoopback(environment, signal)),
  };
  const libraries = [basicFtp(programs.basicFtpPeer), ftp(programs.ftpPeer)];
  const all = [lftp(8), curl(8), lftp(1), curl(1), ...libraries];
  const versions = found.names.map((name) => versionOf(name, lines.near, signal));
  const notes = [
    `far: ${lines.far.words}`,
    `near: ${lines.near.words}`,
    `peers: ${[...(await Promise.all(versions)), ...(await libraryVersions())].join(', ')}`,
    ...missing.map((name) => `${name} is not here and could not be fetched`),
  ];
  const kept = laid.move();
  return {
    lines,
    peers: all.filter(({ program }) => program === undefined || !missing.includes(program)),
    programs,
    notes,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface Brought {
  readonly found: { readonly names: readonly string[]; readonly unpacked: readonly string[] };
  readonly missing: readonly ProgramName[];
}

/** Those who are not on the PATH are unpacked into the cache, as is the library. */
async function bringPrograms(signal: AbortSignal): Promise<Brought> {
  const absent = programNames.filter((name) => findOnPath(name) === undefined);
  const missing: ProgramName[] = [];
  for (const name of absent) await unpackPackage(name, signal).catch(() => missing.push(name));
  await bringLibrary(signal).catch(() => missing.push('ftp'));
  signal.throwIfAborted();
  const isHere = (name: ProgramName): boolean => !missing.includes(name);
  return {
    found: { names: programNames.filter(isHere), unpacked: absent.filter(isHere) },
    missing,
  };
}

// It is nothing of ours, and has not been changed since 2014.
const library = { name: 'ftp', version: '0.3.10' } as const;
const libraryFolder = join(peersFolder, library.name);

async function bringLibrary(signal: AbortSignal): Promise<void> {
  const file = join(libraryFolder, 'node_modules', library.name, 'package.json');
  if (existsSync(file)) return;
  await mkdir(libraryFolder, { recursive: true });
  await writeFile(join(libraryFolder, 'package.json'), '{ "private": true }\n');
  const [npm, ...words] = npmCommand();
  const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  const what = `${library.name}@${library.version}`;
  const { code, output } = await runQuietly(npm, [...words, ...install, what], {
    cwd: libraryFolder,
    signal,
  });
  if (code !== 0) throw new Error(`npm could not install ${what}:\n${output}`);
}

async function libraryVersions(): Promise<readonly string[]> {
  const { default: manifest } = await import('basic-ftp/package.json', { with: { type: 'json' } });
  return [`basic-ftp ${manifest.version}`, `${library.name} ${library.version}`];
}

async function versionOf(name: string, line: Line, signal: AbortSignal): Promise<string> {
  const { output } = await line.client.attempt([name, '--version'], signal);
  const [, version = ''] = /(\d+(?:\.\d+)+)/.exec(output) ?? [];
  return `${name} ${version}`;
}
