import type { FileHandle } from 'node:fs/promises';
import { toFolderError } from './diskEntry.ts';
import {
  FolderError,
  type FileReader,
  type FileWriter,
  type ServedEntry,
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
