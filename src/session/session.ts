import type { Clock } from '../base/clock.ts';
import { Emitter } from '../base/event.ts';
import type { Logger } from '../base/logger.ts';
import { rootPath } from '../base/paths.ts';
import { Lifetime } from './connections/lifetime.ts';
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
import type { ListedInPart, RemoteChange } from './remoteFileSystem.ts';
import { inMemory, type OldBytes } from './saving/oldBytes.ts';
import { defaultLargestFile, defaultListingMs, type SessionOptions } from './sessionOptions.ts';

/**
 * What the operations on one server share, each thing built and handed what it uses. An operation
 * names the things that it takes of it, and never takes the session whole.
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
  /** The turns of those who need two connections at a time. */
  readonly pairs: PathLocks = new PathLocks();
  readonly changes: Emitter<readonly RemoteChange[]> = new Emitter();
  readonly listedInPart: Emitter<ListedInPart> = new Emitter();
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
    this.listedInPart[Symbol.dispose]();
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
        this.requests.perform({ ...request, intent: 'list', path }, (attempt) =>
          this.facts.listFolder(attempt, path),
        ),
      onDidChange: (changes) => this.changes.fire(changes),
    });
  }
}
