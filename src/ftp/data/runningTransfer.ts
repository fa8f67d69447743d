import { TimeoutError } from '../../base/clock.ts';
import type { TransferExchange } from '../control/exchange.ts';
import {
  ConnectionError,
  FtpTimeoutError,
  ReplyError,
  toFtpError,
  TransferError,
} from '../errors.ts';
import type { TransferOptions } from '../ftpConnection.ts';
import type { Reply } from '../grammar/reply.ts';
import type { Rung } from '../rung.ts';
import { abortTransfer } from './abortTransfer.ts';
import { type DataConnection, type FileEnd, Progress } from './dataConnection.ts';
import type { EngineParts } from './engineParts.ts';
import type { Pathnames } from './pathnames.ts';
import type { FailedAttempt, RungChoice } from './rungChoice.ts';
import type { Turn } from './transferOrder.ts';
import type { UserDTP } from './userDTP.ts';

/** What the transfers of one logged-in user work with. */
export interface TransferParts extends EngineParts {
  readonly dtp: UserDTP;
  readonly rungChoice: RungChoice;
  readonly pathnames: Pathnames;
}

/** What a transfer has when it begins to move bytes. */
interface Started {
  readonly rung: Rung;
  readonly exchange: TransferExchange;
  readonly connection: DataConnection;
  readonly turn: Turn;
  /** An upload that did not wait for the answer to its STOR. */
  readonly isAhead: boolean;
  /** What the server told of the file's size before it began, where it was asked then. */
  readonly size: Promise<number | undefined> | undefined;
  /** Where it was refused before: if it ends well here, that was about the data connection. */
  readonly refusedElsewhere: readonly FailedAttempt[];
}

const refusedAhead = 'Closed to start again: a file was refused whose bytes were sent already';

// A gateway stores the file somewhere else before it confirms, as long as that takes. It is given up
// after five minutes, or after ten times what any other reply may take where that is less.
const confirmationMs = 300_000;
const confirmationReplies = 10;

/**
 * A transfer whose command was answered and whose data connection is open. It has two endings, the
 * data's and the final reply, and is over in one of two ways: `complete` or `breakOff`.
 */
export class RunningTransfer {
  readonly rung: Rung;
  readonly connection: DataConnection;
  readonly #parts: TransferParts;
  readonly #started: Started;
  #over: Promise<void> | undefined;

  constructor(parts: TransferParts, started: Started) {
    this.#parts = parts;
    this.#started = started;
    this.rung = started.rung;
    this.connection = started.connection;
  }

  /** Other transfers have queued their commands already, and wait behind this one. */
  get othersBehind(): boolean {
    return this.#started.turn.othersBehind;
  }

  progress(signal: AbortSignal): Progress {
    const { clock, options } = this.#parts;
    return new Progress(this.#started.exchange, clock, options.timeouts, signal);
  }

  /** Waits for the final reply; past its deadline the control connection is lost too. */
  async confirmed(signal: AbortSignal): Promise<Reply> {
    const { options, pi } = this.#parts;
    try {
      return await this.#final(options.timeouts.reply, signal);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      const failure = new FtpTimeoutError(error.waitingFor, { cause: error });
      pi.control.close(failure);
      throw failure;
    }
  }

  async #final(ms: number, signal: AbortSignal): Promise<Reply> {
    const { exchange } = this.#started;
    const what = `the final reply to ${exchange.command.verb}`;
    using patience = this.#parts.clock.deadline(ms, what, signal);
    return await exchange.final(patience.signal);
  }

  /** The data has ended: the final reply, what else is to be asked, and the connection's fate. */
  async endReceiving(
    end: FileEnd,
    signal: AbortSignal,
    check: () => Promise<void> = async () => {},
  ): Promise<Reply> {
    const { dtp, profile } = this.#parts;
    // ProFTPD withholds its final reply until we have closed our side too.
    if (end === 'unmarked') dtp.drop(this.connection);
    if (this.rung.mode === 'stream') this.#handOver();
    const reply = await this.confirmed(signal);
    await check();
    if (end === 'ownBlock' && !profile.framing.marksEnds) profile.framing.endMarked();
    this.complete(end === 'unmarked' ? 'close' : 'keep');
    return reply;
  }

