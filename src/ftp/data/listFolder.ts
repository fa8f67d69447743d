import { ReplyError } from '../errors.ts';
import type { ListVerb } from '../profile/framing.ts';
import { receiveFramedListing, receiveListing, receiveStreamListing } from './receiveListing.ts';
import type { Reply } from '../grammar/reply.ts';
import { OverWithoutDataError } from './openTransport.ts';
import { RunningTransfer } from './runningTransfer.ts';
import { broken, endReceiving } from './transferEnd.ts';
import { type StartSurroundings, startTransfer, type TransferCommand } from './transferStart.ts';

/** A listing as it came. */
export interface ReceivedFolder {
  readonly pieces: readonly Uint8Array[];
  /** What the server said when it was over. */
  readonly reply: Reply;
  /** Its end was marked, as block mode does it: nothing that was sent is missing. */
  readonly isMarked: boolean;
  /** It came in blocks. */
  readonly isFramed: boolean;
}

/** A listing by MLSD or LIST. */
export async function listFolder(
  surroundings: StartSurroundings,
  command: TransferCommand,
  signal: AbortSignal,
): Promise<ReceivedFolder> {
  const { profile } = surroundings;
  const verb: ListVerb = command.verb === 'MLSD' ? 'MLSD' : 'LIST';
  const isFramed = profile.framing.listing(verb) === 'framed';
  const running = await startListing(surroundings, command, verb, signal);
  if (!(running instanceof RunningTransfer)) {
    return { pieces: [], reply: running, isMarked: false, isFramed: false };
  }
  const before = running.connection.taken;
  try {
    using progress = running.progress(signal);
    const receiving = { connection: running.connection, progress };
    if (running.rung.mode === 'stream') {
      const pieces = await receiveStreamListing(receiving);
      const reply = await endReceiving(surroundings, running, 'unmarked', signal);
      return { pieces, reply, isMarked: false, isFramed: false };
    }
    // What comes on a kept connection has been asked for already, as blocks.
    const listing = isFramed
      ? await receiveFramedListing(receiving)
      : await receiveListing(receiving);
    const reply = await endReceiving(surroundings, running, listing.end, signal);
    if (listing.framing !== 'unknown') profile.framing.listingCame(verb, listing.framing);
    const { pieces, end, framing } = listing;
    return { pieces, reply, isMarked: end !== 'unmarked', isFramed: framing === 'framed' };
  } catch (error) {
    void running.breakOff();
    signal.throwIfAborted();
    // 150, an empty data connection, and then 550: it is refused as if it had never begun.
    const isEmpty = running.connection.taken === before;
    if (isEmpty && isRefusedListing(error, verb)) throw error;
    profile.framing.listingBroke(verb);
    throw broken(surroundings, error, 0);
  }
}

/**
 * True where a server does not list so, or not this folder, whatever code it finds for that; 421, 425
 * and 426 are about the connections.
 */
export function isRefusedListing(error: unknown, verb: string): error is ReplyError {
  if (!(error instanceof ReplyError) || error.command.verb !== verb) return false;
  return ![421, 425, 426].includes(error.reply.code);
}

async function startListing(
  surroundings: StartSurroundings,
  command: TransferCommand,
  verb: ListVerb,
  signal: AbortSignal,
): Promise<RunningTransfer | Reply> {
  const { framing, ladder } = surroundings.profile;
  const begin = (inStreamMode: boolean): Promise<RunningTransfer> => {
    // On a connection of its own it would have the very addresses and ports of the kept one.
    const alone = framing.listing(verb) !== 'framed';
    return startTransfer(surroundings, { ...command, alone, inStreamMode }, signal);
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

// z/OS lists in stream mode alone, and says 501 to all else. What 501 says of an argument is another
// matter.
function refusesMode(error: unknown, { argument }: TransferCommand): boolean {
  return (
    error instanceof ReplyError &&
    argument === undefined &&
    error.command.verb === 'LIST' &&
    [501, 504].includes(error.reply.code)
  );
}
