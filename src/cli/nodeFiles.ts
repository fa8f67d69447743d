// The command line's only door to the files of this machine.
import { createReadStream, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorMessage } from '../base/errorMessage.ts';
import type { ByteSource } from '../base/bytes.ts';
import {
  type LocalEntry,
  type LocalFacts,
  LocalFileError,
  type LocalFiles,
  type LocalWriteOptions,
} from '../sync/localFiles.ts';
import { localTemporaryName } from '../sync/localNames.ts';
import type { VerbParts } from './verb.ts';
import { UsageError } from './errors.ts';

/** The files of this machine, as a copy needs them. */
export function nodeFiles({ platform, newId }: Pick<VerbParts, 'platform' | 'newId'>): LocalFiles {
  return {
    platform,
    join,
    parentOf: dirname,
    nameOf: basename,
    kindOf,
    stat: factsOf,
    list: listFolder,
    makeFolders: makeLocalFolders,
    makeFolder,
    read: fileSource,
    write: (path, pieces, options) => writeWholeFile(path, pieces, { ...options, id: newId() }),
  };
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

/** Makes a folder and those above it where they are missing. */
export async function makeLocalFolders(path: string): Promise<void> {
  await told('Creating the folder', path, fs.mkdir(path, { recursive: true }));
}

async function makeFolder(path: string): Promise<void> {
  const stats = await told('Looking at', path, orAbsent(fs.lstat(path)));
  if (stats === undefined) await told('Creating the folder', path, fs.mkdir(path));
  else if (stats.isSymbolicLink()) {
    throw new LocalFileError(
      `${path} is a symbolic link on this machine: Portside writes nothing through it.`,
    );
  } else if (!stats.isDirectory())
    throw new LocalFileError(`${path} exists already and is not a folder.`);
}

interface WholeFileOptions extends LocalWriteOptions {
  /** Part of the temporary name under which the bytes arrive. */
  readonly id: string;
}

async function writeWholeFile(
  path: string,
  pieces: ByteSource,
  { modified, id, signal }: WholeFileOptions,
): Promise<void> {
  const old = await told('Looking at', path, orAbsent(fs.lstat(path)));
  if (old?.isDirectory()) throw new LocalFileError(`${path} is a folder on this machine.`);
  const temporary = join(dirname(path), localTemporaryName(basename(path), id));
  const handle = await told('Writing', path, fs.open(temporary, 'wx'));
  try {
    try {
      for await (const piece of pieces) await told('Writing', path, handle.writeFile(piece));
      if (old?.isFile()) await told('Writing', path, handle.chmod(old.mode & 0o777));
      if (modified) await told('Writing', path, handle.utimes(modified, modified));
    } finally {
      await told('Writing', path, handle.close());
    }
    signal.throwIfAborted();
    await told('Writing', path, fs.rename(temporary, path));
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
}

async function listFolder(path: string): Promise<readonly LocalEntry[]> {
  const entries = await told('Listing', path, fs.readdir(path, { withFileTypes: true }));
  return entries
    .map((entry): LocalEntry => {
      if (entry.isSymbolicLink()) return { name: entry.name, kind: 'link' };
      if (entry.isDirectory()) return { name: entry.name, kind: 'folder' };
      return { name: entry.name, kind: entry.isFile() ? 'file' : 'other' };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

// Large enough that a fast network does not wait for the disk, small enough for many files at a time.
const pieceLength = 256 * 1024;

async function factsOf(path: string): Promise<LocalFacts | undefined> {
  const stats = await told('Looking at', path, orAbsent(fs.lstat(path)));
  return stats && { size: stats.size, modified: stats.mtime };
}

function fileSource(path: string): () => ByteSource {
  return async function* () {
    const pieces = createReadStream(path, { highWaterMark: pieceLength });
    try {
      for await (const piece of pieces) yield piece as Uint8Array;
    } catch (error) {
      throw failed('Reading', path, error);
    }
  };
}

async function orAbsent(stats: Promise<Stats>): Promise<Stats | undefined> {
  try {
    return await stats;
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

function failed(doing: string, path: string, error: unknown): LocalFileError {
  return new LocalFileError(`${doing} ${path} failed: ${reasonOf(error)}.`, { cause: error });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist',
  EACCES: 'this is not allowed',
  EPERM: 'this is not allowed',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is read-only',
  EEXIST: 'it exists already',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ENAMETOOLONG: 'its name is too long',
  ELOOP: 'its symbolic links go in a circle',
};

function reasonOf(error: unknown): string {
  const known = reasons[codeOf(error) ?? ''];
  return known ?? errorMessage(error);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
