import { BlockParser } from '../grammar/block.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import {
  brokenOff,
  type FileEnd,
  receiveBlocks,
  receiveStream,
  type Receiving,
} from './receive.ts';

// A listing of half a million names; what is longer does not end. Short lines are bounded by their
// number: each becomes an object many times its size.
const maxListingBytes = 64 * 1024 * 1024;
const maxListingLines = 1_000_000;

const LF = 0x0a;

/** Counts what has come of a listing; throws when it is too much. */
class ListingSize {
  #bytes = 0;
  #lines = 0;

  add(piece: Uint8Array): void {
    this.#bytes += piece.length;
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, at + 1)) this.#lines += 1;
    if (this.#bytes > maxListingBytes || this.#lines > maxListingLines) {
      throw brokenOff('The listing does not end', this.#bytes);
    }
  }
}

/** A listing's bytes, and whether they came in blocks. */
export interface ReceivedListing {
  readonly pieces: readonly Uint8Array[];
  /** `unknown`: nothing came at all, which both would look like. */
  readonly framing: 'framed' | 'raw' | 'unknown';
  readonly end: FileEnd;
}

/** Reads a listing in stream mode. */
export async function receiveStreamListing(
  receiving: Pick<Receiving, 'connection' | 'progress'>,
): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const size = new ListingSize();
  for await (const piece of receiveStream({ ...receiving, mayBeNothing: true })) {
    size.add(piece);
    pieces.push(piece);
  }
  return pieces;
}

/** Reads a listing of a server whose listings come in blocks. */
export async function receiveFramedListing(
  receiving: Pick<Receiving, 'connection' | 'progress'>,
): Promise<ReceivedListing> {
  const blocks = receiveBlocks({
    ...receiving,
    framing: 'proved',
    confirmed: async () => {},
    // Nothing tells the length of a listing; whole blocks and the final reply have to do.
    isWhole: async () => true,
  });
  const pieces: Uint8Array[] = [];
  const size = new ListingSize();
  let next = await blocks.next();
  for (; next.done !== true; next = await blocks.next()) {
    size.add(next.value);
    pieces.push(next.value);
  }
  return { pieces, framing: 'framed', end: next.value };
}

/**
 * Reads a listing that may come in blocks or as a stream of its own, whatever MODE says: RFC 3659,
 * 7.2, wants the latter of MLSD, and some servers do it with LIST. All bytes are kept until one of
 * the two is proved.
 */
export async function receiveListing({
  connection,
  progress,
}: Pick<Receiving, 'connection' | 'progress'>): Promise<ReceivedListing> {
  const raw: Uint8Array[] = [];
  const framed = new FramedAttempt();
  const size = new ListingSize();
  let next: Promise<Uint8Array | undefined> | undefined;
  for (;;) {
    next ??= connection.nextChunk();
    const chunk = await progress.waitOrQuiet(next);
    if (chunk === 'quiet' && raw.length > 0 && !framed.mayEndHere) {
      progress.bePatient();
      continue;
    }
    next = undefined;
    if (chunk === undefined || chunk === 'quiet') {
      if (raw.length === 0) return { pieces: [], framing: 'unknown', end: 'unmarked' };
      if (framed.mayEndHere) return { pieces: framed.pieces, framing: 'framed', end: 'unmarked' };
      return { pieces: raw, framing: 'raw', end: 'unmarked' };
    }
    size.add(chunk);
    raw.push(chunk);
    framed.push(chunk);
    if (framed.end) return { pieces: framed.pieces, framing: 'framed', end: framed.end };
  }
}

/** Reads bytes as blocks until they prove to be none. */
class FramedAttempt {
  readonly pieces: Uint8Array[] = [];
  readonly #blocks = new BlockParser();
  #state: 'possible' | 'disproved' | Exclude<FileEnd, 'unmarked'> = 'possible';

  /** Where the end was marked, once it has come. */
  get end(): FileEnd | undefined {
    return this.#state === 'possible' || this.#state === 'disproved' ? undefined : this.#state;
  }

  /** Whole blocks have come and nothing else: an end that nothing marks. */
  get mayEndHere(): boolean {
    return this.#state === 'possible' && this.pieces.length > 0 && this.#blocks.atBoundary;
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'possible') return;
    try {
      this.#blocks.push(chunk);
      for (let event = this.#blocks.next(); event; event = this.#blocks.next()) {
        if (event.kind === 'data' && event.suspect) throw new GrammarError('Suspect data');
        if (event.kind === 'data') this.pieces.push(event.bytes);
        if (event.kind !== 'endOfFile') continue;
        const end = event.alone ? 'ownBlock' : 'lastBlock';
        this.#state = this.#blocks.atBoundary ? end : 'disproved';
        return;
      }
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      this.#state = 'disproved';
    }
  }
}
