import { blockDescriptor, blockHeader, maxBlockLength } from '../../ftp/grammar/block.ts';
import { Refusal } from '../control/serverReply.ts';
import type { Faults } from '../personality.ts';
import type { DataTransport } from './dataTransport.ts';

type Bytes = AsyncIterable<Uint8Array>;

interface Sending {
  readonly faults: Faults;
  readonly transport: DataTransport;
  readonly framed: boolean;
}

/** What a download becomes under the faults ordered; without any it is the same bytes. */
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

/** What an upload becomes under the faults ordered; without any it is the same bytes. */
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
