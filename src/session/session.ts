import { errorMessage } from '../base/errorMessage.ts';
import { raceAbort } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import type { Logger } from '../base/logger.ts';
import { nameOf, parentOf, type RemotePath, rootPath } from '../base/paths.ts';
import { FtpError, FtpTimeoutError } from '../ftp/errors.ts';
import { type FtpConnection, Insistence, type TransferObserver } from '../ftp/ftpConnection.ts';
import { DirectoryCache } from './known/directoryCache.ts';
import type { Listed } from './known/entries.ts';
import {
  describeRequest,
  type Found,
  type Intent,
  needsALook,
  translateFtpError,
  saysNo,
} from './errorTranslation.ts';
import { LinkTypes } from './known/linkTypes.ts';
import { inMemory, type OldBytes } from './saving/oldBytes.ts';
import { obstacleTo } from './known/obstacle.ts';
import { OwnTemporaryNames } from './temporaryNames.ts';
import { RemoteFileError } from './remoteFileError.ts';
import type { FileOptions, Lane, ListedInPart, RemoteChange } from './remoteFileSystem.ts';
import { retry } from './connections/retry.ts';
import { ServerClock } from './known/serverClock.ts';
import { ServerHabits } from './known/serverHabits.ts';
import { defaultLargestFile, defaultListingMs, type SessionOptions } from './sessionOptions.ts';
import { type Lease, SessionPool } from './connections/sessionPool.ts';
import { PathLocks } from './connections/pathLocks.ts';
import type { PoolLane } from './connections/waitingLine.ts';

/** What is wanted of the server, and by whom. */
export interface Step {
  readonly intent: Intent;
  readonly path: RemotePath;
  readonly lane: PoolLane;
  readonly signal: AbortSignal;
  readonly observer?: TransferObserver;
  /** False where a repetition could do a thing twice. Left out: it may always be repeated. */
  readonly mayRepeat?: (error: FtpError) => boolean;
}

/** One attempt at a step: a connection of its own, and a signal that also ends with the deadline. */
export interface Work {
  readonly connection: FtpConnection;
  readonly signal: AbortSignal;
  readonly observer: TransferObserver;
  readonly insistence?: Insistence | undefined;
}

/** What came of it, and the connection it came by. */
export interface Held<T> {
  readonly value: T;
  readonly lease: Lease;
}

/** Lists a folder by a connection that is there. */
export type ListByWork = (session: Session, work: Work, folder: RemotePath) => Promise<Listed>;

// Cleaning up goes on after a cancel, but nobody is to wait for it long.
const cleanUpMs = 10_000;

/** A step took longer than it may. Whatever was under way may have happened. */
class StepTimeoutError extends FtpTimeoutError {}

// How long a session that is closed waits for the replacements that go on.
const lastStepsMs = 10_000;

/** What the operations on one server share: connections, what is known, and how errors are told. */
export class Session implements AsyncDisposable {
  readonly pool: SessionPool;
  readonly folders: DirectoryCache;
  readonly serverClock: ServerClock = new ServerClock();
  readonly habits: ServerHabits;
  readonly linkTypes: LinkTypes;
  /** The turns of those who need two connections at a time. */
  readonly pairs: PathLocks = new PathLocks();
  readonly changes: Emitter<readonly RemoteChange[]> = new Emitter();
  readonly parts: Emitter<ListedInPart> = new Emitter();
  readonly clock: Clock;
  readonly logger: Logger;
  readonly temporaryNames: OwnTemporaryNames;
  readonly newId: () => string;
  readonly largestFile: number;
  readonly oldBytes: OldBytes;
  readonly #timeoutMs: number;
  readonly #closing = new AbortController();
  readonly #lifetime = new AbortController();
  readonly #uninterrupted = new Set<Promise<unknown>>();

