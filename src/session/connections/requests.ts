import { errorMessage } from '../../base/errorMessage.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RemotePath } from '../../base/paths.ts';
import { FtpError, FtpTimeoutError, isAboutDataPort } from '../../ftp/errors.ts';
import type { FtpConnection, Insistence, TransferObserver } from '../../ftp/ftpConnection.ts';
import {
  describeRequest,
  type Found,
  type Intent,
  needsALook,
  translateFtpError,
} from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions, Lane } from '../remoteFileSystem.ts';
import type { Lease, SessionPool } from './sessionPool.ts';
import type { PoolLane } from './waitingLine.ts';

// Two repetitions outlive a connection that the server closed while it was idle and one that broke
// on the way; more would only keep the user waiting for the same answer. To find out what became of an
// operation, and to remove what it left, it may be as often again.
const maxRepetitions = 2;

// A walk down the ladder costs a control connection for each data port on which the server does not
// get through to us (the default one, EPRT, PORT), and one for the second chance of the rung that
// worked before. One more is for what another connection finds out meanwhile.
const maxLadderSteps = 5;

const pausesMs: readonly number[] = [100, 500];

/**
 * How often one operation may fail and go on. All its requests carry the same one, and every layer
 * that repeats spends from it: repetitions of repetitions do not multiply.
 */
export class Attempts {
  /** Lets an operation try a ladder on which every rung has failed again, once. */
  readonly insistence: Insistence = { isSpent: false };
  readonly #ladderSteps: { left: number };
  #repetitions = 0;
  #lost: FtpError | undefined;
  #afterwards: Attempts | undefined;

  constructor(operation?: Attempts) {
    this.#ladderSteps = operation ? operation.#ladderSteps : { left: maxLadderSteps };
    if (operation) this.#afterwards = this;
  }

  /** Those for finding out what became of the operation, and for cleaning up after it. */
  get afterwards(): Attempts {
    this.#afterwards ??= new Attempts(this);
    return this.#afterwards;
  }

