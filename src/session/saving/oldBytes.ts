import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type ByteSource, collectBytes } from '../../base/bytes.ts';
import { nameOf, type RemotePath } from '../../base/paths.ts';
import { ContentMeter } from '../known/fileIdentity.ts';

/** The bytes of a file as they were before it is written in place. */
export interface KeptBytes {
  readonly size: number;
  readonly sha256: string;
  /** Where a person finds them; `undefined` in memory. */
  readonly place: string | undefined;
  read(): ByteSource;
  /** Deletes them. */
  discard(): Promise<void>;
}

/** Where old bytes are kept. */
export interface OldBytes {
  /** Fails with `RangeError` where they are more than it takes. */
  keep(path: RemotePath, bytes: AsyncIterable<Uint8Array>): Promise<KeptBytes>;
}

const maxBytesInMemory = 64 * 1024 * 1024;

/** Holds them while this program runs. */
export const inMemory: OldBytes = {
  async keep(_, bytes) {
    const content = await collectBytes(bytes, maxBytesInMemory);
    const meter = new ContentMeter();
    meter.add(content);
    return {
      size: content.length,
      sha256: meter.sha256(),
      place: undefined,
      read: () => [content],
      discard: async () => {},
    };
  },
};

// Files that could not be put back stay for their owner: all of them together take no more.
const maxBytesInFolder = 1024 * 1024 * 1024;

// Of a name only what every file system takes.
const maxName = 80;

/**
 * Keeps old bytes in a folder of this machine, a file each, which only the user may read: they
 * outlive this program where it ends before the new ones are proved.
 */
export class OldBytesFolder implements OldBytes {
  readonly #folder: string;
  readonly #newId: () => string;
  readonly #maxBytes: number;

  constructor(folder: string, newId: () => string, maxBytes: number = maxBytesInFolder) {
    this.#folder = folder;
    this.#newId = newId;
    this.#maxBytes = maxBytes;
  }

  async keep(path: RemotePath, bytes: AsyncIterable<Uint8Array>): Promise<KeptBytes> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const readable = nameOf(path)
      .replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
      .slice(-maxName);
    const place = join(this.#folder, `${this.#newId()}-${readable}`);
    const room = this.#maxBytes - (await this.#used());
    try {
      const { size, sha256 } = await writeNew(place, bytes, room);
      const discard = (): Promise<void> => rm(place, { force: true });
      return { size, sha256, place, read: () => createReadStream(place), discard };
    } catch (error) {
      await rm(place, { force: true });
      throw error;
    }
  }

  async #used(): Promise<number> {
    let used = 0;
    for (const name of await readdir(this.#folder)) {
      // Another window may have taken it away just now.
      used += (await stat(join(this.#folder, name)).catch(() => undefined))?.size ?? 0;
    }
    return used;
  }
}

async function writeNew(
  place: string,
  bytes: AsyncIterable<Uint8Array>,
  room: number,
): Promise<{ readonly size: number; readonly sha256: string }> {
  const meter = new ContentMeter();
  await using file = await open(place, 'wx', 0o600);
  for await (const piece of bytes) {
    meter.add(piece);
    if (meter.size > room) throw new RangeError(`More than ${room} bytes`);
    await file.writeFile(piece);
  }
  // They are all there is of the file once the first new byte has gone out.
  await file.sync();
  return { size: meter.size, sha256: meter.sha256() };
}
