import type { Dir } from 'node:fs';
import * as fs from 'node:fs/promises';
import type { Disk, DiskFile } from './disk.ts';
import { diskEntryOf, mayWrite, pathBytes, toEntry, toFolderError } from './diskEntry.ts';
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

/** An open file of the disk. */
export class DiskReader implements FileReader {
  readonly entry: ServedEntry;
  readonly #file: DiskFile;

  constructor(file: DiskFile, entry: ServedEntry) {
    this.#file = file;
    this.entry = entry;
  }

  async read(buffers: readonly Uint8Array[], offset: number): Promise<number> {
    try {
      return await this.#file.read(buffers, offset);
    } catch (error) {
      throw toFolderError(this.entry.name, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not awaited: no bytes depend on it, and the next file may be waiting.
    this.#file.close().catch(() => {});
  }
}

interface NewOrOld {
  readonly name: string;
  /** The file has just been made. */
  readonly isNew: boolean;
}

/** A file of the disk, open for writing. */
export class DiskWriter implements FileWriter {
  readonly isNew: boolean;
  readonly #name: string;
  readonly #file: DiskFile;
  readonly #start: WriteStart;
  #at = 0;

  private constructor({ name, isNew }: NewOrOld, file: DiskFile, start: WriteStart) {
    this.isNew = isNew;
    this.#name = name;
    this.#file = file;
    this.#start = start;
  }

  /** Takes over the file. Fails, and closes it, where the writing could not begin. */
  static async open(named: NewOrOld, file: DiskFile, start: WriteStart): Promise<DiskWriter> {
    const writer = new DiskWriter(named, file, start);
    try {
      await writer.#expectReached();
      return writer;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async begin(): Promise<void> {
    await this.#expectReached();
    if (this.#start.kind === 'replace') await this.#file.empty();
    if (this.#start.kind === 'append') this.#at = await this.#size();
    if (this.#start.kind === 'offset') this.#at = this.#start.bytes;
  }

  async #expectReached(): Promise<void> {
    if (this.#start.kind !== 'offset') return;
    if ((await this.#size()) < this.#start.bytes) throw new FolderError('short', this.#name);
  }

  async #size(): Promise<number> {
    return Number((await this.#file.stats()).size);
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    let left: readonly Uint8Array[] = pieces.filter((piece) => piece.length > 0);
    try {
      while (left.length > 0) {
        const written = await this.#file.write(left, this.#at);
        this.#at += written;
        left = rest(left, written);
      }
    } catch (error) {
      throw toFolderError(this.#name, error);
    }
  }

  async entry(): Promise<ServedEntry> {
    return toEntry(this.#name, await this.#file.stats(), false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}

// A disk that becomes full writes only a part.
function rest(pieces: readonly Uint8Array[], written: number): Uint8Array[] {
  let skip = written;
  const left: Uint8Array[] = [];
  for (const piece of pieces) {
    if (skip < piece.length) left.push(skip > 0 ? piece.subarray(skip) : piece);
    skip = Math.max(0, skip - piece.length);
  }
  return left;
}

// More at a time would only fill the queue of the thread pool.
const namesAtATime = 256;

// Up to so many names, a folder is listed in their order. Of a larger one not all names are kept.
const namesInOrder = 10_000;

/** A folder of the disk that is being listed. Only some of its names are in memory at a time. */
export class DiskListing implements ServedListing {
  readonly #path: string;
  readonly #folder: HeldFolder;
  readonly #names: Dir;
  readonly #removable: boolean;
  readonly #disk: Disk;
  /** The last batch of entries: the folder is held until it is done. */
  #batch: Promise<unknown> = Promise.resolve();

  private constructor(
    path: string,
    {
      folder,
      names,
      removable,
      disk,
    }: {
      folder: HeldFolder;
      names: Dir;
      removable: boolean;
      disk: Disk;
    },
  ) {
    this.#path = path;
    this.#disk = disk;
    this.#folder = folder;
    this.#names = names;
    this.#removable = removable;
  }

  /** Takes over the folder and disposes it with the listing. */
  static async open(path: string, folder: HeldFolder, disk: Disk): Promise<DiskListing> {
    try {
      const at = pathBytes(folder.path);
      const removable = mayWrite(await disk.stat(at));
      // Names are bytes. The types of Node do not allow this encoding.
      const asBytes: object = { encoding: 'buffer', bufferSize: namesAtATime };
      const names = await fs.opendir(at, asBytes);
      return new DiskListing(path, { folder, names, removable, disk });
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
  }

  async *entries(): AsyncGenerator<readonly ServedEntry[]> {
    try {
      for await (const names of this.#batches()) {
        const batch = Promise.all(names.map((name) => this.#entry(name)));
        this.#batch = batch;
        const found = await batch;
        await this.#folder.expectSame();
        yield found.filter((entry) => entry !== undefined);
      }
    } catch (error) {
      throw toFolderError(this.#path, error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Not awaited: to give up a listing must not wait for the disk.
    void this.#names.close().catch(() => {});
    void this.#batch.catch(() => {}).then(() => this.#folder[Symbol.asyncDispose]());
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

  /** A name that has vanished since it was read is left out. */
  async #entry(name: string): Promise<ServedEntry | undefined> {
    try {
      return await diskEntryOf(this.#disk, pathIn(this.#folder, name), name, this.#removable);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EACCES') throw error;
      return undefined;
    }
  }
}
