import { raceAbort } from '../../base/abort.ts';
import { TimeoutError } from '../../base/clock.ts';
import type { TransferExchange } from '../control/exchange.ts';
import { ConnectionError, FtpTimeoutError } from '../errors.ts';
import { type Rung, rungWords } from '../rung.ts';
import { abortTransfer } from './abortTransfer.ts';
import { DataConnection } from './dataConnection.ts';
import { mayOverlap, sizeBeforehand } from './overlap.ts';
import { DoubtedRungs, unopened } from './doubtedRungs.ts';
import { opened } from './pendingDataConnection.ts';
import { isAboutTheRung, type TransferCommand } from './rungChoice.ts';
import { RunningTransfer, type TransferParts } from './runningTransfer.ts';
import type { Turn } from './transferOrder.ts';
import type { PreparedDataConnection } from './userDTP.ts';

/**
 * Begins a transfer on the best rung that works: command answered, data connection open, no byte
 * moved. A rung that fails is left at once. One on which the server does not get through to us costs
 * the control connection, for the server is stuck in its attempt.
 */
export async function startTransfer(
  parts: TransferParts,
  command: TransferCommand,
  signal: AbortSignal,
): Promise<RunningTransfer> {
  return await new StartingTransfer(parts, command).start(signal);
}

/** One transfer from its place in the order to its open data connection. */
class StartingTransfer {
  readonly #parts: TransferParts;
  readonly #command: TransferCommand;
  readonly #turn: Turn;
  /** None before a rung has failed. */
  #doubts: DoubtedRungs | undefined;
  #size: Promise<number | undefined> | undefined;
  /** Of the transfer before it, where this one did not wait for its final reply. */
  #ending: Promise<void> | undefined;

  constructor(parts: TransferParts, command: TransferCommand) {
    this.#parts = parts;
    this.#command = command;
    this.#turn = parts.dtp.order.enter();
  }

