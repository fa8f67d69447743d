// The command line's only door to the files of this machine.
import { createReadStream, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { ByteSource } from '../base/bytes.ts';
import { isNeighbourName } from '../session/neighbours.ts';
import { Failure } from './failure.ts';
import { localNeighbourName } from './localNames.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usageError.ts';

/**
 * A path as the user means it: npm runs scripts in the project's folder and says in INIT_CWD where
 * the user stood. Whatever else npm runs passes that on, and it means nothing there.
 */
export function localPath(
  path: string,
  { environment, workingDirectory }: Pick<Surroundings, 'environment' | 'workingDirectory'>,
): string {
  const runBy = environment['npm_lifecycle_event'] ?? 'portside';
  const start = runBy === 'portside' ? environment['INIT_CWD'] : undefined;
  return resolve(start ?? workingDirectory, path);
}

/** A small file named by an option. Throws `UsageError` where it cannot be read. */
export async function readTextFile(path: string): Promise<string> {
  try {
    return await fs.readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

/** What a path leads to, links followed; `undefined` when nothing is there. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | undefined> {
  const stats = await told('Looking at', path, orAbsent(fs.stat(path)));
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return 'folder';
  return stats.isFile() ? 'file' : 'other';
}

/** Makes a folder that the user named, and those above it, where they are missing. */
export async function makeFolders(path: string): Promise<void> {
  await told('Creating the folder', path, fs.mkdir(path, { recursive: true }));
}

/**
 * Makes a folder that a server named, in one that is there. What is there already must be a folder
 * itself: through a symbolic link the server would write where nobody said.
 */
export async function makeFolder(path: string): Promise<void> {
  const stats = await told('Looking at', path, orAbsent(fs.lstat(path)));
  if (stats === undefined) await told('Creating the folder', path, fs.mkdir(path));
  else if (stats.isSymbolicLink()) {
    throw new Failure(`${path} is a symbolic link on this machine: nothing is written through it.`);
  } else if (!stats.isDirectory()) throw new Failure(`${path} is there already, and no folder.`);
}

/** How a file is put into its place. */
export interface WholeFileOptions {
  /** The time that the file is given. */
  readonly modified: Date | undefined;
  /** For the name under which the bytes arrive. */
  readonly id: string;
  readonly signal: AbortSignal;
}

/**
 * Writes a file so that the old one stands until the new one is whole: the bytes go to a neighbour
 * first, which then takes the name. A symbolic link of that name is replaced, not followed.
 */
export async function writeWholeFile(
  path: string,
  pieces: AsyncIterable<Uint8Array>,
  { modified, id, signal }: WholeFileOptions,
): Promise<void> {
  const old = await told('Looking at', path, orAbsent(fs.lstat(path)));
  if (old?.isDirectory()) throw new Failure(`${path} is a folder on this machine.`);
  const neighbour = join(dirname(path), localNeighbourName(basename(path), id));
  const handle = await told('Writing', path, fs.open(neighbour, 'wx'));
  try {
    try {
      for await (const piece of pieces) await told('Writing', path, handle.writeFile(piece));
      if (old?.isFile()) await told('Writing', path, handle.chmod(old.mode & 0o777));
      if (modified) await told('Writing', path, handle.utimes(modified, modified));
    } finally {
      await told('Writing', path, handle.close());
    }
    signal.throwIfAborted();
    await told('Writing', path, fs.rename(neighbour, path));
  } catch (error) {
    await fs.rm(neighbour, { force: true }).catch(() => {});
    throw error;
  }
}

/**
 * A name in a local folder; `leftOver` is one under which a file of ours arrives or arrived, `other`
 * what cannot be sent: a pipe, a device.
 */
export interface LocalEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'leftOver' | 'other';
}

/** What is in a folder, by name. */
export async function listFolder(path: string): Promise<readonly LocalEntry[]> {
  const entries = await told('Listing', path, fs.readdir(path, { withFileTypes: true }));
  return entries
    .map((entry): LocalEntry => {
      if (isNeighbourName(entry.name)) return { name: entry.name, kind: 'leftOver' };
      if (entry.isSymbolicLink()) return { name: entry.name, kind: 'link' };
      if (entry.isDirectory()) return { name: entry.name, kind: 'folder' };
      return { name: entry.name, kind: entry.isFile() ? 'file' : 'other' };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

// Large enough that the disk is not what a fast network waits for, small enough for many at a time.
const pieceLength = 256 * 1024;

/** Size and time of a file, in words; nothing where it is gone. */
export async function factsOf(path: string): Promise<string> {
  const stats = await told('Looking at', path, orAbsent(fs.lstat(path)));
  return stats ? ` (${stats.size} bytes, changed ${stats.mtime.toISOString()})` : '';
}

/** A file's bytes from its beginning, as often as it is asked for. */
export function fileSource(path: string): () => ByteSource {
  return async function* () {
    const pieces = createReadStream(path, { highWaterMark: pieceLength });
    try {
      for await (const piece of pieces) yield piece as Uint8Array;
    } catch (error) {
      throw failed('Reading', path, error);
    }
  };
}

async function orAbsent(looking: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await looking;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function told<T>(doing: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw failed(doing, path, error);
  }
}

function failed(doing: string, path: string, error: unknown): Failure {
  return new Failure(`${doing} ${path} failed: ${reasonOf(error)}.`, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this is not allowed',
  EPERM: 'this is not allowed',
  ENOSPC: 'there is no room left on the disk',
  EDQUOT: 'there is no room left on the disk',
  EROFS: 'the disk is read-only',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is no folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links go in a circle',
};

function reasonOf(error: unknown): string {
  const known = reasons[codeOf(error) ?? ''];
  return known ?? (error instanceof Error ? error.message : String(error));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
