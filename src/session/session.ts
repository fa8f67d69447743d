import { raceAbort } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import type { Logger } from '../base/logger.ts';
import { rootPath } from '../base/paths.ts';
import { PathLocks } from './connections/pathLocks.ts';
import { type Request, Requests } from './connections/requests.ts';
import { SessionPool } from './connections/sessionPool.ts';
import { DirectoryCache } from './known/directoryCache.ts';
import { ExactFacts } from './known/exactFacts.ts';
import { Links } from './known/links.ts';
import { foundAt } from './known/obstacle.ts';
import { ServerProfile } from '../ftp/profile/serverProfile.ts';
import type { SessionHabits } from '../ftp/profile/sessionHabits.ts';
import type { Found } from './errorTranslation.ts';
import { OwnTemporaryNames } from './temporaryNames.ts';
import { RemoteFileError } from './remoteFileError.ts';
import type { PartialListing, RemoteChange } from './remoteFileSystem.ts';
import { inMemory, type OldBytes } from './saving/oldBytes.ts';
import { defaultLargestFile, defaultListingMs, type SessionOptions } from './sessionOptions.ts';

// How long closing waits for replacements that have begun.
const lastChangesMs = 10_000;

/** The end of a session, in two steps: what can break off ends first, what has begun may finish. */
class Lifetime {
  /** Aborts when the session is asked to close: for all that can break off, as after a cancel. */
  readonly closing: AbortSignal;
  /** Aborts when the last replacements are done: for what goes on after the caller's cancel. */
  readonly ended: AbortSignal;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #closingController = new AbortController();
  readonly #endedController = new AbortController();
  readonly #uninterrupted = new Set<Promise<unknown>>();

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
    this.closing = this.#closingController.signal;
    this.ended = this.#endedController.signal;
  }

  /** Does what must not break off, for then no whole file would have the name. Closing waits for it. */
  async uninterrupted<T>(act: () => Promise<T>): Promise<T> {
    const done = act();
    this.#uninterrupted.add(done);
    try {
      return await done;
    } finally {
      this.#uninterrupted.delete(done);
    }
  }

  /** Aborts both signals, the second one when the last replacements are done or take too long. */
  async end(reason: Error): Promise<void> {
    this.#closingController.abort(reason);
    using deadline = this.#clock.deadline(lastChangesMs, 'the last replacements');
    try {
      await raceAbort(Promise.allSettled(this.#uninterrupted), deadline.signal);
    } catch (error) {
      this.#logger.warn(`Closing breaks off a replacement: ${String(error)}`);
    }
    this.#endedController.abort(reason);
  }
}

/**
 * What the operations on one server share. It only builds these parts and hands each the others that
 * it uses; an operation says which of them it takes.
 */
export class Session implements AsyncDisposable {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly lifetime: Lifetime;
  readonly pool: SessionPool;
  readonly requests: Requests;
  readonly folders: DirectoryCache;
  readonly facts: ExactFacts;
  readonly links: Links;
  readonly habits: Readonly<SessionHabits>;
  /** One at a time of the copies that need two connections each. */
  readonly largeCopies: PathLocks = new PathLocks();
  readonly changes: Emitter<readonly RemoteChange[]> = new Emitter();
  readonly partialListings: Emitter<PartialListing> = new Emitter();
  readonly temporaryNames: OwnTemporaryNames;
  readonly newId: () => string;
  readonly largestFile: number;
  readonly oldBytes: OldBytes;

  constructor(options: SessionOptions) {
    const { clock, logger } = options;
    this.clock = clock;
    this.logger = logger;
    this.lifetime = new Lifetime(options);
    this.habits = (options.profile ?? new ServerProfile([])).beginSession();
    this.temporaryNames = new OwnTemporaryNames(options.newId);
    this.newId = this.temporaryNames.nextId;
    this.largestFile = options.largestFile ?? defaultLargestFile;
    this.oldBytes = options.oldBytes ?? inMemory;
    this.pool = this.#makePool(options);
    this.requests = this.#makeRequests(options);
    this.folders = this.#makeFolders(options);
    const { requests, folders, habits, newId, changes } = this;
    this.facts = new ExactFacts({ folders, habits, logger, newId });
    this.links = new Links({ requests, folders, facts: this.facts, changes, clock });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lifetime.end(
      new RemoteFileError('unavailable', rootPath, 'The session was closed.'),
    );
    await this.pool[Symbol.asyncDispose]();
    this.changes[Symbol.dispose]();
    this.partialListings[Symbol.dispose]();
    this.temporaryNames[Symbol.dispose]();
  }

  #makePool(options: SessionOptions): SessionPool {
    return new SessionPool({
      ...options,
      connect: async (signal) => {
        const connection = await options.connect(signal);
        this.habits.learnFrom(connection.features);
        return connection;
      },
    });
  }

  #makeRequests({ clock, logger, operationTimeoutMs: timeoutMs }: SessionOptions): Requests {
    const { pool } = this;
    const { ended } = this.lifetime;
    const find = (request: Request): Promise<Found> => foundAt(this.folders, request);
    return new Requests({ pool, clock, logger, timeoutMs, ended, find });
  }

  #makeFolders({ clock, listingMs = defaultListingMs }: SessionOptions): DirectoryCache {
    return new DirectoryCache({
      clock,
      timeToLiveMs: listingMs,
      list: (path, request) =>
        this.requests.perform({ ...request, intent: 'list', path, use: 'list' }, (attempt) =>
          this.facts.listFolder(attempt, path),
        ),
      onDidChange: (changes) => this.changes.fire(changes),
    });
  }
}
