import { ReplyError } from '../errors.ts';
import { BlockParser } from '../grammar/block.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import type { Reply } from '../grammar/reply.ts';
import type { ListVerb } from '../profile/framing.ts';
import {
  type DataConnection,
  type FileEnd,
  incomplete,
  type Progress,
  receiveBlocks,
  receiveStream,
} from './dataConnection.ts';
import { OverWithoutDataError } from './pendingDataConnection.ts';
import type { TransferCommand } from './rungChoice.ts';
import { RunningTransfer, transferFailure, type TransferParts } from './runningTransfer.ts';
import { startTransfer } from './startingTransfer.ts';

/** A listing as it came. */
export interface ReceivedListing {
  readonly pieces: readonly Uint8Array[];
  /** What the server said when it was over. */
  readonly reply: Reply;
  /** Its end was marked, as block mode does it: nothing that was sent is missing. */
  readonly isMarked: boolean;
  /** It came in blocks. */
  readonly isFramed: boolean;
}

/** A listing by MLSD or LIST. */
export async function receiveListing(
  parts: TransferParts,
  command: TransferCommand,
  signal: AbortSignal,
): Promise<ReceivedListing> {
  const { framing } = parts.profile;
  const verb: ListVerb = command.verb === 'MLSD' ? 'MLSD' : 'LIST';
  // Asked before the transfer begins: only then may it begin on a kept connection.
  const isFramed = framing.listing(verb) === 'framed';
  const running = await startListing(parts, command, verb, signal);
  if (!(running instanceof RunningTransfer)) {
    return { pieces: [], reply: running, isMarked: false, isFramed: false };
  }
  const before = running.connection.taken;
  try {
    using progress = running.progress(signal);
    const listing = await readPieces(running, progress, isFramed);
    const reply = await running.endReceiving(listing.end, signal);
    const isBlock = running.rung.mode === 'block';
    if (isBlock && listing.framing !== 'unknown') framing.listingCame(verb, listing.framing);
    return {
      pieces: listing.pieces,
      reply,
      isMarked: listing.end !== 'unmarked',
      isFramed: listing.framing === 'framed',
    };
  } catch (error) {
    void running.breakOff();
    signal.throwIfAborted();
    // 150, an empty data connection, and then 550: it is refused as if it had never begun.
    const isEmpty = running.connection.taken === before;
    if (isEmpty && isRefusedListing(error, verb)) throw error;
    framing.listingBroke(verb);
    throw transferFailure(parts, error, 0);
  }
}

/**
 * True where a server does not list by this command, or not this folder, whatever code it finds for
 * that; 421, 425 and 426 are about the connections.
 */
export function isRefusedListing(error: unknown, verb: string): error is ReplyError {
  if (!(error instanceof ReplyError) || error.command.verb !== verb) return false;
  return ![421, 425, 426].includes(error.reply.code);
}

async function startListing(
  parts: TransferParts,
  command: TransferCommand,
  verb: ListVerb,
  signal: AbortSignal,
): Promise<RunningTransfer | Reply> {
  const { framing, ladder } = parts.profile;
  const begin = (inStreamMode: boolean): Promise<RunningTransfer> => {
    // Where it may come on a connection of its own, the kept one goes first: the other would have the
    // same two addresses and ports.
    const alone = framing.listing(verb) !== 'framed';
    return startTransfer(parts, { ...command, alone, inStreamMode }, signal);
  };
  const known = framing.listing(verb);
  try {
    return await begin(known === 'stream');
  } catch (error) {
    // 226 at once, and no data connection: there is nothing to be listed.
    if (error instanceof OverWithoutDataError) return error.reply;
    const mayBeTheMode = known === 'unknown' && ladder.current?.mode === 'block';
    if (!mayBeTheMode || !refusesMode(error, command)) throw error;
  }
  const running = await begin(true);
  framing.listingCame(verb, 'stream');
  return running;
}

// z/OS lists in stream mode alone, and says 501 otherwise. With an argument, 501 may be about that.
function refusesMode(error: unknown, { argument }: TransferCommand): boolean {
  return (
    error instanceof ReplyError &&
    argument === undefined &&
    error.command.verb === 'LIST' &&
    [501, 504].includes(error.reply.code)
  );
}

// Room for half a million names; a longer listing is taken for one that does not end. Short lines are
// bounded by their number: each becomes an object many times its size.
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
      throw incomplete('The listing does not end', this.#bytes);
    }
  }
}

/** A listing's bytes, and whether they came in blocks. */
interface ListingPieces {
  readonly pieces: readonly Uint8Array[];
  /** `unknown`: nothing came at all, so both are possible. */
  readonly framing: 'framed' | 'raw' | 'unknown';
  readonly end: FileEnd;
}

async function readPieces(
  running: RunningTransfer,
  progress: Progress,
  isFramed: boolean,
): Promise<ListingPieces> {
  const { connection, rung } = running;
  if (rung.mode === 'stream') {
    const stream = receiveStream({ connection, progress, mayBeNothing: true });
    return { framing: 'raw', ...(await collect(stream)) };
  }
  if (!isFramed) return await readEitherWay(connection, progress);
  const blocks = receiveBlocks({
    connection,
    progress,
    framing: 'proved',
    confirmed: async () => {},
    // Nothing tells the length of a listing; whole blocks and the final reply have to do. Where another
    // transfer was sent behind it, what follows may be that one's.
    isWhole: async () => !running.othersBehind,
  });
  return { framing: 'framed', ...(await collect(blocks)) };
}

async function collect(
  received: AsyncGenerator<Uint8Array, FileEnd>,
): Promise<Omit<ListingPieces, 'framing'>> {
  const pieces: Uint8Array[] = [];
  const size = new ListingSize();
  let next = await received.next();
  for (; next.done !== true; next = await received.next()) {
    size.add(next.value);
    pieces.push(next.value);
  }
  return { pieces, end: next.value };
}

/**
 * Reads a listing that may come in blocks or as a stream of its own, whatever MODE says: RFC 3659,
 * 7.2, wants the latter of MLSD, and some servers do it with LIST. All bytes are kept until one of
 * the two is proved.
 */
async function readEitherWay(
  connection: DataConnection,
  progress: Progress,
): Promise<ListingPieces> {
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

/** Reads bytes as blocks until they prove not to be any. */
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
        const end = event.alone && this.pieces.length > 0 ? 'ownBlock' : 'lastBlock';
        this.#state = this.#blocks.atBoundary ? end : 'disproved';
        return;
      }
    } catch (error) {
      if (!(error instanceof GrammarError)) throw error;
      this.#state = 'disproved';
    }
  }
}