  // In stream mode the next transfer needs a data port of its own, and may ask for it as soon as the data
  // has ended. The final reply is awaited beside that, whether this caller still waits or not.
  #handOver(): void {
    const { dtp, profile, clock } = this.#parts;
    const { exchange, turn } = this.#started;
    if (exchange.isOver || !profile.pipelining.takesNextPort(clock.now())) return;
    exchange.noteMoved();
    const ending = this.confirmed(new AbortController().signal)
      .then(
        () => {},
        (error: unknown) => {
          const isOdd = error instanceof ReplyError || error instanceof FtpTimeoutError;
          if (isOdd) profile.pipelining.refusedNextPort(clock.now());
        },
      )
      .finally(() => {
        if (dtp.order.ending === ending) dtp.order.ending = undefined;
      });
    dtp.order.ending = ending;
    this.#over = ending;
    turn.leave();
  }

  /** All bytes of an upload are sent: says so, and waits for the final reply. */
  async endSending(
    progress: Progress,
    { signal, observer }: Pick<TransferOptions, 'signal' | 'observer'>,
  ): Promise<'keep' | 'close'> {
    const { profile, options, logger } = this.#parts;
    const isBlock = this.rung.mode === 'block';
    if (isBlock && !profile.framing.closesToConfirm) {
      try {
        await this.#final(options.timeouts.storeConfirmation, signal);
        return 'keep';
      } catch (error) {
        if (signal.aborted || !(error instanceof TimeoutError)) throw error;
      }
    }
    // RFC 959, 3.4.1: closing is the end of the file. Only our half: a reset would cost its tail.
    await progress.wait(this.connection.transport.end());
    await this.#stored(signal, (patienceMs) => {
      const seconds = patienceMs / 1_000;
      logger.warn(`All bytes are sent, not confirmed yet: waiting for ${seconds} s more`);
      // No byte moves, and yet the transfer goes on.
      observer?.moved?.(0);
    });
    // Server "a" confirms a STOR only when the client closes, though the file's end was marked.
    if (isBlock) profile.framing.confirmedOnClose();
    return 'close';
  }

  /** What the file's size was before it began; `undefined` where that was not asked or not told. */
  get size(): Promise<number | undefined> | undefined {
    return this.#started.size;
  }

  /** True of an upload whose bytes go before the answer to its STOR. */
  get isAhead(): boolean {
    return this.#started.isAhead;
  }

  /** A 1yz reply has come. */
  get hasBegun(): boolean {
    return this.#started.exchange.hasBegun;
  }

  /**
   * All bytes of an upload were sent ahead: the next one may send its own, and the final reply is awaited
   * beside it. Where it refuses the file, its bytes came into another one: nothing that was sent behind
   * it can be trusted, whether this caller still waits or not.
   */
  async endAhead(signal: AbortSignal): Promise<void> {
    const { dtp, pi, profile, clock } = this.#parts;
    const { exchange, turn } = this.#started;
    dtp.order.unconfirmed += 1;
    const over = exchange.final().then(
      () => {},
      (error: unknown) => {
        if (error instanceof ReplyError) profile.pipelining.refusedBytesAhead(clock.now());
        pi.control.close(new ConnectionError('control', refusedAhead, { cause: error }));
      },
    );
    void over.then(() => (dtp.order.unconfirmed -= 1));
    dtp.keep(this.connection, { idle: false });
    turn.leave();
    this.#over = over;
    await exchange.begun(signal);
    await this.confirmed(signal);
  }

  /** The final reply to an upload; `waiting` is called as the time for a reply passes, and again. */
  async #stored(signal: AbortSignal, waiting: (patienceMs: number) => void): Promise<Reply> {
    const { reply } = this.#parts.options.timeouts;
    const replies = Math.min(confirmationReplies, Math.ceil(confirmationMs / reply));
    for (let left = replies - 1; left > 0; left--) {
      try {
        return await this.#final(reply, signal);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
        waiting(left * reply);
      }
    }
    return await this.confirmed(signal);
  }

  /** Both endings have come; the connection is kept when its framing is in step. */
  complete(connection: 'keep' | 'close'): void {
    const { rungChoice } = this.#parts;
    if (!this.#over) this.#leave(connection);
    rungChoice.prove(this.rung, this.#started.refusedElsewhere);
  }

  #leave(connection: 'keep' | 'close'): void {
    const { dtp, pi } = this.#parts;
    // Bytes behind the end of the last file belong to no transfer: the framing is lost.
    const inStep = this.othersBehind || this.connection.atBoundary;
    // A size that had to be asked under MODE S leaves no connection of MODE B.
    const isKept = connection === 'keep' && inStep && pi.parameters.mode === 'B';
    if (isKept) dtp.keep(this.connection, { idle: !this.othersBehind });
    else dtp.drop(this.connection);
    this.#started.turn.leave();
    this.#over = Promise.resolve();
  }

  /**
   * Gives the transfer up. Resolves when both sides have forgotten it, or the control connection is
   * closed; a caller need not wait for that. Does nothing once the transfer is over.
   */
  breakOff(): Promise<void> {
    const { exchange, turn, connection } = this.#started;
    this.#over ??= abortTransfer(this.#parts, exchange, turn, connection).finally(() =>
      turn.leave(),
    );
    return this.#over;
  }
}

// RFC 959, 4.2.2: 425 "can't open data connection", so no byte of a file has come. ProFTPD 1.3.8 says it
// behind 150 where a data connection does not resume the TLS session, which under TLS 1.2 is void once a
// data connection was cut off: only a new control connection has another one.
const unbuilt = 'The server builds no data connection in this session any more';

/** Whatever ended a transfer before its time, in the engine's words. */
export function transferFailure({ pi }: TransferParts, error: unknown, bytes: number): unknown {
  const { usable } = pi.control;
  if (error instanceof TransferError && usable) return error;
  // What is not the engine's comes from the source of an upload: its own words are the right ones.
  const cause = toFtpError(error, () => undefined);
  if (!cause) return error;
  const isUnbuilt = cause instanceof ReplyError && cause.reply.code === 425;
  if (isUnbuilt) pi.control.close(new ConnectionError('control', unbuilt, { cause }));
  const moved = isUnbuilt ? 0 : bytes;
  const message = `The transfer broke off after ${moved} bytes: ${cause.message}`;
  const remedy = cause.remedy === 'none' ? 'none' : pi.control.usable ? 'retry' : 'reconnect';
  return new TransferError(message, { bytes: moved, remedy, cause });
}