  constructor(options: SessionOptions, listFolder: ListByWork) {
    this.clock = options.clock;
    this.habits = new ServerHabits(options.profile);
    this.logger = options.logger;
    this.temporaryNames = new OwnTemporaryNames(options.newId);
    this.newId = this.temporaryNames.nextId;
    this.largestFile = options.largestFile ?? defaultLargestFile;
    this.oldBytes = options.oldBytes ?? inMemory;
    this.#timeoutMs = options.operationTimeoutMs;
    this.linkTypes = new LinkTypes(options.clock);
    this.pool = new SessionPool(options);
    this.folders = new DirectoryCache({
      clock: options.clock,
      timeToLiveMs: options.listingMs ?? defaultListingMs,
      list: (path, signal, lane) =>
        this.perform({ intent: 'list', path, lane, signal }, (work) =>
          listFolder(this, work, path),
        ),
      onDidChange: (changes) => this.changes.fire(changes),
    });
  }

  /** Ends as soon as the session is to close: for all that may be broken off, as by a cancel. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Ends when the last steps are done as well; for what must outlive the caller's cancel. */
  get lifetime(): AbortSignal {
    return this.#lifetime.signal;
  }

  /** Does what would leave no whole file under its name if it broke off: closing waits for it. */
  async uninterrupted<T>(act: () => Promise<T>): Promise<T> {
    const done = act();
    this.#uninterrupted.add(done);
    try {
      return await done;
    } finally {
      this.#uninterrupted.delete(done);
    }
  }

  /** A step for somebody's file operation. */
  step(intent: Intent, path: RemotePath, options: FileOptions, lane: Lane = 'interactive'): Step {
    const { signal, observer } = options;
    return { intent, path, lane: options.lane ?? lane, signal, ...(observer && { observer }) };
  }

  /** Does it on a leased connection, repeats it as it may be, and tells a failure in our words. */
  async run<T>(step: Step, act: (work: Work) => Promise<T>): Promise<T> {
    try {
      return await this.perform(step, act);
    } catch (error) {
      throw await this.translate(error, step);
    }
  }

  /** The same with the engine's own errors, for those who decide by them. */
  async perform<T>(step: Step, act: (work: Work) => Promise<T>): Promise<T> {
    const { value, lease } = await this.hold(step, act);
    await lease[Symbol.asyncDispose]();
    return value;
  }

