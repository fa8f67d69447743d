import { GrammarError } from './grammarError.ts';

/** RFC 959, 3.4.2: the bits of a block's descriptor. The low four are 0. */
export const blockDescriptor = {
  endOfRecord: 128,
  endOfFile: 64,
  suspectData: 32,
  restartMarker: 16,
} as const;

/** A descriptor byte and a count of 16 bits, in network order. */
export const blockHeaderLength = 3;

/** The largest payload that a block's count can name. */
export const maxBlockLength = 0xffff;

/** The header of a block: `count` bytes of payload follow it. */
export function blockHeader(descriptor: number, count: number): Uint8Array {
  return Uint8Array.of(descriptor, count >> 8, count & 0xff);
}

/** Puts a file into blocks of a length, all in one room: it holds the next ones when these are sent. */
export class BlockWriter {
  readonly #length: number;
  #room: Uint8Array = new Uint8Array(0);

  constructor(length: number) {
    this.#length = length;
  }

  /** The bytes in blocks, the last one shorter; at the end of the file it is marked, empty or not. */
  blocksOf(bytes: Uint8Array, end: 'more' | 'last'): Uint8Array {
    const count = Math.max(Math.ceil(bytes.length / this.#length), 1);
    const size = bytes.length + count * blockHeaderLength;
    if (this.#room.length < size) this.#room = Buffer.allocUnsafe(size);
    for (let block = 0; block < count; block++) {
      const payload = bytes.subarray(block * this.#length, (block + 1) * this.#length);
      const isEnd = end === 'last' && block === count - 1;
      const at = block * (this.#length + blockHeaderLength);
      this.#room.set(blockHeader(isEnd ? blockDescriptor.endOfFile : 0, payload.length), at);
      this.#room.set(payload, at + blockHeaderLength);
    }
    return this.#room.subarray(0, size);
  }
}

/** What comes out of a data connection in block mode. */
export type BlockEvent =
  | { readonly kind: 'data'; readonly bytes: Uint8Array; readonly suspect: boolean }
  | { readonly kind: 'marker'; readonly marker: string }
  /** `alone`: in a block that holds nothing else. */
  | { readonly kind: 'endOfFile'; readonly alone: boolean };

// RFC 959 sets no limit on blocks that carry nothing of the file, empty ones and markers; a server
// that sends nothing else never ends.
const maxBlocksWithoutData = 1024;

/**
 * Reads blocks, however they were chunked, one file after the other: what follows the end of a
 * file stays inside for the next one. Throws `GrammarError` for what cannot be a block.
 */
export class BlockParser {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #header: number[] = [];
  #descriptor = 0;
  #remaining = 0;
  #isEmpty = false;
  #inBlock = false;
  #marker: number[] = [];
  #blocksWithoutData = 0;
  #taken = 0;

  /** All bytes of blocks so far, their headers too. */
  get taken(): number {
    return this.#taken;
  }

  /** Hands over the next bytes. Only when `next` has asked for them by returning `undefined`. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /** No byte has come since the last block ended. */
  get atBoundary(): boolean {
    return !this.#inBlock && this.#header.length === 0 && this.#at === this.#chunk.length;
  }

  /** The next event, or `undefined` when it takes more bytes. */
  next(): BlockEvent | undefined {
    for (;;) {
      if (!this.#inBlock && !this.#takeHeader()) return undefined;
      const event = this.#descriptorIsMarker ? this.#takeMarker() : this.#takeData();
      if (event !== 'block ended') return event;
    }
  }

  get #descriptorIsMarker(): boolean {
    return (this.#descriptor & blockDescriptor.restartMarker) !== 0;
  }

  #takeHeader(): boolean {
    while (this.#header.length < blockHeaderLength) {
      const byte = this.#chunk[this.#at];
      if (byte === undefined) return false;
      if (this.#header.length === 0 && (byte & 0x0f) !== 0) {
        throw new GrammarError(`Not a block: its descriptor is 0x${byte.toString(16)}`);
      }
      this.#header.push(byte);
      this.#at += 1;
      this.#taken += 1;
    }
    const [descriptor = 0, high = 0, low = 0] = this.#header.splice(0);
    this.#descriptor = descriptor;
    this.#remaining = high * 256 + low;
    this.#isEmpty = this.#remaining === 0;
    this.#inBlock = true;
    const holdsData = !this.#isEmpty && !this.#descriptorIsMarker;
    this.#blocksWithoutData = holdsData ? 0 : this.#blocksWithoutData + 1;
    if (this.#blocksWithoutData > maxBlocksWithoutData) {
      throw new GrammarError('Nothing but blocks without data');
    }
    return true;
  }

  #take(): Uint8Array {
    const bytes = this.#chunk.subarray(this.#at, this.#at + this.#remaining);
    this.#at += bytes.length;
    this.#taken += bytes.length;
    this.#remaining -= bytes.length;
    return bytes;
  }

  #takeData(): BlockEvent | undefined | 'block ended' {
    if (this.#remaining === 0) return this.#endBlock();
    const bytes = this.#take();
    if (bytes.length === 0) return undefined;
    const suspect = (this.#descriptor & blockDescriptor.suspectData) !== 0;
    return { kind: 'data', bytes, suspect };
  }

  // A block with the marker bit is wholly a marker, even where it also ends the file.
  #takeMarker(): BlockEvent | undefined | 'block ended' {
    if (this.#remaining > 0) {
      const bytes = this.#take();
      if (bytes.length === 0) return undefined;
      this.#marker.push(...bytes);
      if (this.#remaining > 0) return undefined;
      return { kind: 'marker', marker: String.fromCharCode(...this.#marker.splice(0)) };
    }
    return this.#endBlock();
  }

  #endBlock(): BlockEvent | 'block ended' {
    this.#inBlock = false;
    if ((this.#descriptor & blockDescriptor.endOfFile) === 0) return 'block ended';
    this.#blocksWithoutData = 0;
    return { kind: 'endOfFile', alone: this.#isEmpty };
  }
}
