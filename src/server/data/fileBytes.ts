import { blockDescriptor, blockHeader, blockHeaderLength } from '../../ftp/grammar/block.ts';
import type { FileReader } from '../folder/servedFolder.ts';

// Large enough that the thread pool costs little, small enough for many files at a time.
const pieceLength = 256 * 1024;

// One piece leaves, one waits to, and one is being read.
const buffersInTurn = 3;

/** What lies in one buffer: `length` bytes of the file, in the places that were left for them. */
interface Piece {
  readonly buffer: Buffer;
  readonly length: number;
}

/**
 * The bytes of a file, from an offset to the size that it had when it was opened. Bytes that are appended
 * meanwhile are not sent. A file that shrinks ends early. While one piece is used, the next one is read.
 * A piece stays as it is until the next but one is asked for: then its buffer is used again.
 */
export async function* bytesOfFile(file: FileReader, offset: number): AsyncGenerator<Uint8Array> {
  const pieces = readPieces(file, offset, { length: pieceLength, room: 0, places: startOf });
  for await (const { buffer, length } of pieces) yield buffer.subarray(0, length);
}

/**
 * RFC 959, 3.4.2: the same bytes in blocks, and a block of its own for the end of the file. They are read
 * into the gaps between the headers and never copied. Tells how many bytes of the file each piece holds.
 */
export async function* blocksOfFile(
  file: FileReader,
  offset: number,
  blockLength: number,
  onBytes: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  const inPiece = Math.max(1, Math.floor(pieceLength / blockLength));
  const layout: Layout = {
    length: inPiece * blockLength,
    // The header of the last block stands behind the bytes.
    room: (inPiece + 1) * blockHeaderLength,
    places: (buffer, length) => payloads(buffer, length, blockLength),
  };
  let left = file.entry.size - offset;
  for await (const { buffer, length } of readPieces(file, offset, layout)) {
    left -= length;
    onBytes(length);
    yield buffer.subarray(0, writeHeaders(buffer, length, blockLength, left === 0));
  }
  if (left > 0 || file.entry.size === offset) yield blockHeader(blockDescriptor.endOfFile, 0);
}

function startOf(buffer: Buffer, length: number): Buffer[] {
  return [buffer.subarray(0, length)];
}

/** Where the bytes of blocks lie in a buffer. */
function payloads(buffer: Buffer, length: number, blockLength: number): Buffer[] {
  const all: Buffer[] = [];
  let at = blockHeaderLength;
  for (let left = length; left > 0; left -= blockLength) {
    const count = Math.min(left, blockLength);
    all.push(buffer.subarray(at, at + count));
    at += count + blockHeaderLength;
  }
  return all;
}

/** Writes the headers around the bytes of a piece; gives the length of it all. */
function writeHeaders(
  buffer: Buffer,
  length: number,
  blockLength: number,
  isLast: boolean,
): number {
  let at = 0;
  for (let left = length; left > 0; left -= blockLength) {
    const count = Math.min(left, blockLength);
    buffer.set(blockHeader(0, count), at);
    at += blockHeaderLength + count;
  }
  if (!isLast) return at;
  buffer.set(blockHeader(blockDescriptor.endOfFile, 0), at);
  return at + blockHeaderLength;
}

/** How bytes of a file lie in a buffer. */
interface Layout {
  /** How many of them. */
  readonly length: number;
  /** How many other bytes are left free. */
  readonly room: number;
  /** The places in a buffer for so many bytes of the file. */
  readonly places: (buffer: Buffer, length: number) => Buffer[];
}

async function* readPieces(
  file: FileReader,
  offset: number,
  { length, room, places }: Layout,
): AsyncGenerator<Piece> {
  const { size } = file.entry;
  const buffers: Buffer[] = [];
  const read = async (at: number, turn: number): Promise<Piece> => {
    const wanted = Math.min(length, size - at);
    const buffer = (buffers[turn % buffersInTurn] ??= Buffer.allocUnsafe(wanted + room));
    return { buffer, length: await file.read(places(buffer, wanted), at) };
  };
  let at = offset;
  let next = at < size ? read(at, 0) : undefined;
  for (let turn = 1; next; turn++) {
    const piece = await next;
    if (piece.length === 0) return;
    at += piece.length;
    next = at < size ? read(at, turn) : undefined;
    // A failure is thrown when its turn comes.
    next?.catch(() => {});
    yield piece;
  }
}