  /** The same, and the connection stays with the caller, who disposes the lease. */
  async hold<T>(step: Step, act: (work: Work) => Promise<T>): Promise<Held<T>> {
    const signal = AbortSignal.any([step.signal, this.lifetime]);
    // When all the time that a step may take is over, so is that of its repetitions.
    const mayRepeat = (error: FtpError): boolean =>
      !(error instanceof StepTimeoutError) && (step.mayRepeat?.(error) ?? true);
    // What nobody waits for leaves a ladder alone on which everything has failed.
    const insistence = step.lane === 'background' ? undefined : new Insistence();
    const attempt = async (): Promise<Held<T>> => {
      signal.throwIfAborted();
      const lease = await this.#lease(step, signal);
      try {
        return { lease, value: await this.#attempt(lease, { ...step, signal, insistence }, act) };
      } catch (error) {
        await lease[Symbol.asyncDispose]();
        throw error;
      }
    };
    return retry(attempt, {
      signal,
      clock: this.clock,
      logger: this.logger,
      what: describeRequest(step.intent, step.path),
      mayRepeat,
    });
  }

  /** The error as the caller is to see it; a signal's reason stays what it is. */
  async translate(error: unknown, step: Step): Promise<unknown> {
    if (error instanceof RemoteFileError) return error;
    if (step.signal.aborted) return step.signal.reason;
    if (this.lifetime.aborted) return this.lifetime.reason;
    if (!(error instanceof FtpError)) return error;
    const signal = AbortSignal.any([step.signal, this.lifetime]);
    const found = needsALook(error) ? await this.#found(step.intent, step.path, signal) : undefined;
    if (step.signal.aborted) return step.signal.reason;
    return translateFtpError(error, { ...step, found });
  }

  /** Does what must be done after a failure, on time of its own; it fails silently but for the log. */
  async cleanUp(
    what: string,
    path: RemotePath,
    act: (work: Work) => Promise<void>,
  ): Promise<boolean> {
    using deadline = this.clock.deadline(cleanUpMs, what, this.lifetime);
    const { signal } = deadline;
    try {
      await this.perform({ intent: 'deleteFile', path, lane: 'finishing', signal }, act);
      return true;
    } catch (error) {
      this.logger.warn(`${what} failed: ${path}: ${String(error)}`);
      return false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const reason = new RemoteFileError('unavailable', rootPath, 'The session was closed.');
    this.#closing.abort(reason);
    await this.#lastSteps();
    this.#lifetime.abort(reason);
    await this.pool[Symbol.asyncDispose]();
    this.changes[Symbol.dispose]();
    this.parts[Symbol.dispose]();
    this.temporaryNames[Symbol.dispose]();
  }

  async #lastSteps(): Promise<void> {
    using deadline = this.clock.deadline(lastStepsMs, 'replacements that go on');
    try {
      await raceAbort(Promise.allSettled(this.#uninterrupted), deadline.signal);
    } catch (error) {
      this.logger.warn(`Closing breaks off a replacement: ${String(error)}`);
    }
  }

  async #lease(step: Step, signal: AbortSignal): Promise<Lease> {
    try {
      const lease = await this.pool.lease(step.lane, { signal });
      this.habits.learnFrom(lease.connection.features);
      return lease;
    } catch (error) {
      if (signal.aborted || error instanceof FtpError) throw error;
      // A login may fail for reasons that are not the engine's: a dialog that was called off.
      const why = errorMessage(error);
      const message = `The server is not available: ${why}`;
      throw new RemoteFileError('unavailable', step.path, message, { cause: error });
    }
  }

  async #attempt<T>(
    lease: Lease,
    step: Step & Pick<Work, 'insistence'>,
    act: (work: Work) => Promise<T>,
  ): Promise<T> {
    const what = describeRequest(step.intent, step.path);
    using deadline = this.clock.deadline(this.#timeoutMs, what, step.signal);
    const observer: TransferObserver = {
      moved: (bytes) => {
        deadline.restart();
        step.observer?.moved?.(bytes);
      },
    };
    try {
      const [{ connection }, { insistence }] = [lease, step];
      return await act({ connection, signal: deadline.signal, observer, insistence });
    } catch (error) {
      if (!deadline.signal.aborted || step.signal.aborted) throw error;
      // Whoever does not answer in time may answer the wrong question later.
      lease.discard();
      throw new StepTimeoutError(what, { cause: error });
    }
  }

  // A 550 is read by what the parent's listing shows now, never by its text.
  async #found(intent: Intent, path: RemotePath, signal: AbortSignal): Promise<Found> {
    if (path === rootPath) return 'directory';
    const known = this.folders.lookup(path);
    // That nothing is there agrees with the refusal; what is said to be there is looked at anew.
    if (known === 'absent') {
      const parent = this.folders.lookup(parentOf(path));
      if (parent === 'absent') return 'noFolder';
      return parent?.type === 'file' ? 'belowFile' : 'absent';
    }
    try {
      const siblings = await this.folders.folder(parentOf(path), {
        signal,
        fresh: this.folders.listed(path) !== undefined,
      });
      const entry = siblings.entries.get(nameOf(path));
      if (!entry && siblings.missing !== undefined) return undefined;
      if (intent !== 'deleteDirectory' || entry?.type !== 'directory')
        return entry?.type ?? 'absent';
      const { entries } = await this.folders.folder(path, { signal, fresh: true });
      return entries.size > 0 ? 'occupied' : 'directory';
    } catch (error) {
      if (!saysNo(error)) return undefined;
      const above = obstacleTo(this.folders, parentOf(path), { signal, fresh: true });
      // What cannot be found out leaves the refusal what it is.
      const found = await above.catch(() => undefined);
      if (found === 'absent') return 'noFolder';
      return found?.type === 'file' ? 'belowFile' : undefined;
    }
  }
}
