import { TimeoutError } from '../../base/clock.ts';
import { errorMessage } from '../../base/errorMessage.ts';
import type { RemotePath } from '../../base/paths.ts';
import { isListing } from '../control/exchange.ts';
import { ConnectionError, FtpTimeoutError, ReplyError } from '../errors.ts';
import type { Insistence, StoreOptions } from '../ftpConnection.ts';
import type { Command } from '../grammar/command.ts';
import { type DataPortName, type Rung, rungWords } from '../rung.ts';
import type { DataConnectionsUsed, EngineParts } from './engineParts.ts';
import { OverWithoutDataError } from './pendingDataConnection.ts';

/** A transfer command, and the folder it is to be said in. */
export interface TransferCommand extends Command {
  readonly folder?: RemotePath;
  /** A kept data connection gives way to one for this transfer alone. */
  readonly alone?: boolean;
  /** Of the caller that waits for it. */
  readonly insistence?: Insistence | undefined;
  /** Block mode will not do for it. */
  readonly inStreamMode?: boolean;
  /** Of an upload: what need not wait. */
  readonly ahead?: StoreOptions['ahead'];
}

/** One try of a rung. */
export interface RungAttempt {
  readonly rung: Rung;
  readonly command: TransferCommand;
  /** When it began. */
  readonly since: number;
}

/** What a failed attempt was about. */
export interface FailedAttempt extends RungAttempt {
  readonly error: unknown;
}

// RFC 6298, 2.1: a SYN that was lost is sent again after one second. A data port that answers only
// then is not closed; half a second more is for the server's answer.
const oneLostSynMs = 1_500;

// A walk down the ladder on which no data port answers must be over within ten seconds, its logins
// included.
const walkMs = 8_000;

/**
 * Chooses the rung for each transfer of one control connection, and decides what a failure means: for
 * this connection alone, or for the ladder that all connections to the server share.
 */
export class RungChoice {
  readonly #parts: EngineParts;
  readonly #used: DataConnectionsUsed;
  /** The rungs above the one that works, which a fresh connection tries now and then. */
  #above: readonly Rung[];

  constructor(parts: EngineParts, used: DataConnectionsUsed) {
    this.#parts = parts;
    this.#used = used;
    const { ladder, clock } = parts;
    ladder.exclude(impossiblePorts(parts));
    this.#above = ladder.rungsAbove(clock.now());
  }

