import { raceAbort } from '../../base/abort.ts';
import { type Clock, TimeoutError } from '../../base/clock.ts';
import type { ControlConnection } from '../control/controlConnection.ts';
import { ConnectionError, FtpTimeoutError } from '../errors.ts';
import type { Reply } from '../grammar/reply.ts';
import type { Timeouts } from '../options.ts';
import type { Rung } from '../rung.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import type { DataConnection } from './dataConnection.ts';
import type { FailedAttempt } from './rungChoice.ts';
import { Progress } from './progress.ts';
import type { TransferExchange } from './transferExchange.ts';
import type { Turn, TransferOrder } from './transferOrder.ts';
import type { UserDTP } from './userDTP.ts';

// What a server may take to look at ABOR. Most do not look while they are blocked in a write.
const abortMs = 5_000;

// After so long a reply may be missing for good; a server that is only slow answers all in order.
const missingReplyMs = 1_000;

// A gateway stores on before it confirms a file, as long as that takes. It is given up after five
// minutes, or after ten times what any other reply may take where that is less.
const confirmationMs = 300_000;
const confirmationReplies = 10;

export interface TransferSurroundings {
  readonly control: ControlConnection;
  readonly dtp: UserDTP;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  readonly turns: TransferOrder;
  readonly profile: ServerProfile;
}

/**
 * A transfer whose command was answered and whose data connection is open. It has two endings, the
 * data's and the final reply, and is over in one of two ways: `complete` or `breakOff`.
 */
export class RunningTransfer {
  readonly rung: Rung;
  readonly exchange: TransferExchange;
  readonly connection: DataConnection;
  /** Where it was refused before: when it comes to its end here, that was about the data connection. */
  refusedElsewhere: readonly FailedAttempt[] = [];
  readonly #surroundings: TransferSurroundings;
  readonly #turn: Turn;
  #over: Promise<void> | undefined;

  constructor(
    surroundings: TransferSurroundings,
    started: { rung: Rung; exchange: TransferExchange; connection: DataConnection; turn: Turn },
  ) {
    this.#surroundings = surroundings;
    this.rung = started.rung;
    this.exchange = started.exchange;
    this.connection = started.connection;
    this.#turn = started.turn;
  }

  /** Other transfers have been sent and wait behind this one. */
  get othersAhead(): boolean {
    return this.#turn.othersAhead;
  }

  progress(signal: AbortSignal): Progress {
    const { clock, timeouts } = this.#surroundings;
    return new Progress(this.exchange, clock, timeouts, signal);
  }

  /** Waits for the final reply under a deadline; past it the control connection is lost too. */
  async final(ms: number, signal: AbortSignal): Promise<Reply> {
    const what = `the final reply to ${this.exchange.command.verb}`;
    using patience = this.#surroundings.clock.deadline(ms, what, signal);
    return await this.exchange.final(patience.signal);
  }

  /** The same with the deadline of all replies. */
  async confirmed(signal: AbortSignal): Promise<Reply> {
    try {
      return await this.final(this.#surroundings.timeouts.reply, signal);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      const failure = new FtpTimeoutError(error.waitingFor, { cause: error });
      this.#surroundings.control.close(failure);
      throw failure;
    }
  }

  /** The same for a file that was sent; `waiting` is told as the time for a reply passes, and again. */
  async stored(signal: AbortSignal, waiting: (patienceMs: number) => void): Promise<Reply> {
    const { reply } = this.#surroundings.timeouts;
    const replies = Math.min(confirmationReplies, Math.ceil(confirmationMs / reply));
    for (let left = replies - 1; left > 0; left--) {
      try {
        return await this.final(reply, signal);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        waiting(left * reply);
      }
    }
    return this.confirmed(signal);
  }

  /** Both endings have come; the connection is kept when its framing is in step. */
  complete(connection: 'keep' | 'close'): void {
    if (this.#over) return;
    const { dtp } = this.#surroundings;
    // What stands behind the end of the last file belongs to nobody: the framing is lost.
    const inStep = this.othersAhead || this.connection.atBoundary;
    if (connection === 'keep' && inStep) dtp.keep(this.connection, { idle: !this.othersAhead });
    else dtp.drop(this.connection);
    this.#turn.leave();
    this.#over = Promise.resolve();
  }

  /**
   * Gives the transfer up. Resolves when both sides have forgotten it, or the control connection
   * is closed; nobody has to wait for that. Does nothing once the transfer is over.
   */
  breakOff(): Promise<void> {
    this.#over ??= breakOffTransfer(
      this.#surroundings,
      this.exchange,
      this.#turn,
      this.connection,
    ).finally(() => this.#turn.leave());
    return this.#over;
  }
}

/** Drops the data connection, and brings the control connection back into step or closes it. */
export async function breakOffTransfer(
  { control, dtp, clock, profile }: TransferSurroundings,
  exchange: TransferExchange,
  turn: Turn,
  connection?: DataConnection,
): Promise<void> {
  if (exchange.isOver) return dtp.drop(connection);
  // ABOR would overtake it, and the server begin a transfer that nobody takes.
  if (exchange.withdraw()) return;
  if (turn.othersAhead) {
    // Others are sent behind it: where their replies would stand around ABOR's, nobody can tell.
    dtp.drop(connection);
    return control.close(
      new ConnectionError('control', 'Closed to cancel one of several transfers under way'),
    );
  }
  using patience = clock.deadline(abortMs, 'the replies to ABOR');
  try {
    // RFC 959, 4.1.3: the transfer's own reply comes first, then that of ABOR. The connection is
    // closed in between: a server that is blocked in a write sees ABOR only then.
    const aborted = control.interject({ verb: 'ABOR' }, patience.signal);
    dtp.drop(connection);
    await replyTo(aborted, { control, clock, profile, signal: patience.signal });
  } catch {
    control.close(new FtpTimeoutError('the replies to ABOR'));
  }
}

/**
 * Waits for ABOR's reply. Pure-FTPd 1.0.50 gives no final reply to a RETR cut short, so that ABOR's
 * goes to the RETR: NOOP's, which is like neither (RFC 959, 5.4), shows where the replies stand.
 */
async function replyTo(
  aborted: Promise<Reply>,
  {
    control,
    clock,
    profile,
    signal,
  }: Pick<TransferSurroundings, 'control' | 'clock' | 'profile'> & { readonly signal: AbortSignal },
): Promise<void> {
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
