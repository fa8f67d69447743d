import { concatBytes, noBytes } from '../../base/bytes.ts';
import { blockDescriptor, blockHeader, maxBlockLength } from '../../ftp/grammar/block.ts';
import type { Personality } from '../personality.ts';

type Bytes = AsyncIterable<Uint8Array>;

/** How a personality writes its blocks. */
export type BlockForm = Pick<Personality, 'endOfFile' | 'blockLength' | 'endOfRecord'>;

/**
 * RFC 959, 3.4.2: the bytes of one file in blocks, as many in a piece as stood in it. One piece is
 * held back, for the end of the file may ride on the last block.
 */
export async function* frameBlocks(pieces: Bytes, framing: BlockForm): AsyncGenerator<Uint8Array> {
  let held = noBytes;
  for await (const piece of pieces) {
    if (piece.length === 0) continue;
    if (held.length > 0) yield blocksOf(held, framing, 0);
    held = piece;
  }
  yield lastBlocks(held, framing);
}

function lastBlocks(bytes: Uint8Array, framing: BlockForm): Uint8Array {
  const { endOfFile = 'onData', blockLength = maxBlockLength, endOfRecord } = framing;
  const descriptor = blockDescriptor.endOfFile | (endOfRecord ? blockDescriptor.endOfRecord : 0);
  if (endOfFile === 'missing' && bytes.length % blockLength === 0) {
    return blocksOf(bytes, framing, 0);
  }
  if (endOfFile === 'own' || bytes.length === 0) {
    return concatBytes([blocksOf(bytes, framing, 0), blockHeader(descriptor, 0)]);
  }
  return blocksOf(bytes, framing, descriptor);
}

/** One array of all the blocks; the last one carries the descriptor. */
function blocksOf(bytes: Uint8Array, framing: BlockForm, lastDescriptor: number): Uint8Array {
  const length = framing.blockLength ?? maxBlockLength;
  const count = Math.ceil(bytes.length / length);
  const out = Buffer.allocUnsafe(bytes.length + count * 3);
  let to = 0;
  for (let from = 0; from < bytes.length; from += length) {
    const payload = bytes.subarray(from, from + length);
    const isLast = from + length >= bytes.length;
    out.set(blockHeader(isLast ? lastDescriptor : 0, payload.length), to);
    out.set(payload, to + 3);
    to += 3 + payload.length;
  }
  return out;
}

const CR = 0x0d;
const LF = 0x0a;

/** RFC 959, 3.1.1.1: TYPE A ends lines with CRLF on the wire; files here end them with LF. */
export async function* toNetworkLines(pieces: Bytes): AsyncGenerator<Uint8Array> {
  let previous = 0;
  for await (const piece of pieces) {
    const out: number[] = [];
    for (const byte of piece) {
      if (byte === LF && previous !== CR) out.push(CR);
      out.push(byte);
      previous = byte;
    }
    yield Uint8Array.from(out);
  }
}

/** The way back: CRLF becomes LF, a CR alone stays. */
export async function* fromNetworkLines(pieces: Bytes): AsyncGenerator<Uint8Array> {
  let heldCR = false;
  for await (const piece of pieces) {
    const out: number[] = [];
    for (const byte of piece) {
      if (heldCR && byte !== LF) out.push(CR);
      heldCR = byte === CR;
      if (!heldCR) out.push(byte);
    }
    yield Uint8Array.from(out);
  }
  if (heldCR) yield Uint8Array.of(CR);
}
