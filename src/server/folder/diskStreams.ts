import type { Dir } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { diskEntryOf, mayWrite, pathBytes, toFolderError } from './diskEntry.ts';
import { type HeldFolder, pathIn } from './diskGround.ts';
import {
  type FileReader,
  type FileWriter,
  FolderError,
  isServedName,
  type ServedEntry,
  type ServedListing,
  type WriteStart,
} from './servedFolder.ts';

// Large enough that the thread pool's round trip does not show, small enough for many at a time.
const pieceLength = 256 * 1024;

/** An open file of the disk. */
export class DiskReader implements FileReader {
  readonly entry: ServedEntry;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, entry: ServedEntry) {
    this.#handle = handle;
    this.entry = entry;
  }

  /** What is appended meanwhile is not sent; a file that shrinks ends early. */
  async *pieces(offset: number): AsyncGenerator<Uint8Array> {
    let at = offset;
    while (at < this.entry.size) {
      const wanted = Math.min(pieceLength, this.entry.size - at);
      const { bytesRead, buffer } = await this.#read(Buffer.allocUnsafe(wanted), at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  async #read(buffer: Buffer, at: number): Promise<{ bytesRead: number; buffer: Buffer }> {
    try {
      return await this.#handle.read(buffer, 0, buffer.length, at);
    } catch (error) {
      throw toFolderError(this.entry.name, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not awaited: nobody's bytes depend on it, and the next of a thousand files is waiting.
    this.#handle.close().catch(() => {});
  }
}

/** A file of the disk, open for writing. */
export class DiskWriter implements FileWriter {
  readonly #handle: FileHandle;
  readonly #start: WriteStart;
  #at = 0;

  private constructor(handle: FileHandle, start: WriteStart) {
    this.#handle = handle;
    this.#start = start;
  }

  /** Takes the handle over; fails, and closes it, where the writing could not begin. */
  static async open(handle: FileHandle, start: WriteStart): Promise<DiskWriter> {
    const writer = new DiskWriter(handle, start);
    try {
      await writer.#expectReached();
      return writer;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async begin(): Promise<void> {
    await this.#expectReached();
    if (this.#start.kind === 'replace') await this.#handle.truncate(0);
    if (this.#start.kind === 'append') this.#at = (await this.#handle.stat()).size;
    if (this.#start.kind === 'offset') this.#at = this.#start.bytes;
  }

  async #expectReached(): Promise<void> {
    if (this.#start.kind !== 'offset') return;
    const { size } = await this.#handle.stat();
    if (size < this.#start.bytes) throw new FolderError('short', 'the file');
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    let left = pieces.filter((piece) => piece.length > 0);
    try {
      while (left.length > 0) {
        const { bytesWritten } = await this.#handle.writev(left, this.#at);
        this.#at += bytesWritten;
        left = rest(left, bytesWritten);
      }
    } catch (error) {
      throw toFolderError('the file', error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close().catch(() => {});
  }
}

// A disk that fills up takes a part of what it was given.
function rest(pieces: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  const left: Uint8Array[] = [];
  for (const piece of pieces) {
    if (skip < piece.length) left.push(skip > 0 ? piece.subarray(skip) : piece);
    skip = Math.max(0, skip - piece.length);
  }
  return left;
}

// A few at a time: each waits for a thread of the pool, and more would only fill its queue.
const namesAtATime = 256;

// A folder of so many names is listed in their order; of a larger one not all names are kept.
const namesInOrder = 10_000;

/** A folder of the disk that is being listed; only some of its names are in memory. */
export class DiskListing implements ServedListing {
  readonly #path: string;
  readonly #folder: HeldFolder;
  readonly #names: Dir;
  readonly #removable: boolean;
  /** The folder is let go when nothing is looked at in it any more. */
  #looking: Promise<unknown> = Promise.resolve();

  private constructor(path: string, folder: HeldFolder, names: Dir, removable: boolean) {
    this.#path = path;
    this.#folder = folder;
    this.#names = names;
    this.#removable = removable;
  }

  /** Takes the folder over: it is let go with the listing. */
  static async open(path: string, folder: HeldFolder): Promise<DiskListing> {
    try {
      const at = pathBytes(folder.path);
      const removable = mayWrite(await fs.stat(at, { bigint: true }));
      // Names are bytes; the types of Node do not know that they can be had as such.
      const asBytes: object = { encoding: 'buffer', bufferSize: namesAtATime };
      const names = await fs.opendir(at, asBytes);
      return new DiskListing(path, folder, names, removable);
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  }

  async *entries(): AsyncGenerator<readonly ServedEntry[]> {
    try {
      for await (const names of this.#batches()) {
        const looking = Promise.all(names.map((name) => this.#entry(name)));
        this.#looking = looking;
        const found = await looking;
        await this.#folder.expectSame();
        yield found.filter((entry) => entry !== undefined);
      }
    } catch (error) {
      throw toFolderError(this.#path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not awaited: whoever gives a listing up does not wait for the disk.
    void this.#names.close().catch(() => {});
    void this.#looking.catch(() => {}).then(() => this.#folder[Symbol.asyncDispose]());
  }

  async *#batches(): AsyncGenerator<readonly string[]> {
    let names = (await this.#read(namesInOrder)).toSorted();
    while (names.length > 0) {
      for (let at = 0; at < names.length; at += namesAtATime) {
        yield names.slice(at, at + namesAtATime);
      }
      names = await this.#read(namesAtATime);
    }
  }

  async #read(count: number): Promise<string[]> {
    const names: string[] = [];
    while (names.length < count) {
      const read = await this.#names.read();
      if (!read) break;
      const name = Buffer.from(read.name).toString('latin1');
      if (isServedName(name)) names.push(name);
    }
    return names;
  }

  /** A name that vanished since it was read is no error of the listing. */
  async #entry(name: string): Promise<ServedEntry | undefined> {
    try {
      return await diskEntryOf(pathIn(this.#folder, name), name, this.#removable);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EACCES') throw error;
      return undefined;
    }
  }
}
