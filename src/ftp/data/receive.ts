import { TransferError } from '../errors.ts';
import { type BlockEvent, BlockParser } from '../grammar/block.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import type { DataConnection } from './dataConnection.ts';
import type { Progress } from './progress.ts';

export interface Receiving {
  readonly connection: DataConnection;
  readonly progress: Progress;
  /** Whether this server is known to frame: until then, odd blocks mean that they are none. */
  readonly framing: 'unknown' | 'proved';
  /** Resolves when the final reply has come and says that all is well. */
  readonly confirmed: () => Promise<unknown>;
  /** Asks the server whether a file of that many bytes is all there is. */
  readonly isWhole: (bytes: number) => Promise<boolean>;
}

/**
 * Where the EOF bit stood. `unmarked`: nowhere, yet the file is known to be whole; the framing is
 * lost.
 */
export type FileEnd = 'ownBlock' | 'lastBlock' | 'unmarked';

/** RFC 959, 3.4.1: the end of the file is the end of the connection. */
export async function* receiveStream({
  connection,
  progress,
}: Pick<Receiving, 'connection' | 'progress'>): AsyncGenerator<Uint8Array, FileEnd> {
  for (;;) {
    const chunk = await progress.wait(connection.nextChunk());
    if (!chunk) return 'unmarked';
    yield chunk;
  }
}

/** RFC 959, 3.4.2: the end of the file is marked, and the connection may stay. */
export async function* receiveBlocks(receiving: Receiving): AsyncGenerator<Uint8Array, FileEnd> {
  const { connection, progress, framing, isWhole } = receiving;
  let bytes = 0;
  let next: Promise<BlockEvent | undefined> | undefined;
  for (;;) {
    next ??= connection.nextBlock();
    const event = await progress.waitOrQuiet(next);
    if (event === 'quiet') {
      // Server "a" sends no EOF block when a file is empty or fills its blocks exactly.
      if (connection.atBoundary && (await isWhole(bytes))) return 'unmarked';
      progress.bePatient();
      continue;
    }
    next = undefined;
    if (!event) return await endedWithoutMark(receiving, bytes);
    if (event.kind === 'endOfFile') return event.alone ? 'ownBlock' : 'lastBlock';
    // A marker is the sender's own text, no byte of the file (RFC 959, 3.5).
    if (event.kind === 'marker') continue;
    if (event.suspect) {
      if (framing === 'unknown')
        throw new GrammarError('Suspect data before any framing is proved');
      throw brokenOff('The server marked bytes of the file as suspect', bytes);
    }
    bytes += event.bytes.length;
    yield event.bytes;
  }
}

async function endedWithoutMark(
  { connection, framing, confirmed, isWhole }: Receiving,
  bytes: number,
): Promise<FileEnd> {
  if (connection.atBoundary && (await isWhole(bytes))) return 'unmarked';
  if (framing === 'unknown') {
    await confirmed();
    throw new GrammarError('The data ended without the end-of-file block');
  }
  throw brokenOff('The data connection ended in the middle of the file', bytes, 'retry');
}

function brokenOff(
  message: string,
  bytes: number,
  remedy: 'none' | 'retry' = 'none',
): TransferError {
  return new TransferError(`${message}, after ${bytes} bytes`, { bytes, remedy });
}

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
  readonly framing: 'framed' | 'raw';
  readonly end: FileEnd;
}

/** Reads a listing in stream mode. */
export async function receiveStreamListing(
  receiving: Pick<Receiving, 'connection' | 'progress'>,
): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  const size = new ListingSize();
  for await (const piece of receiveStream(receiving)) {
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
    if (chunk === 'quiet' && !framed.mayEndHere) {
      progress.bePatient();
      continue;
    }
    next = undefined;
    if (chunk === undefined || chunk === 'quiet') {
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