  /** The best rung but for those of `except`. Throws where this connection has none. */
  rungFor({ verb, inStreamMode, insistence }: TransferCommand, except: readonly Rung[] = []): Rung {
    const { ladder, profile, clock } = this.#parts;
    const isUrgent = spend(insistence);
    if (ladder.exhausted) ladder.retryAll(clock.now(), isUrgent ? 'urgent' : 'patient');
    const willDo = (rung: Rung): boolean => this.#isReachable(rung) && !except.includes(rung);
    const careful = inStreamMode === true || (verb === 'STOR' && !profile.framing.takesStores);
    const { current } = ladder;
    const next = current && willDo(current) ? current : ladder.first(willDo);
    const best = (careful ? undefined : this.#above.find(willDo)) ?? next;
    if (!best) throw except.length > 0 ? noOtherRung() : this.#noRung();
    if (!careful || best.mode === 'stream') return best;
    const asStream = (rung: Rung): boolean => rung.mode === 'stream' && willDo(rung);
    return (
      ladder.first((rung) => asStream(rung) && this.isTrusted(rung)) ??
      ladder.first(asStream) ??
      best
    );
  }

  /** True when the last transfer through this data port went well. */
  isTrusted({ dataPort }: Rung): boolean {
    return this.#parts.ladder.proved?.dataPort === dataPort;
  }

  /** How long a data connection may take to come about: a few round trips where none has before. */
  patience(rung: Rung): number {
    return this.isTrusted(rung) ? this.#parts.options.timeouts.dataConnection : this.#probePatience;
  }

  get #probePatience(): number {
    const { ladder, options, roundTrip } = this.#parts;
    const ways = new Set(ladder.ports.map((port) => this.#portsAlike(port).join(' '))).size;
    return Math.min(oneLostSynMs + 2 * roundTrip, walkMs / ways, options.timeouts.dataProbe);
  }

  /** A transfer came to its end on this rung, after the rungs of `refused` had refused it. */
  prove(rung: Rung, refused: readonly FailedAttempt[] = []): void {
    const { ladder, clock } = this.#parts;
    for (const attempt of refused) this.fail(attempt);
    const wasAbove = this.#above.includes(rung);
    // A careful upload passes over a better rung: that says nothing against it.
    if (!wasAbove && !ladder.proved && ladder.current !== rung) return;
    if (rung !== ladder.settledOn) ladder.prove(rung, clock.now());
    if (wasAbove) this.#above = [];
  }

  /**
   * A transfer has begun. Other rungs may have been left because no connection came in time while the
   * server was to list this folder. If it takes as long here, they are worth another try.
   */
  noteBegun({ command, since }: RungAttempt): void {
    const { ladder, clock } = this.#parts;
    if (!isListing(command)) return;
    const isSlow = clock.now() - since >= this.#probePatience;
    ladder.explain(silenceAbout(command), isSlow);
  }

  /** The server does not frame; for all its connections. */
  leaveBlockMode(why: string): 'left' | 'exhausted' {
    const { ladder, clock } = this.#parts;
    this.#above = this.#above.filter(({ mode }) => mode !== 'block');
    return ladder.leaveBlockMode({ why, now: clock.now() });
  }

  /** Returns when the next rung may be tried on this control connection; throws otherwise. */
  fail(attempt: FailedAttempt): void {
    const { rung, command, error } = attempt;
    const { pi, logger } = this.#parts;
    // There is nothing to list. A file of which no byte has come is another matter: its size tells.
    if (error instanceof OverWithoutDataError && isListing(command)) throw error;
    const timedOut = error instanceof TimeoutError;
    // If the session was lost, that says nothing of the rung.
    if (!timedOut && (!isAboutTheRung(error, rung) || !pi.control.usable)) throw error;
    if (isSpentPort(error, rung, this.#used)) throw this.#newSession();
    const refusedMode = error instanceof ReplyError && error.command.verb === 'MODE';
    const why = errorMessage(error);
    // RFC 959, 4.1.2: block mode is optional. A server that refuses it does nothing wrong.
    const tell = refusedMode ? 'info' : 'warn';
    logger[tell](`No data connection by ${rungWords(rung)} for ${command.verb}: ${why}`);
    if (timedOut && isListing(command)) this.#parts.ladder.noteSilence(silenceAbout(command));
    const next = refusedMode ? this.leaveBlockMode(why) : this.#leave(attempt, why);
    if (timedOut && !pi.control.usable) {
      throw new FtpTimeoutError(error.waitingFor, { cause: error, on: 'data' });
    }
    if (next === 'exhausted') throw this.#noRung(error);
  }

  #leave({ rung, error, since }: FailedAttempt, why: string): 'left' | 'doubted' | 'exhausted' {
    const { ladder, clock } = this.#parts;
    if (this.#above.includes(rung)) {
      // Back to what works, at once: data ports that nothing is known of wait for the next try above.
      const port = ladder.current?.dataPort;
      this.#above = this.#above.filter(
        ({ dataPort }) => dataPort === port && dataPort !== rung.dataPort,
      );
      return 'left';
    }
    // A reply refuses the command. Where no connection comes about, the data port is not reached.
    const isWay = !(error instanceof ReplyError);
    const ports = isWay ? this.#portsAlike(rung.dataPort) : [rung.dataPort];
    return ladder.leave(rung, { ports, why, since, now: clock.now() });
  }

  // RFC 959, 4.1.2: no command leads back to the default data port.
  #isReachable({ dataPort }: Rung): boolean {
    return dataPort !== 'default' || !this.#used.leftDefaultPort;
  }

  #noRung(cause?: unknown): ConnectionError {
    const { ladder } = this.#parts;
    if (ladder.current) return this.#newSession();
    const why = ladder.lastFailure;
    const message =
      why === undefined
        ? 'The settings allow no data port that can be used here'
        : `No data connection could be opened. The last attempt: ${why}. ${this.#whenAgain()}`;
    return new ConnectionError('data', message, { cause, reason: 'noDataPath' });
  }

