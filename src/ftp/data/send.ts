import type { ByteSource } from '../../base/bytes.ts';
import { blockDescriptor, blockHeader } from '../grammar/block.ts';
import type { TransferModeName } from '../rung.ts';
import type { DataConnection } from './dataConnection.ts';
import type { Progress } from './progress.ts';

// A block's count has 16 bits; 32 KiB keeps header and payload within a few TLS records.
const blockLength = 32 * 1024;

/**
 * Sends a file in the mode of the connection; `onSent` hears of each portion that was taken. `early`:
 * the server has confirmed the file before it could have all of it.
 */
export async function sendFile(
  source: ByteSource,
  mode: TransferModeName,
  connection: DataConnection,
  progress: Progress,
  onSent: (portion: Portion) => void,
): Promise<'early' | 'inTime'> {
  let confirmed: 'early' | 'inTime' = 'inTime';
  const write = async (chunk: Uint8Array): Promise<void> => {
    if (progress.finalCame) confirmed = 'early';
    await progress.wait(connection.write(chunk));
  };
  const blocks = mode === 'block' ? inBlocks(source) : inPieces(source);
  try {
    for (;;) {
      const next = await progress.waitForCaller(blocks.next());
      if (next.done === true) return confirmed;
      await write(next.value.chunk);
      onSent(next.value);
    }
  } finally {
    // A source that never gives its next piece would not hear of the end either: nobody waits.
    blocks.return(undefined).catch(() => {});
  }
}

/** What is written at once, and how many bytes of the file it holds. */
export interface Portion {
  readonly chunk: Uint8Array;
  readonly bytes: number;
}

async function* inPieces(source: ByteSource): AsyncGenerator<Portion> {
  for await (const piece of source) {
    for (let at = 0; at < piece.length; at += blockLength) {
      const chunk = piece.subarray(at, at + blockLength);
      yield { chunk, bytes: chunk.length };
    }
  }
}

// RFC 959, 3.4.2: the end of the file is marked on its last block. Server "b" refuses a block that
// carries nothing else, and loses bytes with it; so a block waits until it is known not to be the
// last. Only an empty file is an empty block.
async function* inBlocks(source: ByteSource): AsyncGenerator<Portion> {
  let last: Portion | undefined;
  for await (const { chunk, bytes } of inPieces(source)) {
    if (last) yield last;
    last = { chunk: Buffer.concat([blockHeader(0, bytes), chunk]), bytes };
  }
  last ??= { chunk: blockHeader(0, 0), bytes: 0 };
  last.chunk[0] = blockDescriptor.endOfFile;
  yield last;
}
