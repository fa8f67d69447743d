import { raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { TransferExchange } from '../control/exchange.ts';
import { ConnectionError, FtpTimeoutError } from '../errors.ts';
import type { Reply } from '../grammar/reply.ts';
import type { DataConnection } from './dataConnection.ts';
import type { EngineParts } from './engineParts.ts';
import type { Turn } from './transferOrder.ts';
import type { UserDTP } from './userDTP.ts';

// What a server may take to read ABOR. Most do not while they are blocked in a write.
const abortMs = 5_000;

// After so long a reply may be missing for good; a server that is only slow answers all in order.
const missingReplyMs = 1_000;

interface AbortingParts extends EngineParts {
  readonly dtp: UserDTP;
}

/** Drops the data connection, and brings the control connection back into step or closes it. */
export async function abortTransfer(
  parts: AbortingParts,
  exchange: TransferExchange,
  turn: Turn,
  connection?: DataConnection,
): Promise<void> {
  const { pi, dtp } = parts;
  const { control } = pi;
  // ABOR would overtake a command that is still queued, and the server begin a transfer that has no
  // receiver.
  if (exchange.withdraw()) return;
  if (turn.othersBehind || dtp.order.unconfirmed > 0 || dtp.order.ending) {
    // Nothing tells where the replies of others would stand around ABOR's, and their bytes may be on
    // their way on this data connection.
    dtp.drop(connection);
    return control.close(new ConnectionError('control', 'Closed to end one of several transfers'));
  }
  if (exchange.isOver) return dtp.drop(connection);
  await dtp.order.recoverBy(sendAbort(parts, connection));
}

async function sendAbort(parts: AbortingParts, connection?: DataConnection): Promise<void> {
  const { pi, dtp, clock } = parts;
  const { control } = pi;
  using patience = clock.deadline(abortMs, 'the replies to ABOR');
  try {
    // RFC 959, 4.1.3: the transfer's own reply comes first, then that of ABOR. The connection is
    // closed in between: a server that is blocked in a write sees ABOR only then.
    const aborted = control.interject({ verb: 'ABOR' }, patience.signal);
    dtp.drop(connection);
    await replyToAbort(parts, aborted, patience.signal);
  } catch {
    control.close(new FtpTimeoutError('the replies to ABOR'));
  }
}

/**
 * Waits for ABOR's reply. Pure-FTPd 1.0.50 gives no final reply to a RETR cut short, so that ABOR's
 * goes to the RETR: NOOP's, which is like neither (RFC 959, 5.4), shows where the replies stand.
 */
async function replyToAbort(
  { pi, clock, profile }: AbortingParts,
  aborted: Promise<Reply>,
  signal: AbortSignal,
): Promise<void> {
  const { control } = pi;
  if (!profile.answers.leavesReplyOut && (await comesSoon(aborted, clock, signal))) return;
  const answered = control.interject({ verb: 'NOOP' }, signal);
  answered.catch(() => {});
  const isLeftOut = (await aborted).code === 200;
  profile.answers.cutShort(isLeftOut ? 'leftOut' : 'given');
  if (isLeftOut) control.passOver();
  else await answered;
}

async function comesSoon(
  reply: Promise<Reply>,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  using quiet = clock.deadline(missingReplyMs, 'the reply to ABOR', signal);
  try {
    await raceAbort(reply, quiet.signal);
    return true;
  } catch (error) {
    if (signal.aborted || error !== quiet.signal.reason) throw error;
    return false;
  }
}