  #whenAgain(): string {
    const { ladder, clock } = this.#parts;
    const seconds = Math.max(1, Math.ceil((ladder.nextWalkAt - clock.now()) / 1000));
    const time = seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
    return `It is tried again as soon as you ask for something, and otherwise in ${time}`;
  }

  #newSession(): ConnectionError {
    const error = new ConnectionError(
      'control',
      'The default data port can be used again only in a new session',
    );
    this.#parts.pi.control.close(error);
    return error;
  }

  /**
   * The data ports that are reached in the same way. Another command makes a difference only where a
   * firewall reads the commands and opens the ports that it understands, for it may be older than EPSV
   * and EPRT (RFC 2428). Under TLS it cannot read them.
   */
  #portsAlike(port: DataPortName): readonly DataPortName[] {
    const { pi, options } = this.#parts;
    const isRead = pi.control.protection === undefined;
    if (passivePorts.includes(port) && !isRead && !options.usePassiveAddress) return passivePorts;
    if (activePorts.includes(port) && !isRead) return activePorts;
    return [port];
  }
}

/**
 * True at the first try of an operation that insists: one that has walked the ladder in vain does not
 * walk it again.
 */
export function spend(insistence: Insistence | undefined): boolean {
  if (!insistence || insistence.isSpent) return false;
  insistence.isSpent = true;
  return true;
}

// The folder that is listed: it is entered before a LIST, and is the argument of an MLSD.
function silenceAbout({ folder, argument = '' }: RungAttempt['command']): string {
  return folder ?? argument;
}

const passivePorts: readonly DataPortName[] = ['epsv', 'pasv'];
const activePorts: readonly DataPortName[] = ['eprt', 'port'];

// RFC 2428, 1: PASV and PORT can name no IPv6 address.
function impossiblePorts({ pi, options }: EngineParts): readonly DataPortName[] {
  const nameless: readonly DataPortName[] = pi.control.remote.family === 6 ? ['pasv', 'port'] : [];
  return options.proxy ? ['default', ...activePorts, ...nameless] : nameless;
}

// RFC 959, 3.3: the same two ports cannot be connected again before both systems have forgotten the
// last connection, and a server that insists on its port L-1 says 425 until then. A new session has
// another port U on our side.
function isSpentPort(error: unknown, { dataPort }: Rung, used: DataConnectionsUsed): boolean {
  const isSpent = error instanceof ReplyError && error.reply.code === 425;
  return isSpent && dataPort === 'default' && used.opened > 0;
}

function noOtherRung(): ConnectionError {
  return new ConnectionError('data', 'There is no other data port to try');
}

const setUpVerbs: ReadonlySet<string> = new Set(['EPSV', 'PASV', 'EPRT', 'PORT', 'MODE']);

/** True where an error tells that this rung gives no data connection. */
export function isAboutTheRung(error: unknown, rung: Rung): boolean {
  if (error instanceof ConnectionError) return error.on === 'data';
  if (!(error instanceof ReplyError) || error.reply.code === 421) return false;
  if (setUpVerbs.has(error.command.verb)) return true;
  // RFC 959, 4.2.2: 425 "can't open data connection". Where no port was agreed on, ftp-srv says 551,
  // and others 503, "bad sequence of commands".
  const isUnagreed = rung.dataPort === 'default' && [503, 551].includes(error.reply.code);
  return error.reply.code === 425 || isUnagreed;
}
