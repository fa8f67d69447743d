import { LRUCache } from 'lru-cache';
import * as vscode from 'vscode';
import type { Clock } from '../../base/clock.ts';
import type { RemoteEntry } from '../../session/remoteFileSystem.ts';
import type { Activity } from '../activity.ts';
import { type Place, placeKey } from '../place.ts';
import type { SiteConnections } from '../sites/siteConnections.ts';
import { openFolders } from './openDocuments.ts';

/** In milliseconds. A folder where something changes is polled soon, a quiet one less and less often. */
const soonest = 10_000;
const latest = 160_000;

/** A folder that was not read for so long is no longer polled. */
const forgetAfter = 10 * 60_000;

/** One window polls no more folders than this: FTP has no cheaper way to look. */
const mostFolders = 24;

interface Watched {
  readonly place: Place;
  interval: number;
  due: number;
  /** When the folder was last read. */
  readAt: number;
  listed: string | undefined;
}

/** What the poll asks for. */
export interface PollSources {
  /** Lists a folder again; `undefined` while it should not. The session itself reports the changes. */
  list(place: Place, signal: AbortSignal): Promise<readonly RemoteEntry[] | undefined>;
  /** Folders of open editors, which count as read. */
  openFolders(): readonly Place[];
}

/**
 * Lists folders again and again, because FTP servers do not report changes. VS Code says what it
 * watches, but not which folders are expanded: the poll takes those that were read lately.
 */
export class ChangePoll implements Disposable {
  readonly #clock: Clock;
  readonly #sources: PollSources;
  readonly #folders = new LRUCache<string, Watched>({ max: mostFolders });
  readonly #watchedSites = new Map<string, number>();
  readonly #stop = new AbortController();
  #running = false;

  constructor(clock: Clock, sources: PollSources) {
    this.#clock = clock;
    this.#sources = sources;
  }

  /** VS Code wants to hear of changes on this site, until the disposable is disposed. */
  watch({ siteId }: Place): Disposable {
    this.#watchedSites.set(siteId, (this.#watchedSites.get(siteId) ?? 0) + 1);
    this.#start();
    let watching = true;
    return {
      [Symbol.dispose]: () => {
        if (watching) this.#watchedSites.set(siteId, (this.#watchedSites.get(siteId) ?? 1) - 1);
        watching = false;
      },
    };
  }

  /** The folder, or a file in it, was read. */
  read(place: Place): void {
    const now = this.#clock.now();
    const known = this.#folders.get(placeKey(place));
    if (known) {
      known.readAt = now;
      return;
    }
    const due = now + soonest;
    const { siteId, path } = place;
    const watched = { place: { siteId, path }, interval: soonest, due, readAt: now };
    this.#folders.set(placeKey(place), { ...watched, listed: undefined });
  }

  /** Lists every folder that is due. */
  async round(signal: AbortSignal): Promise<void> {
    for (const place of this.#sources.openFolders()) this.read(place);
    for (const [key, watched] of this.#folders.entries()) {
      if (watched.readAt + forgetAfter < this.#clock.now()) this.#folders.delete(key);
      else if (this.#isDue(watched)) await this.#look(watched, signal);
    }
  }

  [Symbol.dispose](): void {
    this.#stop.abort(new Error('The poll has ended'));
  }

  #isDue({ place, due }: Watched): boolean {
    return due <= this.#clock.now() && (this.#watchedSites.get(place.siteId) ?? 0) > 0;
  }

  async #look(watched: Watched, signal: AbortSignal): Promise<void> {
    const before = watched.listed;
    let same = true;
    try {
      const entries = await this.#sources.list(watched.place, signal);
      if (entries) watched.listed = fingerprintOf(entries);
      same = before === undefined || before === watched.listed;
    } catch {
      // The same failure meets the user's own operations, which report it.
      signal.throwIfAborted();
    }
    watched.interval = same ? Math.min(watched.interval * 2, latest) : soonest;
    watched.due = this.#clock.now() + watched.interval;
  }

  #start(): void {
    if (this.#running) return;
    this.#running = true;
    const { signal } = this.#stop;
    const run = async (): Promise<void> => {
      for (;;) {
        await this.#clock.sleep(soonest / 2, signal);
        await this.round(signal);
      }
    };
    // Only the signal ends it.
    run().catch(() => {});
  }
}

function fingerprintOf(entries: readonly RemoteEntry[]): string {
  const lines = entries.map(({ name, type, size, modified, unique }) =>
    [name, type, size, modified?.getTime(), unique].join('\t'),
  );
  return lines.toSorted().join('\n');
}

/** Lists only sites that are connected, and only while the window has the focus. */
export function pollSources(connections: SiteConnections, activity: Activity): PollSources {
  return {
    openFolders,
    list: async ({ siteId, path }, signal) => {
      if (!vscode.window.state.focused) return undefined;
      if (connections.state(siteId).kind !== 'connected') return undefined;
      const files = connections.files(siteId);
      return activity.run(
        siteId,
        'question',
        (options) => files.readDirectory(path, { ...options, fresh: true, lane: 'background' }),
        signal,
      );
    },
  };
}
