import { type RemotePath, toRemotePath } from '../../../src/base/paths.ts';
import type { RemoteFileSystem } from '../../../src/session/remoteFileSystem.ts';
import type { SessionOptions } from '../../../src/session/sessionOptions.ts';
import { type CopyOptions, copyTrees } from '../../../src/sync/copyTree.ts';
import { localSide } from '../../../src/sync/localSide.ts';
import { remoteSide } from '../../../src/sync/remoteSide.ts';
import type { MemoryFiles } from '../../support/memoryFiles.ts';
import type { FakeServer } from '../session/fakeConnection.ts';
import { openFake } from '../session/fakeSession.ts';

/** What became of a copy, each in a line, in the order in which it was told. */
export interface CopyRun {
  readonly told: readonly string[];
  /** Bytes of files that moved. */
  readonly moved: number;
  /** What it rejected with. */
  readonly error: unknown;
}

export interface CopyRunOptions extends Partial<Omit<CopyOptions, 'observer'>> {
  readonly direction: 'up' | 'down';
  readonly session?: Partial<SessionOptions>;
  /** Called with each line as it is told. */
  readonly onTold?: (line: string) => void;
}

/** Copies /site of one side to /copy of the other: of a machine and a server, both in memory. */
export async function copySite(
  local: MemoryFiles,
  server: FakeServer,
  { direction, session = {}, onTold, atOnce = 1, signal, ...rest }: CopyRunOptions,
): Promise<CopyRun> {
  const told: string[] = [];
  let moved = 0;
  const tell = (line: string): void => {
    told.push(line);
    onTold?.(line);
  };
  const options: CopyOptions = {
    ...rest,
    atOnce,
    signal: signal ?? new AbortController().signal,
    observer: {
      copied: ({ from, to }) => tell(`copied ${from} to ${to}`),
      moved: (bytes) => (moved += bytes),
      leftOut: ({ path, kind }) => tell(`left out ${path}: ${kind}`),
      failed: (path, error) => tell(`failed ${path}: ${messageOf(error)}`),
      missed: (path, kind) => tell(`missed the ${kind} ${path}`),
    },
  };
  await using files = openFake(server, session);
  const copying =
    direction === 'up' ? copyUp(local, files, options) : copyDown(local, files, options);
  const error = await copying.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { told, moved, error };
}

const more = { name: 'site', into: false, recursive: true } as const;
const [site, copy]: readonly [RemotePath, RemotePath] = [
  toRemotePath('/site'),
  toRemotePath('/copy'),
];

function copyUp(local: MemoryFiles, files: RemoteFileSystem, options: CopyOptions): Promise<void> {
  const sides = { from: localSide(local), to: remoteSide(files) };
  return copyTrees(sides, [{ ...more, source: site, target: copy }], options);
}

function copyDown(
  local: MemoryFiles,
  files: RemoteFileSystem,
  options: CopyOptions,
): Promise<void> {
  const sides = { from: remoteSide(files), to: localSide(local) };
  return copyTrees(sides, [{ ...more, source: site, target: copy }], options);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
