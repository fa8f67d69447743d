import { type ByteSource, noBytes } from '../../base/bytes.ts';
import type { Clock } from '../../base/clock.ts';
import { BlockWriter } from '../grammar/block.ts';
import type { Progress } from './dataConnection.ts';
import type { RunningTransfer } from './runningTransfer.ts';

// A block's count has 16 bits; 32 KiB keeps header and payload within a few TLS records.
const blockLength = 32 * 1024;

/**
 * Sends a file in the mode of the connection; `onSent` hears of each piece that was taken, and of how many
 * bytes that took. `early`: the server confirmed the file before it could have all of it. While a piece is
 * on its way, the next one is fetched.
 */
export async function sendSource(
  source: ByteSource,
  { rung: { mode }, connection }: RunningTransfer,
  progress: Progress,
  told: { readonly clock: Clock; readonly onSent: (piece: Uint8Array, raw: number) => void },
): Promise<'early' | 'inTime'> {
  let confirmed: 'early' | 'inTime' = 'inTime';
  const { clock, onSent } = told;
  const pace = new Pace();
  const blocks = mode === 'block' ? new BlockWriter(blockLength) : undefined;
  const pieces = blocks ? withLastMarked(inPieces(source, pace)) : inPieces(source, pace);
  let sending: Promise<void> | undefined;
  try {
    for (;;) {
      const next = await progress.waitForCaller(pieces.next());
      if (sending) await progress.wait(sending);
      if (next.done === true) return confirmed;
      const { piece, isLast } = next.value;
      if (progress.finalCame) confirmed = 'early';
      const chunk = blocks ? blocks.blocksOf(piece, isLast ? 'last' : 'more') : piece;
      const began = clock.now();
      sending = connection.write(chunk).then(() => {
        pace.note(piece.length, clock.now() - began);
        onSent(piece, chunk.length);
      });
      // Where it fails, the next wait tells.
      sending.catch(() => {});
    }
  } finally {
    // Not awaited: a source that never gives its next piece would not answer to the end either.
    pieces.return(undefined).catch(() => {});
  }
}

// What is written at once is moved before the deadline for bytes that do not move is over, however slow
// the line is: it begins with one block, and becomes more while the line takes it in no time.
const [quickMs, slowMs] = [100, 1_000];
const mostAtOnce = 8 * blockLength;

/** How many bytes of a file are written at once: about what the line takes in a moment. */
class Pace {
  #bytes = blockLength;

  get bytes(): number {
    return this.#bytes;
  }

  note(bytes: number, ms: number): void {
    if (ms > slowMs) this.#bytes = Math.max(this.#bytes / 2, blockLength);
    else if (ms < quickMs && bytes >= this.#bytes)
      this.#bytes = Math.min(this.#bytes * 2, mostAtOnce);
  }
}

/** What is written at once. */
interface Piece {
  readonly piece: Uint8Array;
  readonly isLast: boolean;
}

async function* inPieces(source: ByteSource, pace: Pace): AsyncGenerator<Piece> {
  for await (const given of source) {
    for (let at = 0; at < given.length;) {
      const piece = given.subarray(at, at + pace.bytes);
      at += piece.length;
      yield { piece, isLast: false };
    }
  }
}

// RFC 959, 3.4.2: the end of the file is marked on its last block. Server "b" refuses a block that
// carries nothing else, and loses bytes with it; so a piece waits until it is known not to be the last.
// Only an empty file is an empty block.
async function* withLastMarked(pieces: AsyncGenerator<Piece>): AsyncGenerator<Piece> {
  let last = noBytes;
  for await (const { piece } of pieces) {
    if (last.length > 0) yield { piece: last, isLast: false };
    last = piece;
  }
  yield { piece: last, isLast: true };
}
