import { concatBytes, noBytes } from '../../base/bytes.ts';
import { blockDescriptor, blockHeader, maxBlockLength } from '../../ftp/grammar/block.ts';
import { Refusal } from '../control/serverReply.ts';
import type { Faults, Personality } from '../personality.ts';
import type { DataTransport } from './dataTransport.ts';

type Bytes = AsyncIterable<Uint8Array>;

/** How a personality writes its blocks. */
export type BlockForm = Pick<Personality, 'endOfFile' | 'blockLength' | 'endOfRecord'>;

/**
 * RFC 959, 3.4.2: the bytes of one file in blocks, piece by piece. The end of the file has a block of its
 * own, unless a personality marks it on the last one: so a client sees it whatever the size of the file,
 * and may ask for the next file before this one has come. The last piece is held back for its mark.
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

/** The end of a file has a block of its own that says nothing else. */
export function endsByOwnBlock({ endOfFile = 'own', endOfRecord = false }: BlockForm): boolean {
  return endOfFile === 'own' && !endOfRecord;
}

function lastBlocks(bytes: Uint8Array, framing: BlockForm): Uint8Array {
  const { endOfFile = 'own', blockLength = maxBlockLength, endOfRecord } = framing;
  const descriptor = blockDescriptor.endOfFile | (endOfRecord ? blockDescriptor.endOfRecord : 0);
  if (endOfFile === 'missing' && bytes.length % blockLength === 0) {
    return blocksOf(bytes, framing, 0);
  }
  if (endOfFile === 'own' || bytes.length === 0) {
    return concatBytes([blocksOf(bytes, framing, 0), blockHeader(descriptor, 0)]);
  }
  return blocksOf(bytes, framing, descriptor);
}

/** All blocks in one array. The last one has the descriptor. */
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

/** RFC 959, 3.1.1.1: in TYPE A lines end with CRLF on the wire; in files here they end with LF. */
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

interface Sending {
  readonly faults: Faults;
  readonly transport: DataTransport;
  readonly framed: boolean;
}

/** A download with the faults that a test has ordered. Without any, the bytes stay the same. */
export async function* brokenSending(
  pieces: Bytes,
  { faults, transport, framed }: Sending,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const piece of pieces) {
    if (faults.cutBlockCode !== undefined && framed) {
      const length = Math.min(piece.length, maxBlockLength);
      await transport.write(blockHeader(0, length));
      await transport.write(piece.subarray(0, length >> 1));
      throw new Refusal(faults.cutBlockCode, 'A local error');
    }
    if (faults.sendsMarkers && framed && sent === 0) {
      await transport.write(blockHeader(blockDescriptor.restartMarker, 1));
      await transport.write(Uint8Array.of(0x31));
    }
    const end = limit(faults.dropAfterBytes, sent, piece.length);
    if (end < piece.length) {
      if (framed) await transport.write(blockHeader(0, Math.min(piece.length, maxBlockLength)));
      await transport.write(piece.subarray(0, end));
      throw new Error('Dropped on demand');
    }
    yield faults.shortensDownloads ? piece.subarray(0, -1) : piece;
    sent += piece.length;
  }
}

/** An upload with the faults that a test has ordered. Without any, the bytes stay the same. */
export async function* brokenStoring(pieces: Bytes, faults: Faults): AsyncGenerator<Uint8Array> {
  let received = 0;
  for await (const piece of pieces) {
    const end = limit(faults.dropAfterBytes, received, piece.length);
    const bytes = piece.subarray(0, end);
    yield faults.corruptsUploads ? bytes.filter((byte) => byte !== 0xff) : bytes;
    received += piece.length;
    if (end < piece.length) throw new Error('Dropped on demand');
  }
}

function limit(dropAfter: number | undefined, passed: number, length: number): number {
  return dropAfter === undefined ? length : Math.max(0, Math.min(length, dropAfter - passed));
}
