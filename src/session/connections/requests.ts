import { errorMessage } from '../../base/errorMessage.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RemotePath } from '../../base/paths.ts';
import { FtpError, FtpTimeoutError } from '../../ftp/errors.ts';
import type {
  ConnectionUse,
  FtpConnection,
  Insistence,
  TransferObserver,
} from '../../ftp/ftpConnection.ts';
import {
  describeRequest,
  type Found,
  type Intent,
  needsALook,
  translateFtpError,
} from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions, Lane } from '../remoteFileSystem.ts';
import { Attempts } from './attempts.ts';
import type { ConnectionPlace, SessionPool } from './sessionPool.ts';
import type { PoolLane } from './waitingLine.ts';

/** What is wanted of the server, and how urgently. */
export interface Request {
  readonly intent: Intent;
  readonly path: RemotePath;
  readonly lane: PoolLane;
  /** What it does on the connection: whatever has to be alone there if left out. */
  readonly use?: ConnectionUse;
  readonly signal: AbortSignal;
  readonly observer?: TransferObserver;
  /** False where a repetition could do a thing twice. Left out: it may always be repeated. */
  readonly mayRepeat?: (error: FtpError) => boolean;
  /** How often the operation may still fail: all its requests share one. */
  readonly attempts: Attempts;
}

/** One attempt at a request: a place on a connection, and a signal that also ends with the deadline. */
export interface RequestAttempt {
  readonly connection: FtpConnection;
  readonly signal: AbortSignal;
  readonly observer: TransferObserver;
  readonly insistence?: Insistence | undefined;
}

/** What came of a request, and the place that it came by. */
export interface ValueAndPlace<T> {
  readonly value: T;
  readonly place: ConnectionPlace;
}

/** What of a request says which place it needs. */
export type PlaceFor = Pick<Request, 'lane' | 'path' | 'attempts' | 'use'>;

/** Gives the place for one attempt. */
export type TakePlace = (signal: AbortSignal) => Promise<ConnectionPlace>;

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

/** Puts requests to the server: on connections of the pool, repeated where that is safe. */
export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /** Does it on a connection of the pool, repeats it where it may, and throws a `RemoteFileError`. */
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
    take?: TakePlace,
  ): Promise<T> {
    const { value, place } = await this.hold(request, act, take);
    await place[Symbol.asyncDispose]();
    return value;
  }

  /** The same, and the place stays with the caller, who disposes the place. */
  async hold<T>(
    request: Request,
    act: (attempt: RequestAttempt) => Promise<T>,
    take: TakePlace = (signal) => this.place(request, signal),
  ): Promise<ValueAndPlace<T>> {
    const { ended } = this.#parts;
    const signal = AbortSignal.any([request.signal, ended]);
    for (;;) {
      signal.throwIfAborted();
      request.attempts.throwIfOver();
      let place: ConnectionPlace | undefined;
      try {
        place = await take(signal);
        return { place, value: await this.#attempt(place, { ...request, signal }, act) };
      } catch (error) {
        if (!(await this.repeats(error, request, place?.wasShared))) throw error;
      }
    }
  }

  /** Waits for the time of another attempt after this error; false where there is none. */
  async repeats(error: unknown, request: Request, wasShared = false): Promise<boolean> {
    const { clock, logger, ended } = this.#parts;
    const signal = AbortSignal.any([request.signal, ended]);
    signal.throwIfAborted();
    if (!mayRepeat(error, request)) return false;
    const pauseMs = request.attempts.spend(error, wasShared ? 'shared' : 'own');
    if (pauseMs === 'none left') return false;
    logger.warn(`Repeating ${describeRequest(request)}: ${error.message}`);
    if (pauseMs > 0) await clock.sleep(pauseMs, signal);
    return true;
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
    take: TakePlace,
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

  /** A place on a connection of the pool for a request; the caller disposes it. */
  async place(
    { lane, path, attempts, use = 'alone' }: PlaceFor,
    signal: AbortSignal,
  ): Promise<ConnectionPlace> {
    try {
      const wanted = { lane, use: attempts.isAlone ? 'alone' : use } as const;
      return await this.#parts.pool.place(wanted, { signal });
    } catch (error) {
      if (signal.aborted || error instanceof FtpError) throw error;
      // A login may fail for reasons that are not the engine's: the user closed its dialog.
      const message = `The server is not available: ${errorMessage(error)}`;
      throw new RemoteFileError('unavailable', path, message, { cause: error });
    }
  }

  async #attempt<T>(
    place: ConnectionPlace,
    request: Request,
    act: (attempt: RequestAttempt) => Promise<T>,
  ): Promise<T> {
    const { clock, timeoutMs } = this.#parts;
    const { lane, signal, attempts } = request;
    using deadline = clock.deadline(timeoutMs, 'the server', signal);
    // Whoever shares the connection may wait for a long while behind others, as long as those move.
    using _moving = place.onProgress(() => deadline.restart());
    const observer: TransferObserver = {
      moved: (bytes) => {
        place.progressed();
        request.observer?.moved?.(bytes);
      },
    };
    // A request in the background does not try a ladder again on which every rung has failed.
    const insistence = lane === 'background' ? undefined : attempts.insistence;
    try {
      const { connection } = place;
      // Others of the operation may have failed while this one waited for its connection.
      attempts.throwIfOver();
      return await act({ connection, signal: deadline.signal, observer, insistence });
    } catch (error) {
      const isLate = deadline.signal.aborted && !signal.aborted;
      // A server that did not answer in time may take its late reply for that of the next command.
      if (isLate) place.discard();
      await place[Symbol.asyncDispose]();
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
