import { TimeoutError } from '../../base/clock.ts';
import { errorMessage } from '../../base/errorMessage.ts';
import { ConnectionError, FtpTimeoutError, ReplyError } from '../errors.ts';
import type { Insistence } from '../ftpConnection.ts';
import { type DataPortName, type Rung, rungWords } from '../rung.ts';
import type { DataConnectionsUsed, EngineParts } from './engineParts.ts';
import { OverWithoutDataError } from './pendingDataConnection.ts';
import { isListing, type TransferCommand } from './transferOrder.ts';

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
// then is not closed; half a second more is for whoever has to answer.
const oneLostSynMs = 1_500;

// A walk that finds every data port silent is to be over within ten seconds, its logins included.
const walkMs = 8_000;

/**
 * Where one control connection stands on the ladder: which rungs it can still use, and what its
 * failures mean for those that the others use.
 */
export class RungChoice {
  readonly #parts: EngineParts;
  readonly #used: DataConnectionsUsed;
  /** What this connection tries above the rung that works: on a fresh one, now and then. */
  #above: readonly Rung[];

  constructor(parts: EngineParts, used: DataConnectionsUsed) {
    this.#parts = parts;
    this.#used = used;
    const { ladder, clock } = parts;
    ladder.exclude(impossiblePorts(parts));
    this.#above = ladder.rungsAbove(clock.now());
  }