  /** Throws where connections were lost too often: a further request of the operation is not sent. */
  throwIfOver(): void {
    if (this.#lost) throw this.#lost;
  }

  /** Takes one for another attempt after this error: the pause before it, in milliseconds. */
  spend(error: unknown): number | 'none left' {
    // The next attempt begins on the next rung: that is another way, and no reason to wait.
    if (isLadderStep(error)) return this.#ladderSteps.left-- > 0 ? 0 : 'none left';
    if (this.#repetitions >= maxRepetitions) {
      // After a refusal another way may be open; without a connection there is none. What must be done
      // afterwards is tried all the same.
      const isLost = error instanceof FtpError && error.remedy === 'reconnect';
      if (isLost && this.#afterwards !== this) this.#lost = error;
      return 'none left';
    }
    return pausesMs[this.#repetitions++] ?? 0;
  }
}

/** What is wanted of the server, and how urgently. */
export interface Request {
  readonly intent: Intent;
  readonly path: RemotePath;
  readonly lane: PoolLane;
  readonly signal: AbortSignal;
  readonly observer?: TransferObserver;
  /** False where a repetition could do a thing twice. Left out: it may always be repeated. */
  readonly mayRepeat?: (error: FtpError) => boolean;
  /** How often the operation may still fail: all its requests share one. */
  readonly attempts: Attempts;
}

/** One attempt at a request: a connection of its own, and a signal that also ends with the deadline. */
export interface RequestAttempt {
  readonly connection: FtpConnection;
  readonly signal: AbortSignal;
  readonly observer: TransferObserver;
  readonly insistence?: Insistence | undefined;
}

/** What came of a request, and the connection it came by. */
export interface ValueAndLease<T> {
  readonly value: T;
  readonly lease: Lease;
}

/** Gives the connection for one attempt. */
export type TakeLease = (signal: AbortSignal) => Promise<Lease>;

/** The first request of a caller's file operation; the others are made of it. */
export function requestFor(
  intent: Intent,
  path: RemotePath,
  options: FileOptions & { readonly attempts?: Attempts },
  lane: Lane = 'interactive',
): Request {
  const { signal, observer, attempts = new Attempts() } = options;
  return {
    intent,
    path,
    lane: options.lane ?? lane,
    signal,
    attempts,
    ...(observer && { observer }),
  };
}

export interface RequestsParts {
  readonly pool: SessionPool;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long one attempt may take without any byte of a file moving. */
  readonly timeoutMs: number;
  /** Ends with the session. */
  readonly ended: AbortSignal;
  /** What stands at the path of a request that the server refused. */
  readonly find: (request: Request) => Promise<Found>;
}

// Cleaning up goes on after a cancel; closing a window must not wait for it long.
const cleanUpMs = 10_000;

/** An attempt took longer than it may. What was under way may have happened. */
class AttemptTimeoutError extends FtpTimeoutError {}

/** Puts requests to the server: on a leased connection, repeated where that is safe. */
export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** Does it on a leased connection, repeats it where it may, and throws a `RemoteFileError`. */
  async run<T>(request: Request, act: (attempt: RequestAttempt) => Promise<T>): Promise<T> {
    try {
      return await this.perform(request, act);
    } catch (error) {
      throw await this.translate(error, request);
    }
  }

  /**
   * The same with the engine's own errors, for callers that decide by them. `take` gives the connection
   * of each attempt; left out, any of the pool's does.
   */
  async perform<T>(
    request: Request,
    act: (attempt: RequestAttempt) => Promise<T>,
    take?: TakeLease,
  ): Promise<T> {
    const { value, lease } = await this.hold(request, act, take);
    await lease[Symbol.asyncDispose]();
    return value;
  }

  /** The same, and the connection stays with the caller, who disposes the lease. */
  async hold<T>(
    request: Request,
    act: (attempt: RequestAttempt) => Promise<T>,
    take: TakeLease = (signal) => this.lease(request, signal),
  ): Promise<ValueAndLease<T>> {
    const { clock, logger, ended } = this.#parts;
    const signal = AbortSignal.any([request.signal, ended]);
    for (;;) {
      signal.throwIfAborted();
      request.attempts.throwIfOver();
      try {
        const lease = await take(signal);
        return { lease, value: await this.#attempt(lease, { ...request, signal }, act) };
      } catch (error) {
        signal.throwIfAborted();
        if (!mayRepeat(error, request)) throw error;
        const pauseMs = request.attempts.spend(error);
        if (pauseMs === 'none left') throw error;
        logger.warn(`Repeating ${describeRequest(request)}: ${error.message}`);
        if (pauseMs > 0) await clock.sleep(pauseMs, signal);
      }
    }
  }

  /** The error as the caller is to see it; a signal's reason stays what it is. */
  async translate(error: unknown, request: Request): Promise<unknown> {
    const { ended, find } = this.#parts;
    if (error instanceof RemoteFileError) return error;
    if (request.signal.aborted) return request.signal.reason;
    if (ended.aborted) return ended.reason;
    if (!(error instanceof FtpError)) return error;
    const signal = AbortSignal.any([request.signal, ended]);
    const found = needsALook(error) ? await find({ ...request, signal }) : undefined;
    if (request.signal.aborted) return request.signal.reason;
    return translateFtpError(error, { ...request, found });
  }

  /** Does what must be done after a failed operation, within a time of its own. It only logs. */
  async cleanUp(
    what: string,
    { path, attempts }: Pick<Request, 'path' | 'attempts'>,
    act: (attempt: RequestAttempt) => Promise<void>,
    take: TakeLease,
  ): Promise<boolean> {
    const { clock, logger, ended } = this.#parts;
    using deadline = clock.deadline(cleanUpMs, what, ended);
    const { signal } = deadline;
    try {
      const request = { intent: 'deleteFile', path, lane: 'finishing', signal } as const;
      await this.perform({ ...request, attempts: attempts.afterwards }, act, take);
      return true;
    } catch (error) {
      logger.warn(`${what} failed: ${path}: ${String(error)}`);
      return false;
    }
  }

  /** A connection of the pool for a request; the caller disposes it. */
  async lease({ lane, path }: Pick<Request, 'lane' | 'path'>, signal: AbortSignal): Promise<Lease> {
    try {
      return await this.#parts.pool.lease(lane, { signal });
    } catch (error) {
      if (signal.aborted || error instanceof FtpError) throw error;
      // A login may fail for reasons that are not the engine's: the user closed its dialog.
      const message = `The server is not available: ${errorMessage(error)}`;
      throw new RemoteFileError('unavailable', path, message, { cause: error });
    }
  }

  async #attempt<T>(
    lease: Lease,
    request: Request,
    act: (attempt: RequestAttempt) => Promise<T>,
  ): Promise<T> {
    const { clock, timeoutMs } = this.#parts;
    const { lane, signal, attempts } = request;
    using deadline = clock.deadline(timeoutMs, 'the server', signal);
    const observer: TransferObserver = {
      moved: (bytes) => {
        deadline.restart();
        request.observer?.moved?.(bytes);
      },
    };
    // A request in the background does not try a ladder again on which every rung has failed.
    const insistence = lane === 'background' ? undefined : attempts.insistence;
    try {
      const { connection } = lease;
      // Others of the operation may have failed while this one waited for its connection.
      attempts.throwIfOver();
      return await act({ connection, signal: deadline.signal, observer, insistence });
    } catch (error) {
      const isLate = deadline.signal.aborted && !signal.aborted;
      // A server that did not answer in time may take its late reply for that of the next command.
      if (isLate) lease.discard();
      await lease[Symbol.asyncDispose]();
      throw isLate ? new AttemptTimeoutError(describeRequest(request), { cause: error }) : error;
    }
  }
}

// When all the time that an attempt may take is over, another one would only take as long.
function mayRepeat(error: unknown, request: Request): error is FtpError {
  return (
    error instanceof FtpError &&
    error.remedy !== 'none' &&
    !(error instanceof AttemptTimeoutError) &&
    (request.mayRepeat?.(error) ?? true)
  );
}

function isLadderStep(error: unknown): boolean {
  return error instanceof FtpError && error.remedy === 'reconnect' && isAboutDataPort(error);
}
