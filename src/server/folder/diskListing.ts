import type { Dir } from 'node:fs';
import * as fs from 'node:fs/promises';
import { diskEntryOf, mayWrite, pathBytes, toFolderError } from './diskEntry.ts';
import { type HeldFolder, pathIn } from './diskGround.ts';
import { type ServedListing, isServedName, type ServedEntry } from './servedFolder.ts';

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
