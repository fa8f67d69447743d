import * as fs from 'node:fs';
import { promisify } from 'node:util';
import { type Clock, systemClock } from '../../base/clock.ts';

// A disk that needs so long for one short call has to move its head, or is at the end of a network.
const slow = 5;

// Then the calls of so many milliseconds do not find out again.
const pause = 250;

/**
 * A trip to the thread pool costs ten times what a short call of the system takes, so such calls are made
 * at once. But a slow disk would block all clients: after one slow call the next ones go to the pool.
 */
export class Pace {
  readonly #clock: Clock;
  #slowUntil = 0;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async call<T>(atOnce: () => T, inPool: () => Promise<T>): Promise<T> {
    const began = this.#clock.now();
    if (began < this.#slowUntil) return inPool();
    try {
      return atOnce();
    } finally {
      const ended = this.#clock.now();
      if (ended - began >= slow) this.#slowUntil = ended + pause;
    }
  }
}

type Path = Buffer | string;

const inPool = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  fstat: promisify(fs.fstat),
  ftruncate: promisify(fs.ftruncate),
  readv: promisify(fs.readv),
  writev: promisify(fs.writev),
};

// The largest read and write that is still a short call.
const shortLength = 64 * 1024;

/** The disk's short calls, each at once or in the pool, by one pace. */
export class Disk {
  readonly #pace: Pace;

  constructor(pace: Pace = new Pace()) {
    this.#pace = pace;
  }

  /** A descriptor. The caller closes it. */
  open(path: Path, flags: number, mode?: number): Promise<number> {
    return this.#pace.call(
      () => fs.openSync(path, flags, mode),
      () => inPool.open(path, flags, mode),
    );
  }

  async openFile(path: Path, flags: number, mode?: number): Promise<DiskFile> {
    return new DiskFile(this.#pace, await this.open(path, flags, mode));
  }

  /**
   * The stats of the name itself, if there is something; as bigint: some systems have inodes above 2^53.
   */
  find(path: Path): Promise<fs.BigIntStats | undefined> {
    return this.#pace.call(
      () => fs.lstatSync(path, { bigint: true, throwIfNoEntry: false }),
      async () => {
        try {
          return await fs.promises.lstat(path, { bigint: true });
        } catch (error) {
          if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
            return undefined;
          throw error;
        }
      },
    );
  }

  /** The same, links followed. */
  stat(path: Path): Promise<fs.BigIntStats> {
    return this.#pace.call(
      () => fs.statSync(path, { bigint: true }),
      () => fs.promises.stat(path, { bigint: true }),
    );
  }

  /** To free the room of a large file that is replaced may take long. */
  async rename(from: Path, to: Path): Promise<void> {
    const replaced = await this.find(to);
    const renaming = (): Promise<void> => fs.promises.rename(from, to);
    if (replaced && replaced.size > shortLength) await renaming();
    else await this.#pace.call(() => fs.renameSync(from, to), renaming);
  }
}

/** An open file. Whoever opened it closes it, once. */
export class DiskFile {
  readonly #pace: Pace;
  readonly #fd: number;
  /** Settles with all calls that were given to the pool so far. */
  #settled: Promise<void> = Promise.resolve();

  constructor(pace: Pace, fd: number) {
    this.#pace = pace;
    this.#fd = fd;
  }

  stats(): Promise<fs.BigIntStats> {
    return this.#call(
      'short',
      () => fs.fstatSync(this.#fd, { bigint: true }),
      () => inPool.fstat(this.#fd, { bigint: true }),
    );
  }

  /** Reads from an offset of the file to fill the buffers, as far as that goes; gives the number of bytes. */
  read(buffers: readonly Uint8Array[], at: number): Promise<number> {
    return this.#call(
      lengthOf(buffers) > shortLength ? 'long' : 'short',
      () => fs.readvSync(this.#fd, buffers, at),
      async () => (await inPool.readv(this.#fd, buffers, at)).bytesRead,
    );
  }

  /** Writes at an offset of the file as much as the disk takes; gives the number of bytes. */
  write(pieces: readonly Uint8Array[], at: number): Promise<number> {
    return this.#call(
      lengthOf(pieces) > shortLength ? 'long' : 'short',
      () => fs.writevSync(this.#fd, pieces, at),
      async () => (await inPool.writev(this.#fd, pieces, at)).bytesWritten,
    );
  }

  /** Takes away all content. To free the room of a large file may take long. */
  async empty(): Promise<void> {
    const { size } = await this.stats();
    if (size === 0n) return;
    await this.#call(
      size > shortLength ? 'long' : 'short',
      () => fs.ftruncateSync(this.#fd, 0),
      () => inPool.ftruncate(this.#fd, 0),
    );
  }

  /** Waits for calls that nobody waits for any more: the system soon gives the number to another file. */
  async close(): Promise<void> {
    await this.#settled;
    await this.#pace.call(
      () => fs.closeSync(this.#fd),
      () => inPool.close(this.#fd),
    );
  }

  #call<T>(kind: 'short' | 'long', atOnce: () => T, pooled: () => Promise<T>): Promise<T> {
    const tracked = async (): Promise<T> => {
      const call = pooled();
      const before = this.#settled;
      this.#settled = call.then(
        () => before,
        () => before,
      );
      return call;
    };
    return kind === 'long' ? tracked() : this.#pace.call(atOnce, tracked);
  }
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}