  async start(signal: AbortSignal): Promise<RunningTransfer> {
    try {
      const { folder } = this.#command;
      if (folder !== undefined) {
        // In its turn: the CWD of another listing must not come between.
        await raceAbort(this.#turn.mine, signal);
        await this.#parts.pi.enter(folder, signal);
      }
      return await this.#onBestRung(signal);
    } catch (error) {
      this.#turn.leave();
      throw error;
    }
  }

  async #onBestRung(signal: AbortSignal): Promise<RunningTransfer> {
    const { clock, rungChoice } = this.#parts;
    for (;;) {
      const command = this.#command;
      const rung = (this.#doubts ?? rungChoice).rungFor(command);
      const since = clock.now();
      try {
        const running = await this.#on(rung, signal);
        rungChoice.noteBegun({ rung, command, since });
        return running;
      } catch (error) {
        signal.throwIfAborted();
        if (await this.#wasTooEarly(error, rung, signal)) continue;
        this.#doubts ??= new DoubtedRungs(rungChoice);
        this.#doubts.blame({ rung, command, error, since });
        this.#expectNoneBehind(error);
      }
    }
  }

  async #on(rung: Rung, signal: AbortSignal): Promise<RunningTransfer> {
    const { pi, dtp } = this.#parts;
    // Not while a transfer before this one has yet to queue its command: its bytes would follow ours.
    await raceAbort(this.#turn.mayGoAhead, signal);
    if (mayOverlap(this.#parts, this.#command, rung)) {
      const ahead = this.#turn.say(pi.control, this.#command, { barrier: false });
      await this.#turnOf(ahead, signal);
      return await this.#open(rung, ahead, signal);
    }
    await raceAbort(this.#turn.mine, signal);
    if (this.#command.alone) dtp.dropKept();
    await dtp.agree(rung, signal);
    return await this.#open(rung, undefined, signal);
  }

  // Bytes on a shared data connection belong to the transfers in the order of their replies: a
  // transfer that is cancelled keeps its place until its bytes are taken back.
  async #turnOf(ahead: TransferExchange, signal: AbortSignal): Promise<void> {
    const turn = this.#turn;
    try {
      await raceAbort(turn.mine, signal);
    } catch (error) {
      if (!ahead.withdraw()) {
        const parts = this.#parts;
        turn.leaveAfter(turn.mine.then(() => abortTransfer(parts, ahead, turn, parts.dtp.kept)));
      }
      throw error;
    }
  }

  async #open(
    rung: Rung,
    ahead: TransferExchange | undefined,
    signal: AbortSignal,
  ): Promise<RunningTransfer> {
    const { pi, dtp } = this.#parts;
    let exchange = ahead;
    let prepared: PreparedDataConnection | undefined;
    try {
      this.#ending = dtp.order.ending;
      this.#size ??= sizeBeforehand(this.#parts, this.#command, rung, signal);
      prepared = await dtp.prepare(rung, signal);
      const overlaps = mayOverlap(this.#parts, this.#command, rung);
      if (!exchange) {
        prepared = await this.#reach(rung, prepared, signal);
        // Where others may overlap with it, it need not wait for the questions before it either.
        exchange = this.#turn.say(pi.control, this.#command, { barrier: !overlaps });
        await dtp.discardArrived(prepared, exchange, signal);
      }
      const open = prepared instanceof DataConnection ? prepared : undefined;
      // A connection that comes before this is begun was dialled for a command behind it.
      if (ahead && !open) await ahead.begun(signal);
      const isAhead = this.#command.ahead === 'bytes' && open !== undefined && overlaps;
      const connection = isAhead ? open : await this.#openData(rung, prepared, exchange, signal);
      return new RunningTransfer(this.#parts, {
        rung,
        exchange,
        connection,
        turn: this.#turn,
        isAhead,
        size: this.#size,
        refusedElsewhere: this.#doubts?.attempts ?? [],
      });
    } catch (error) {
      if (exchange) await this.#giveUp(exchange, prepared, error, signal);
      throw error;
    } finally {
      if (!(prepared instanceof DataConnection)) await prepared?.[Symbol.asyncDispose]();
    }
  }

  // That a data port was asked for before the last transfer was confirmed says nothing against its rung.
  async #wasTooEarly(error: unknown, rung: Rung, signal: AbortSignal): Promise<boolean> {
    const { pi, profile, clock } = this.#parts;
    const isAboutIt = error instanceof TimeoutError || isAboutTheRung(error, rung);
    if (!this.#ending || !isAboutIt) return false;
    profile.pipelining.refusedNextPort(clock.now());
    await raceAbort(this.#ending, signal);
    if (!pi.control.usable) throw error;
    return true;
  }

  // Where the data port is known to work, the command goes out first: `open` dials while it is on its
  // way. Elsewhere we dial before the command.
  async #reach(
    rung: Rung,
    prepared: PreparedDataConnection,
    signal: AbortSignal,
  ): Promise<PreparedDataConnection> {
    const { clock, rungChoice } = this.#parts;
    if (rungChoice.isTrusted(rung)) return prepared;
    if (prepared instanceof DataConnection || !prepared.dials) return prepared;
    const what = `a data connection (${rungWords(rung)})`;
    using patience = clock.deadline(rungChoice.patience(rung), what, signal);
    return await opened(prepared, patience.signal);
  }

  async #openData(
    rung: Rung,
    prepared: PreparedDataConnection,
    exchange: TransferExchange,
    signal: AbortSignal,
  ): Promise<DataConnection> {
    const { dtp, rungChoice } = this.#parts;
    const [ms, isTrusted] = [rungChoice.patience(rung), rungChoice.isTrusted(rung)];
    const opening = { ms, isTrusted, signal };
    const connection = await dtp.open(prepared, rung, exchange, opening).catch((error: unknown) => {
      const isUnopened = exchange.hasBegun && !(prepared instanceof DataConnection);
      throw isUnopened ? unopened(error, rung) : error;
    });
    try {
      await exchange.begun(signal);
      return connection;
    } catch (error) {
      dtp.drop(connection);
      throw error;
    }
  }

  // The command is out and there is no data connection: the server is stuck in its attempt, or the
  // command is taken back.
  async #giveUp(
    exchange: TransferExchange,
    prepared: PreparedDataConnection | undefined,
    error: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted || !(error instanceof TimeoutError)) {
      return await this.#takeBack(exchange, prepared, signal);
    }
    const failure = new FtpTimeoutError(error.waitingFor, { cause: error, on: 'data' });
    this.#parts.pi.control.close(failure);
  }

  // If the command was refused, nothing has moved, and a kept data connection is as it was. Else it is
  // taken back: by a caller who cancelled, and does not wait; or for the next rung, which has to be in step.
  async #takeBack(
    exchange: TransferExchange,
    prepared: PreparedDataConnection | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { dtp } = this.#parts;
    const kept = prepared instanceof DataConnection && prepared === dtp.kept ? prepared : undefined;
    if (exchange.isOver) {
      // After a 1yz reply bytes may be under way, whatever the final one says: no other may get them.
      if (kept && exchange.hasBegun) dtp.drop(kept);
      else if (kept) dtp.keep(kept, { idle: !this.#turn.othersBehind });
      return;
    }
    const taken = abortTransfer(this.#parts, exchange, this.#turn, kept);
    if (!signal.aborted) await taken;
  }

  // On the next rung our command would go out behind those that were sent ahead, and our bytes would
  // come behind theirs.
  #expectNoneBehind(cause: unknown): void {
    if (!this.#turn.othersBehind) return;
    const message = 'Closed to start again: a transfer failed with others sent behind it';
    const failure = new ConnectionError('control', message, { cause });
    this.#parts.pi.control.close(failure);
    throw failure;
  }
}
