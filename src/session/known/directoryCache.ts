import { isDeepStrictEqual } from 'node:util';
import { LRUCache } from 'lru-cache';
import { raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import {
  isWithin,
  joinPath,
  nameOf,
  parentOf,
  type RemotePath,
  rootPath,
} from '../../base/paths.ts';
import { changesBetween, type Contents, isProof, type Listed, withKnownTimes } from './entries.ts';
import type { RemoteChange, RemoteEntry } from '../remoteFileSystem.ts';
import { Attempts } from '../connections/attempts.ts';
import type { PoolLane } from '../connections/waitingLine.ts';

/** How the server is asked for a folder. */
export interface ListRequest {
  readonly signal: AbortSignal;
  readonly lane: PoolLane;
  readonly attempts: Attempts;
}

/** Asks the server for the entries of a folder. */
export type ListFolder = (folder: RemotePath, request: ListRequest) => Promise<Listed>;

export interface DirectoryCacheOptions {
  readonly clock: Clock;
  readonly list: ListFolder;
  /** How long a listing answers for the server. */
  readonly timeToLiveMs: number;
  /** What a newer listing shows to be otherwise than the one before. */
  readonly onDidChange: (changes: readonly RemoteChange[]) => void;
}

/** Who wants a listing. A caller that joins one under way leaves lane and attempts to its first caller. */
export interface FolderRequest {
  readonly signal: AbortSignal;
  /** Left out: `interactive`. */
  readonly lane?: PoolLane | undefined;
  /** Left out: the listing is an operation of its own. */
  readonly attempts?: Attempts | undefined;
}

interface Folder {
  readonly entries: Map<string, RemoteEntry>;
  readonly missing?: string | undefined;
  /** We have made it ourselves: that nothing is in it is known. */
  readonly isOurs?: true;
  /** Which listing it is: one that was asked for earlier and came later does not replace it. */
  readonly order: number;
  /** It answers until then; afterwards it only shows what is new in the next listing. */
  freshUntil: number;
  /** Until then it also answers for names that it lacks, which others may make. */
  completeUntil: number;
}

interface Flight {
  readonly folder: RemotePath;
  readonly order: number;
  readonly controller: AbortController;
  readonly listed: Promise<Contents>;
  /** What we changed ourselves while the server was listing: that is newer than the listing. */
  readonly changes: Map<string, RemoteEntry | undefined>;
  watchers: number;
  /** The folder was forgotten meanwhile: the listing is handed out, but not kept. */
  outdated: boolean;
}

/**
 * Milliseconds in which a listing proves a name to be absent: long enough for a burst of looks at
 * names that are not there, short enough for a person who has just made one elsewhere.
 */
const absenceMs = 3_000;

// About 100 MiB of entries at the most; the least recently used folders go first.
const maxEntries = 250_000;

/**
 * What is known of the server's folders. A listing answers for all its names, and for a few seconds
 * for the absent ones too. A caller that asks for a folder which is just being listed joins that listing.
 */
export class DirectoryCache {
  readonly #options: DirectoryCacheOptions;
  readonly #folders = new LRUCache<RemotePath, Folder>({
    maxSize: maxEntries,
    sizeCalculation: ({ entries }) => entries.size + 1,
  });
  readonly #flights = new Set<Flight>();
  #order = 0;

  constructor(options: DirectoryCacheOptions) {
    this.#options = options;
  }

  /** A folder's entries by name: the known ones, or the server's; `fresh` asks it in any case. */
  async folder(
    folder: RemotePath,
    request: FolderRequest & { readonly fresh?: boolean },
  ): Promise<Contents> {
    const { fresh = false, signal } = request;
    const [known, coming] = fresh ? [] : [this.#known(folder), this.#joinable(folder)];
    return known ?? this.#watch(coming ?? this.#start(folder, request), signal);
  }

  /**
   * What stands at a path by its folder's listing; one too old to say that it is absent is renewed.
   * `undefined` where the listing does not tell.
   */
  async entry(
    path: RemotePath,
    request: FolderRequest,
  ): Promise<RemoteEntry | 'absent' | undefined> {
    const known = this.lookup(path);
    if (known !== undefined) return known;
    const folder = parentOf(path);
    const flight = this.#joinable(folder) ?? this.#start(folder, request);
    const listed = await this.#watch(flight, request.signal);
    return listed.entries.get(nameOf(path)) ?? (isProof(listed) ? 'absent' : undefined);
  }

  /** Lists by a connection that the caller has already. */
  async folderBy(
    folder: RemotePath,
    list: ListFolder,
    request: Pick<FolderRequest, 'signal'>,
  ): Promise<Contents> {
    return this.#watch(this.#start(folder, request, list), request.signal);
  }

  /** What is known of a folder without asking. */
  peek(folder: RemotePath): Contents | undefined {
    return this.#known(folder);
  }

  /** True for a folder that is known, or is just being listed. */
  isAtHand(folder: RemotePath): boolean {
    return (this.#known(folder) ?? this.#joinable(folder)) !== undefined;
  }

  /** What is known of a path without asking; `undefined` when nothing is. */
  lookup(path: RemotePath): RemoteEntry | 'absent' | undefined {
    return this.#find(path, ({ completeUntil }) => this.#options.clock.now() < completeUntil);
  }

  /** The same, but an older listing proves absence as well: for callers that have asked the server. */
  listed(path: RemotePath): RemoteEntry | 'absent' | undefined {
    return this.#find(path, () => true);
  }

  #find(path: RemotePath, saysNo: (folder: Folder) => boolean): RemoteEntry | 'absent' | undefined {
    for (let at = path; at !== rootPath; at = parentOf(at)) {
      const folder = this.#known(parentOf(at));
      if (!folder) continue;
      const found = folder.entries.get(nameOf(at));
      if (found && at === path) return found;
      // Nothing is below a name that is not there, nor below a file.
      const isAbsent = found ? found.type === 'file' : folder.isOurs === true || isProof(folder);
      return isAbsent && saysNo(folder) ? 'absent' : undefined;
    }
    return undefined;
  }

  /** Takes what we have made, or what the server has just told exactly; `undefined`: the name is gone. */
  put(path: RemotePath, entry: RemoteEntry | undefined): void {
    this.#noteInFlights(path, entry);
    const entries = this.#folders.peek(parentOf(path))?.entries;
    if (entry) entries?.set(nameOf(path), entry);
    else entries?.delete(nameOf(path));
    if (entry?.type !== 'directory') this.#dropFrom(path);
  }

  /** Takes a folder that we have just made: it is empty. */
  putFolder(path: RemotePath, entry: RemoteEntry): void {
    this.put(path, entry);
    this.#keep(path, { entries: new Map(), isOurs: true }, ++this.#order);
  }

  /** Takes what the server says of one name in passing, unless it only says the same less exactly. */
  learn(path: RemotePath, entry: RemoteEntry): RemoteEntry {
    const folder = this.#folders.peek(parentOf(path));
    const old = folder?.entries.get(nameOf(path));
    if (isDeepStrictEqual(old, entry)) {
      this.#noteInFlights(path, entry);
      return entry;
    }
    const [learnt = entry] = old ? withKnownTimes([entry], new Map([[entry.name, old]])) : [entry];
    if (!folder) return learnt;
    const changed = changesBetween(
      new Map(old && [[old.name, old]]),
      new Map([[entry.name, learnt]]),
    );
    this.put(path, learnt);
    this.#tell(parentOf(path), changed);
    return learnt;
  }

  /** Lets nothing that is known of the folder, and of what is below it, answer any more. */
  forget(path: RemotePath): void {
    for (const [folder, known] of this.#folders.entries()) {
      if (isWithin(folder, path)) known.freshUntil = known.completeUntil = 0;
    }
    for (const flight of this.#flights) flight.outdated ||= isWithin(flight.folder, path);
  }

  #noteInFlights(path: RemotePath, entry: RemoteEntry | undefined): void {
    for (const flight of this.#flights) {
      if (flight.folder === parentOf(path)) flight.changes.set(nameOf(path), entry);
    }
  }

  #dropFrom(path: RemotePath): void {
    for (const folder of this.#folders.keys()) {
      if (isWithin(folder, path)) this.#folders.delete(folder);
    }
    for (const flight of this.#flights) flight.outdated ||= isWithin(flight.folder, path);
  }

  #known(folder: RemotePath): Folder | undefined {
    const known = this.#folders.get(folder);
    return known && this.#options.clock.now() < known.freshUntil ? known : undefined;
  }

  #joinable(folder: RemotePath): Flight | undefined {
    return [...this.#flights].find(
      (flight) => flight.folder === folder && !flight.outdated && flight.watchers > 0,
    );
  }

  #start(
    folder: RemotePath,
    { lane = 'interactive', attempts = new Attempts() }: FolderRequest,
    list: ListFolder = this.#options.list,
  ): Flight {
    const controller = new AbortController();
    const flight: Flight = {
      folder,
      order: ++this.#order,
      controller,
      listed: list(folder, { signal: controller.signal, lane, attempts }).then(
        (listed) => this.#arrived(flight, listed),
        (error: unknown) => {
          this.#flights.delete(flight);
          throw error;
        },
      ),
      changes: new Map(),
      watchers: 0,
      outdated: false,
    };
    this.#flights.add(flight);
    return flight;
  }

  // The listing ends when the last caller that waits for it has gone.
  async #watch(flight: Flight, signal: AbortSignal): Promise<Contents> {
    flight.watchers++;
    try {
      return await raceAbort(flight.listed, signal);
    } finally {
      if (--flight.watchers === 0) flight.controller.abort(signal.reason);
    }
  }

  #arrived(flight: Flight, listed: Listed): Contents {
    this.#flights.delete(flight);
    const { folder, order } = flight;
    const old = this.#folders.peek(folder);
    const told = withKnownTimes(listed.entries, old?.entries);
    const entries = new Map(told.map((entry) => [entry.name, entry]));
    for (const [name, entry] of flight.changes) {
      if (entry) entries.set(name, entry);
      else entries.delete(name);
    }
    const { missing } = listed;
    if (flight.outdated || (old && old.order > order)) return { entries, missing };
    this.#keep(folder, { entries, missing }, order);
    if (old) this.#tell(folder, changesBetween(old.entries, entries));
    return { entries, missing };
  }

  #keep(
    folder: RemotePath,
    contents: Pick<Folder, 'entries' | 'missing' | 'isOurs'>,
    order: number,
  ): void {
    const now = this.#options.clock.now();
    const freshUntil = now + this.#options.timeToLiveMs;
    const completeUntil = now + Math.min(absenceMs, this.#options.timeToLiveMs);
    this.#folders.set(folder, { ...contents, order, freshUntil, completeUntil });
  }

  #tell(folder: RemotePath, changes: readonly [string, RemoteChange['type']][]): void {
    if (changes.length === 0) return;
    this.#options.onDidChange(
      changes.map(([name, type]) => ({ path: joinPath(folder, name), type })),
    );
  }
}
