import { TransferError } from '../errors.ts';
import type { BlockEvent } from '../grammar/block.ts';
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
  readonly isWhole: (bytes: number, data: 'ended' | 'quiet') => Promise<boolean>;
}

/**
 * Where the EOF bit stood. `unmarked`: nowhere, yet the file is known to be whole; the framing is
 * lost.
 */
export type FileEnd = 'ownBlock' | 'lastBlock' | 'unmarked';

/**
 * RFC 959, 3.4.1: the end of the file is the end of the connection. `mayBeNothing`: a final reply
 * without a byte is an end too, for some servers never take the data connection of an empty folder.
 */
export async function* receiveStream({
  connection,
  progress,
  mayBeNothing = false,
}: Pick<Receiving, 'connection' | 'progress'> & {
  readonly mayBeNothing?: boolean;
}): AsyncGenerator<Uint8Array, FileEnd> {
  let chunk: Uint8Array | 'quiet' | undefined = mayBeNothing
    ? await progress.waitOrQuiet(connection.nextChunk())
    : await progress.wait(connection.nextChunk());
  while (chunk && chunk !== 'quiet') {
    yield chunk;
    chunk = await progress.wait(connection.nextChunk());
  }
  return 'unmarked';
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
      if (connection.atBoundary && (await isWhole(bytes, 'quiet'))) return 'unmarked';
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
  if (connection.atBoundary && (await isWhole(bytes, 'ended'))) return 'unmarked';
  if (framing === 'unknown') {
    await confirmed();
    throw new GrammarError('The data ended without the end-of-file block');
  }
  throw brokenOff('The data connection ended in the middle of the file', bytes, 'retry');
}

/** A transfer that ended too early, or badly. */
export function brokenOff(
  message: string,
  bytes: number,
  remedy: 'none' | 'retry' = 'none',
): TransferError {
  return new TransferError(`${message}, after ${bytes} bytes`, { bytes, remedy });
}