  /** The rung for a transfer. Throws where there is none, or none for this connection. */
  rungFor({ verb, inStreamMode, insistence }: TransferCommand, beside: readonly Rung[] = []): Rung {
    const { ladder, profile, clock } = this.#parts;
    ladder.retryAll(clock.now(), spend(insistence) ? 'urgent' : 'patient');
    const willDo = (rung: Rung): boolean => this.#isReachable(rung) && !beside.includes(rung);
    const careful = inStreamMode === true || (verb === 'STOR' && !profile.framing.takesStores);
    const best = (careful ? undefined : this.#above.find(willDo)) ?? ladder.first(willDo);
    if (!best) throw beside.length > 0 ? nothingBeside() : this.#nowhere();
    if (!careful || best.mode === 'stream') return best;
    const asStream = (rung: Rung): boolean => rung.mode === 'stream' && willDo(rung);
    return (
      ladder.first((rung) => asStream(rung) && this.isTrusted(rung)) ??
      ladder.first(asStream) ??
      best
    );
  }

  /** True when the way to its data port has carried a transfer lately. */
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

  /** A transfer was carried to its end; on the rungs of `refused` it was not begun. */
  prove(rung: Rung, refused: readonly FailedAttempt[] = []): void {
    const { ladder, clock } = this.#parts;
    for (const attempt of refused) this.fail(attempt);
    const wasAbove = this.#above.includes(rung);
    // What a careful upload took in place of a better rung says nothing against that one.
    if (!wasAbove && !ladder.proved && ladder.current !== rung) return;
    ladder.prove(rung, clock.now());
    if (wasAbove) this.#above = [];
  }

  /**
   * A transfer has begun. A listing that takes as long here as the silence for which other rungs were
   * left takes its time everywhere: they are worth another try.
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
    // Nothing to be listed. A file of which no byte has come is another matter: its size tells.
    if (error instanceof OverWithoutDataError && isListing(command)) throw error;
    const timedOut = error instanceof TimeoutError;
    // A session that was lost says nothing of the rung that it stood on.
    if (!timedOut && (!isAboutTheRung(error, rung) || !pi.control.usable)) throw error;
    if (isSpentPort(error, rung, this.#used)) throw this.#newSession();
    const refusedMode = error instanceof ReplyError && error.command.verb === 'MODE';
    const why = errorMessage(error);
    // RFC 959, 4.1.2: block mode is optional; a server without it has said so, and nothing is wrong.
    const tell = refusedMode ? 'info' : 'warn';
    logger[tell](`No data connection by ${rungWords(rung)} for ${command.verb}: ${why}`);
    if (timedOut && isListing(command)) this.#parts.ladder.noteSilence(silenceAbout(command));
    const next = refusedMode ? this.leaveBlockMode(why) : this.#leave(attempt, why);
    if (timedOut && !pi.control.usable) {
      throw new FtpTimeoutError(error.waitingFor, { cause: error, on: 'data' });
    }
    if (next === 'exhausted') throw this.#nowhere(error);
  }

  #leave({ rung, error, since }: FailedAttempt, why: string): 'left' | 'doubted' | 'exhausted' {
    const { ladder, clock } = this.#parts;
    if (this.#above.includes(rung)) {
      // Back to what works, at once: the ways that nobody knows are left for the next time.
      const port = ladder.current?.dataPort;
      this.#above = this.#above.filter(
        ({ dataPort }) => dataPort === port && dataPort !== rung.dataPort,
      );
      return 'left';
    }
    // What a reply refuses is the command; where no connection comes about, it is the way.
    const isWay = !(error instanceof ReplyError);
    const ports = isWay ? this.#portsAlike(rung.dataPort) : [rung.dataPort];
    return ladder.leave(rung, { ports, why, since, now: clock.now() });
  }

  // RFC 959, 4.1.2: no command leads back to the default data port.
  #isReachable({ dataPort }: Rung): boolean {
    return dataPort !== 'default' || !this.#used.leftDefaultPort;
  }

  #nowhere(cause?: unknown): ConnectionError {
    const { ladder } = this.#parts;
    if (ladder.current) return this.#newSession();
    const why = ladder.lastFailure;
    const message =
      why === undefined
        ? 'The settings leave no data port that can be had here'
        : `No data connection can be had. The last try: ${why}. ${this.#whenAgain()}`;
    return new ConnectionError('data', message, { cause, reason: 'noDataPath' });
  }

  #whenAgain(): string {
    const { ladder, clock } = this.#parts;
    const seconds = Math.max(1, Math.ceil((ladder.nextWalkAt - clock.now()) / 1000));
    const time = seconds < 100 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
    return `It is tried again at once for whatever you ask for, and by itself in ${time}`;
  }

  #newSession(): ConnectionError {
    const error = new ConnectionError('control', 'The default data port takes a new session');
    this.#parts.pi.control.close(error);
    return error;
  }

  /**
   * The ports to which the way is the same. Another command makes a difference only where somebody
   * in between reads the commands, and opens the ports that it understands: a firewall older than
   * EPSV and EPRT (RFC 2428). Under TLS nobody reads them.
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

// The folder that is listed: said before a LIST, and in the argument of an MLSD.
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

// RFC 959, 3.3: the same two ports cannot be connected again before the end of the last connection
// is forgotten, and a server that insists on L-1 says 425 until then. A new session has a new U.
function isSpentPort(error: unknown, { dataPort }: Rung, used: DataConnectionsUsed): boolean {
  const isSpent = error instanceof ReplyError && error.reply.code === 425;
  return isSpent && dataPort === 'default' && used.opened > 0;
}

function nothingBeside(): ConnectionError {
  return new ConnectionError('data', 'There is no other data port to be tried');
}

const setUpVerbs: ReadonlySet<string> = new Set(['EPSV', 'PASV', 'EPRT', 'PORT', 'MODE']);

/** True where an error tells that there is no data connection to be had so. */
export function isAboutTheRung(error: unknown, rung: Rung): boolean {
  if (error instanceof ConnectionError) return error.on === 'data';
  if (!(error instanceof ReplyError) || error.reply.code === 421) return false;
  if (setUpVerbs.has(error.command.verb)) return true;
  // RFC 959, 4.2.2: 425 "can't open data connection". Where no port was agreed on, ftp-srv says 551,
  // and others 503, "bad sequence of commands".
  const isUnagreed = rung.dataPort === 'default' && [503, 551].includes(error.reply.code);
  return error.reply.code === 425 || isUnagreed;
}
