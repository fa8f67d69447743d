import { raceAbort } from '../../base/abort.ts';
import { TimeoutError } from '../../base/clock.ts';
import type { UserPI } from '../control/userPI.ts';
import { ConnectionError, FtpTimeoutError } from '../errors.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { Insistence } from '../ftpConnection.ts';
import type { Command } from '../grammar/command.ts';
import { type Rung, rungWords } from '../rung.ts';
import { DataConnection } from './dataConnection.ts';
import type { RungChoice } from './rungChoice.ts';
import { breakOffTransfer, RunningTransfer, type TransferSurroundings } from './runningTransfer.ts';
import { SetAside, unopened } from './setAside.ts';
import { TransferExchange } from './transferExchange.ts';
import type { Turn } from './transferOrder.ts';

export interface StartSurroundings extends TransferSurroundings {
  readonly pi: UserPI;
  readonly rungChoice: RungChoice;
}

/** A transfer command, and the folder it is to be said in. */
export interface TransferCommand extends Command {
  readonly folder?: RemotePath;
  /** A kept data connection gives way to one for this transfer alone. */
  readonly alone?: boolean;
  /** Of whoever waits for it. */
  readonly insistence?: Insistence | undefined;
  /** Block mode will not do for it. */
  readonly inStreamMode?: boolean;
}

/**
 * Begins a transfer on the best rung that works: command answered, data connection open, no byte
 * moved. A rung that fails is left on the spot; one on which the server does not get through to us
 * costs the control connection, for it is stuck in its attempt.
 */
export async function startTransfer(
  surroundings: StartSurroundings,
  command: TransferCommand,
  signal: AbortSignal,
): Promise<RunningTransfer> {
  const turn = surroundings.turns.enter();
  const setAside = new SetAside(surroundings.rungChoice);
  try {
    if (command.folder !== undefined) {
      // In its turn: another listing's CWD must not come between.
      await raceAbort(turn.mine, signal);
      await surroundings.pi.enter(command.folder, signal);
    }
    for (;;) {
      const rung = setAside.rungFor(command);
      const since = surroundings.clock.now();
      try {
        const running = await startOn(surroundings, rung, command, turn, signal);
        surroundings.rungChoice.noteBegun({ rung, command, since });
        running.refusedElsewhere = setAside.attempts;
        return running;
      } catch (error) {
        signal.throwIfAborted();
        setAside.blame({ rung, command, error, since });
        expectNobodyAhead(surroundings, turn, error);
      }
    }
  } catch (error) {
    turn.leave();
    throw error;
  }
}

type PreparedDataConnection = Awaited<ReturnType<TransferSurroundings['dtp']['prepare']>>;

const outOfTurn = 'Closed to begin anew: a transfer failed with others sent behind it';

async function startOn(
  surroundings: StartSurroundings,
  rung: Rung,
  command: TransferCommand,
  turn: Turn,
  signal: AbortSignal,
): Promise<RunningTransfer> {
  // Behind one that has not said its command yet, ours would come first, and so would our bytes.
  if (turn.mayGoAhead && mayOverlap(surroundings, rung, command)) {
    const ahead = new TransferExchange(surroundings.control, command, { barrier: false });
    turn.noteQueued();
    await turnOf(surroundings, ahead, turn, signal);
    return await openOn(surroundings, { rung, command, turn, ahead }, signal);
  }
  await raceAbort(turn.mine, signal);
  if (command.alone) surroundings.dtp.dropKept();
  await agree(surroundings, rung, signal);
  return await openOn(surroundings, { rung, command, turn }, signal);
}

// Bytes on a shared data connection belong to the transfers in the order of their replies: one that
// is called off stays in its place until its bytes are taken back.
async function turnOf(
  surroundings: StartSurroundings,
  exchange: TransferExchange,
  turn: Turn,
  signal: AbortSignal,
): Promise<void> {
  try {
    await raceAbort(turn.mine, signal);
  } catch (error) {
    const { dtp } = surroundings;
    if (!exchange.withdraw()) {
      turn.leaveAfter(
        turn.mine.then(() => breakOffTransfer(surroundings, exchange, turn, dtp.kept)),
      );
    }
    throw error;
  }
}

/** One try on a rung. */
interface Attempt {
  readonly rung: Rung;
  readonly command: TransferCommand;
  readonly turn: Turn;
  /** Of a command that was sent ahead. */
  readonly ahead?: TransferExchange;
}

