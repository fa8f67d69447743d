import { TimeoutError } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { type FtpError, toFtpError, TransferError } from '../errors.ts';
import type { TransferOptions } from '../ftpConnection.ts';
import type { Reply } from '../grammar/reply.ts';
import type { Progress } from './progress.ts';
import type { FileEnd } from './receive.ts';
import type { RunningTransfer } from './runningTransfer.ts';
import type { StartSurroundings } from './transferStart.ts';

/** The data has ended: the final reply, what else is to be asked, and the connection's fate. */
export async function endReceiving(
  { dtp, pi, profile, rungChoice }: StartSurroundings,
  running: RunningTransfer,
  end: FileEnd,
  signal: AbortSignal,
  check: () => Promise<void> = async () => {},
): Promise<Reply> {
  // ProFTPD withholds its final reply until we have closed our side too.
  if (end === 'unmarked') dtp.drop(running.connection);
  const reply = await running.confirmed(signal);
  await check();
  // Whoever had to ask under another mode leaves no connection of this one.
  const isKept = end !== 'unmarked' && pi.parameters.mode === 'B';
  running.complete(isKept ? 'keep' : 'close');
  if (end === 'ownBlock') profile.framing.endMarked();
  rungChoice.prove(running.rung, running.refusedElsewhere);
  return reply;
}

/** Ends an upload: the end of the data is said, the final reply awaited. */
export async function confirmStore(
  { profile, timeouts, logger }: StartSurroundings & { readonly logger: Logger },
  running: RunningTransfer,
  progress: Progress,
  { signal, observer }: Pick<TransferOptions, 'signal' | 'observer'>,
): Promise<'keep' | 'close'> {
  const { transport } = running.connection;
  const isBlock = running.rung.mode === 'block';
  if (isBlock && !profile.framing.closesToConfirm) {
    try {
      await running.final(timeouts.storeConfirmation, signal);
      return 'keep';
    } catch (error) {
      if (signal.aborted || !(error instanceof TimeoutError)) throw error;
    }
  }
  // RFC 959, 3.4.1: closing is the end of the file. Only our half: a reset would cost its tail.
  await progress.wait(transport.end());
  await running.stored(signal, (patienceMs) => {
    logger.warn(`All bytes are sent, not confirmed yet: waiting for ${patienceMs / 1_000} s more`);
    // No byte moves, and yet it goes on.
    observer?.moved?.(0);
  });
  // Server "a" confirms a STOR only when the client closes, though the file's end was marked.
  if (isBlock) profile.framing.confirmedOnClose();
  return 'close';
}

/** Whatever broke a transfer, as the engine's own word. */
export function broken({ control }: StartSurroundings, error: unknown, bytes: number): FtpError {
  const { usable } = control;
  if (error instanceof TransferError && usable) return error;
  // What is not the engine's is the source of an upload: its own words are the right ones.
  const cause = toFtpError(error, () => {
    throw error;
  });
  const message = `The transfer broke off after ${bytes} bytes: ${cause.message}`;
  const remedy = cause.remedy === 'none' ? 'none' : usable ? 'retry' : 'reconnect';
  return new TransferError(message, { bytes, remedy, cause });
}
