// The command line's only door to the files of this machine. What is small is read and written by calls that
// wait: another thread takes longer to be woken than the disk's cache to answer.
import * as fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { errorMessage } from '../base/errorMessage.ts';
import { type ByteSource, concatBytes } from '../base/bytes.ts';
import {
  type LocalEntry,
  type LocalFacts,
  LocalFileError,
  type LocalFiles,
  type LocalWriteOptions,
} from '../sync/localFiles.ts';
import { localTemporaryName } from '../sync/localNames.ts';
import { UsageError } from './errors.ts';
import type { VerbParts } from './verb.ts';

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
    return await fs.promises.readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${reasonOf(error)}.`, { cause: error });
  }
}

/** What a path leads to, links followed; `undefined` when nothing is there. */
export async function kindOf(path: string): Promise<'file' | 'folder' | 'other' | undefined> {
  const stats = await told('Looking at', path, orAbsent(fs.promises.stat(path)));
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return 'folder';
  return stats.isFile() ? 'file' : 'other';
}

/** Makes a folder and those above it where they are missing. */
export async function makeLocalFolders(path: string): Promise<void> {
  await told('Creating the folder', path, fs.promises.mkdir(path, { recursive: true }));
}

async function makeFolder(path: string): Promise<void> {
  const stats = await told('Looking at', path, orAbsent(fs.promises.lstat(path)));
  if (stats === undefined) await told('Creating the folder', path, fs.promises.mkdir(path));
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
  const old = toldAtOnce('Looking at', path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  if (old?.isDirectory()) throw new LocalFileError(`${path} is a folder on this machine.`);
  const mode = old?.isFile() ? old.mode & 0o777 : undefined;
  const temporary = new TemporaryFile(join(dirname(path), localTemporaryName(basename(path), id)));
  try {
    for await (const piece of pieces) await told('Writing', path, temporary.add(piece));
    await told('Writing', path, temporary.finish({ mode, modified }));
    signal.throwIfAborted();
    // To free the room of a large file takes a while.
    const isLarge = old !== undefined && old.size > smallFile;
    if (isLarge) await told('Writing', path, fs.promises.rename(temporary.path, path));
    else toldAtOnce('Writing', path, () => fs.renameSync(temporary.path, path));
  } catch (error) {
    await temporary.remove();
    throw error;
  }
}

async function listFolder(path: string): Promise<readonly LocalEntry[]> {
  const entries = await told('Listing', path, fs.promises.readdir(path, { withFileTypes: true }));
  return entries
    .map((entry): LocalEntry => {
      if (entry.isSymbolicLink()) return { name: entry.name, kind: 'link' };
      if (entry.isDirectory()) return { name: entry.name, kind: 'folder' };
      return { name: entry.name, kind: entry.isFile() ? 'file' : 'other' };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function factsOf(path: string): Promise<LocalFacts | undefined> {
  const stats = await told('Looking at', path, orAbsent(fs.promises.lstat(path)));
  return stats && { size: stats.size, modified: stats.mtime };
}

function fileSource(path: string): () => ByteSource {
  return async function* () {
    try {
      yield* piecesOf(path);
    } catch (error) {
      throw failed('Reading', path, error);
    }
  };
}

async function orAbsent(stats: Promise<fs.Stats>): Promise<fs.Stats | undefined> {
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

/** For work that is done sooner than another thread could be woken for it. */
function toldAtOnce<T>(doing: string, path: string, work: () => T): T {
  try {
    return work();
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

const [readFrom, writeTo] = [promisify(fs.read), promisify(fs.writev)];

// A file up to this size is read or written at once.
const smallFile = 64 * 1024;

// Larger ones would fill the memory with what is done with.
const pieceLength = 128 * 1024;

// What the disk is given at a time, and what may wait for it while it works.
const batchLength = 1024 * 1024;
const mostWaiting = 2 * batchLength;

/** A file's bytes; while one piece is used, the next one is read. */
async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = fs.openSync(path, 'r');
  let next: Promise<Uint8Array> | undefined;
  try {
    if (fs.fstatSync(file).size <= smallFile) {
      const all = fs.readFileSync(file);
      if (all.length > 0) yield all;
      return;
    }
    for (let piece = await readPiece(file); piece.length > 0; piece = await next) {
      next = readPiece(file);
      next.catch(() => {});
      yield piece;
    }
  } finally {
    // A file is not closed under a read: its number may be another file's by then.
    await next?.catch(() => {});
    fs.closeSync(file);
  }
}

async function readPiece(file: number): Promise<Uint8Array> {
  // Not reused: pieces may still be on their way when the next one is asked for.
  const room = Buffer.allocUnsafeSlow(pieceLength);
  const { bytesRead } = await readFrom(file, room, 0, pieceLength, null);
  return room.subarray(0, bytesRead);
}

/** What a whole file gets beside its bytes. */
interface FileFacts {
  /** Of the file that it replaces. */
  readonly mode: number | undefined;
  readonly modified: Date | undefined;
}

/** A file under a temporary name, which must not exist yet. It is whole when `finish` resolves. */
class TemporaryFile {
  readonly path: string;
  #file: number | undefined;
  #isMade = false;
  #waiting: Uint8Array[] = [];
  #size = 0;
  #writing: Promise<void> | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Takes a piece, which must not be changed any more; waits only where the disk is behind. */
  async add(piece: Uint8Array): Promise<void> {
    this.#waiting.push(piece);
    this.#size += piece.length;
    if (this.#size < (this.#writing ? mostWaiting : batchLength)) return;
    await this.#writing;
    void this.#write();
  }

  /** Writes what is left, sets the facts and closes the file. */
  async finish({ mode, modified }: FileFacts): Promise<void> {
    await this.#writing;
    if (this.#size > smallFile) await this.#write();
    const file = this.#open();
    if (this.#size > 0) fs.writeFileSync(file, concatBytes(this.#waiting));
    if (mode !== undefined) fs.fchmodSync(file, mode);
    if (modified) fs.futimesSync(file, modified, modified);
    this.#close();
  }

  /** Takes it away where it was made. */
  async remove(): Promise<void> {
    await this.#writing?.catch(() => {});
    if (!this.#isMade) return;
    try {
      this.#close();
      fs.rmSync(this.path, { force: true });
    } catch {
      // What led here is told; this would hide it.
    }
  }

  #open(): number {
    this.#file ??= fs.openSync(this.path, 'wx');
    this.#isMade = true;
    return this.#file;
  }

  #close(): void {
    if (this.#file !== undefined) fs.closeSync(this.#file);
    this.#file = undefined;
  }

  #write(): Promise<void> {
    const writing = writeAll(this.#open(), this.#waiting, this.#size).then(() => {
      this.#writing = undefined;
    });
    // Where it fails, the next piece or the end tells.
    writing.catch(() => {});
    this.#writing = writing;
    [this.#waiting, this.#size] = [[], 0];
    return writing;
  }
}

// A system may take less than it is given, or no more at all: the next call says why.
async function writeAll(file: number, pieces: readonly Uint8Array[], size: number): Promise<void> {
  let rest = pieces;
  for (let left = size; left > 0;) {
    const { bytesWritten } = await writeTo(file, rest);
    left -= bytesWritten;
    if (left > 0) rest = [concatBytes(rest).subarray(bytesWritten)];
  }
}