async function openOn(
  surroundings: StartSurroundings,
  { rung, command, turn, ahead }: Attempt,
  signal: AbortSignal,
): Promise<RunningTransfer> {
  const { control, dtp } = surroundings;
  let exchange = ahead;
  let prepared: PreparedDataConnection | undefined;
  try {
    prepared = await dtp.prepare(rung, signal);
    if (!exchange) {
      prepared = await reach(surroundings, rung, prepared, signal);
      exchange = new TransferExchange(control, command, { barrier: true });
      turn.noteQueued();
      await forgetArrived(surroundings, prepared, exchange, signal);
    }
    const connection = await openData(surroundings, rung, prepared, exchange, signal);
    return new RunningTransfer(surroundings, { rung, exchange, connection, turn });
  } catch (error) {
    if (!exchange) throw error;
    if (!signal.aborted && error instanceof TimeoutError) closeStuck(surroundings, error);
    else await takeBack(surroundings, exchange, turn, prepared, signal);
    throw error;
  } finally {
    if (!(prepared instanceof DataConnection)) await prepared?.[Symbol.asyncDispose]();
  }
}

// RETRs queue behind each other where nothing has to be agreed on between them: block mode, the
// data connection open, its framing proved, and the end of each file known to be marked: where only
// the last block of data tells, one that tells nothing (server "a") would hand over the next file too.
function mayOverlap(
  { control, dtp, pi, profile }: StartSurroundings,
  rung: Rung,
  command: Command,
): boolean {
  return (
    control.pipelineDepth > 1 &&
    command.verb === 'RETR' &&
    rung.mode === 'block' &&
    pi.parameters.mode === 'B' &&
    profile.framing.state === 'proved' &&
    profile.framing.marksEnds &&
    dtp.isReady(rung)
  );
}

async function agree(
  { pi, dtp }: StartSurroundings,
  { mode }: Rung,
  signal: AbortSignal,
): Promise<void> {
  // RFC 959 does not say what becomes of a kept connection after MODE: nobody has to guess.
  if (mode === 'stream' && pi.parameters.mode !== 'S') dtp.dropKept();
  await pi.agree({ type: 'I', mode: mode === 'block' ? 'B' : 'S' }, signal);
}

// What came before the command goes out was dialled for a transfer that is over, and would end with
// it. Not so where commands were sent ahead: the server may have dialled for ours by now.
async function forgetArrived(
  { dtp }: StartSurroundings,
  prepared: PreparedDataConnection,
  exchange: TransferExchange,
  signal: AbortSignal,
): Promise<void> {
  if (prepared instanceof DataConnection || prepared.dials) return;
  await Promise.race([raceAbort(exchange.sent, signal), exchange.begun(signal)]);
  await dtp.discardArrived();
}

// On a way that is known to work the dial and the command go out together.
async function reach(
  { dtp, clock, rungChoice }: StartSurroundings,
  rung: Rung,
  prepared: PreparedDataConnection,
  signal: AbortSignal,
): Promise<PreparedDataConnection> {
  if (rungChoice.isTrusted(rung)) return prepared;
  const what = `a data connection (${rungWords(rung)})`;
  using patience = clock.deadline(rungChoice.patience(rung), what, signal);
  return await dtp.reach(prepared, patience.signal);
}

async function openData(
  { dtp, rungChoice }: StartSurroundings,
  rung: Rung,
  prepared: PreparedDataConnection,
  exchange: TransferExchange,
  signal: AbortSignal,
): Promise<DataConnection> {
  const isTrusted = rungChoice.isTrusted(rung);
  const opening = { ms: rungChoice.patience(rung), isTrusted, signal };
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

// Refused, and nothing moved: a kept data connection is as it was. Otherwise the caller has gone or
// this data port will not do, and the command is taken back. Who cancelled does not wait for that;
// who goes on to the next rung needs a connection in step.
async function takeBack(
  surroundings: StartSurroundings,
  exchange: TransferExchange,
  turn: Turn,
  prepared: unknown,
  signal: AbortSignal,
): Promise<void> {
  const { dtp } = surroundings;
  const kept = prepared instanceof DataConnection && prepared === dtp.kept ? prepared : undefined;
  if (exchange.isOver) {
    // Behind a 1yz bytes may be under way, whatever came after it: they are no other transfer's.
    if (kept && exchange.hasBegun) dtp.drop(kept);
    else if (kept) dtp.keep(kept, { idle: !turn.othersAhead });
    return;
  }
  const taken = breakOffTransfer(surroundings, exchange, turn, kept);
  if (!signal.aborted) await taken;
}

function closeStuck({ control }: StartSurroundings, error: TimeoutError): void {
  control.close(new FtpTimeoutError(error.waitingFor, { cause: error, on: 'data' }));
}

// On the next rung ours would be said behind those that were sent ahead, and so would our bytes.
function expectNobodyAhead({ control }: StartSurroundings, turn: Turn, cause: unknown): void {
  if (!turn.othersAhead) return;
  const failure = new ConnectionError('control', outOfTurn, { cause });
  control.close(failure);
  throw failure;
}
