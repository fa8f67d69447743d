import { ReplyError } from '../errors.ts';
import { receiveFramedListing, receiveListing, receiveStreamListing } from './receiveListing.ts';
import type { RunningTransfer } from './runningTransfer.ts';
import { broken, endReceiving } from './transferEnd.ts';
import { type StartSurroundings, startTransfer, type TransferCommand } from './transferStart.ts';

type ListVerb = 'MLSD' | 'LIST';

/** The bytes of a listing, by MLSD or LIST. */
export async function listFolder(
  surroundings: StartSurroundings,
  command: TransferCommand,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const { profile } = surroundings;
  const verb: ListVerb = command.verb === 'MLSD' ? 'MLSD' : 'LIST';
  const isFramed = profile.listings[verb] === 'framed';
  const running = await startListing(surroundings, command, verb, signal);
  try {
    using progress = running.progress(signal);
    const receiving = { connection: running.connection, progress };
    if (running.rung.mode === 'stream') {
      const pieces = await receiveStreamListing(receiving);
      await endReceiving(surroundings, running, 'unmarked', signal);
      return pieces;
    }
    // What comes on a kept connection has been asked for already, as blocks.
    const listing = isFramed
      ? await receiveFramedListing(receiving)
      : await receiveListing(receiving);
    await endReceiving(surroundings, running, listing.end, signal);
    if (listing.framing !== 'unknown') profile.listings[verb] = listing.framing;
    // Nothing tells a listing's length; but that its blocks end just where its bytes do, in text
    // that has no zero bytes, is no accident.
    if (listing.framing === 'framed') profile.framing = 'proved';
    return listing.pieces;
  } catch (error) {
    void running.breakOff();
    signal.throwIfAborted();
    throw broken(surroundings, error, 0);
  }
}

async function startListing(
  surroundings: StartSurroundings,
  command: TransferCommand,
  verb: ListVerb,
  signal: AbortSignal,
): Promise<RunningTransfer> {
  const { listings, ladder } = surroundings.profile;
  const begin = (inStreamMode: boolean): Promise<RunningTransfer> => {
    // On a connection of its own it would have the very addresses and ports of the kept one.
    const alone = listings[verb] !== 'framed';
    return startTransfer(surroundings, { ...command, alone, inStreamMode }, signal);
  };
  const known = listings[verb];
  try {
    return await begin(known === 'stream');
  } catch (error) {
    const mayBeTheMode = known === 'unknown' && ladder.current?.mode === 'block';
    if (!mayBeTheMode || !refusesMode(error, command)) throw error;
  }
  const running = await begin(true);
  listings[verb] = 'stream';
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
