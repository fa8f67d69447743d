import { LRUCache } from 'lru-cache';
import type { Clock } from '../../base/clock.ts';
import { Emitter, type Event } from '../../base/event.ts';
import type { Storage } from '../../base/storage.ts';
import type { FileIdentity, RemoteFileSystem } from '../../session/remoteFileSystem.ts';
import { type Place, placeKey } from '../place.ts';

/** More files than a user has open. Beyond them the longest unused is forgotten first. */
const mostIdentities = 2000;

/** Milliseconds between two writes to the storage: a search reads hundreds of files, and each write holds all. */
const pause = 500;

interface Known {
  /** Of the bytes that the editor holds. */
  readonly held: FileIdentity;
  /** Bytes read since then. It is not known yet whether the editor has taken them. */
  readonly read?: ReadSince;
  /** The latest time of the file that VS Code was told. */
  readonly told?: number;
}

/** Bytes that something else than the open editor read, and the identity of the file. */
export interface ReadSince {
  readonly content: Uint8Array;
  readonly identity: FileIdentity;
  /** They were not read, but written from here by something else than that editor. */
  readonly written?: true;
}

/**
 * Remembers the identity of the file that each editor holds, so that a save can tell whether it would
 * overwrite another one. Bytes that were read by a search, an extension or a comparison do not count as
 * the editor's until the editor is seen to hold them.
 */
export class EditorIdentities implements Disposable {
  readonly #known = new LRUCache<string, Known>({ max: mostIdentities });
  readonly #storage: Storage;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #onDidRead = new Emitter<string>();
  /** Fires with the name of a file whose bytes were read while an editor held others. */
  readonly onDidRead: Event<string> = this.#onDidRead.event;
  #unwritten = false;

  /** What the storage keeps under `key` outlives a reload, as unsaved editors do. */
  constructor(storage: Storage, key: string, clock: Clock) {
    this.#storage = storage;
    this.#key = key;
    this.#clock = clock;
    for (const [name, held, told] of storedIdentities(storage.get(key))) {
      this.#known.set(name, { held, ...(typeof told === 'number' && { told }) });
    }
  }

  get(name: string): FileIdentity | undefined {
    return this.#known.get(name)?.held;
  }

  /** Bytes were read, or written by something else here. `open`: an editor already holds the file. */
  read(name: string, read: ReadSince, open: boolean): void {
    const known = this.#known.get(name);
    const same = known?.held.sha256 !== undefined && known.held.sha256 === read.identity.sha256;
    if (!open || !known || same) return this.#hold(name, read.identity);
    const again = known.read?.identity.sha256 === read.identity.sha256;
    this.#known.set(name, { ...known, read: again && known.read ? known.read : read });
    this.#onDidRead.fire(name);
  }

  /** The editor has written these bytes, or something that counts as the editor. */
  written(name: string, identity: FileIdentity): void {
    this.#hold(name, identity);
  }

  /** More is known about the same bytes now. Does nothing if the editor holds others meanwhile. */
  settled(name: string, identity: FileIdentity): void {
    if (this.#known.peek(name)?.held.sha256 === identity.sha256) this.#hold(name, identity);
  }

  /** Bytes that the editor may have taken; it is not known yet whether it did. */
  pending(name: string): ReadSince | undefined {
    return this.#known.peek(name)?.read;
  }

  /** The editor holds exactly the bytes that were read. */
  editorTook(name: string, read: ReadSince): void {
    if (this.#known.peek(name)?.read === read) this.#hold(name, read.identity);
  }

  /** VS Code was told this time. An editor that returns after a reload may hold it. */
  told(name: string, mtime: number): void {
    const known = this.#known.peek(name);
    if (!known || mtime <= (known.told ?? -1)) return;
    this.#known.set(name, { ...known, told: mtime });
    this.#store();
  }

  /** The latest time of the file that VS Code was told. */
  latestTold(name: string): number | undefined {
    return this.#known.peek(name)?.told;
  }

  /** What was at `from`, or below it, is now at `to`. */
  renamed(from: string, to: string): void {
    this.forget(to);
    for (const [name, known] of this.#below(from)) {
      this.#known.delete(name);
      this.#known.set(to + name.slice(from.length), known);
    }
    this.#store();
  }

  /** Nothing is at the name any more, nor below it. A file that comes there later is another one. */
  forget(name: string): void {
    const gone = this.#below(name);
    for (const [below] of gone) this.#known.delete(below);
    if (gone.length > 0) this.#store();
  }

  /** Writes at once what is still to be written to the storage. */
  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#write();
  }

  #hold(name: string, identity: FileIdentity): void {
    const told = this.#known.peek(name)?.told;
    this.#known.set(name, { held: identity, ...(told !== undefined && { told }) });
    this.#store();
  }

  #below(name: string): [string, Known][] {
    return [...this.#known].filter(([each]) => each === name || each.startsWith(`${name}/`));
  }

  #store(): void {
    if (this.#unwritten) return;
    this.#unwritten = true;
    if (this.#stop.signal.aborted) this.#write();
    else
      this.#clock.sleep(pause, this.#stop.signal).then(
        () => this.#write(),
        () => {},
      );
  }

  #write(): void {
    if (!this.#unwritten) return;
    this.#unwritten = false;
    const entries = [...this.#known]
      .toReversed()
      .map(([name, { held, told }]) => [name, held, ...(told === undefined ? [] : [told])]);
    this.#storage.set(this.#key, entries);
  }
}

// The value comes from a file on disk. It decides about saves, so everything in it is checked.
function storedIdentities(value: unknown): [string, FileIdentity, unknown?][] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is [string, FileIdentity, unknown?] => {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
    const identity: unknown = entry[1];
    return typeof identity === 'object' && identity !== null && isIdentity(identity);
  });
}

function isIdentity(value: object): value is FileIdentity {
  const facts = value as Record<keyof FileIdentity, unknown>;
  const { size, modified, unique, sha256, settled, written = true } = facts;
  return (
    [size, modified].every((number) => number === undefined || typeof number === 'number') &&
    [unique, sha256].every((text) => text === undefined || typeof text === 'string') &&
    typeof settled === 'boolean' &&
    written === true
  );
}

/**
 * Asks the server once more about a file that was just written, in the background. Until the server's
 * clock has moved on, the next save would have to read the whole file again.
 */
export class Settling implements Disposable {
  readonly #identities: EditorIdentities;
  readonly #running = new Map<string, AbortController>();

  constructor(identities: EditorIdentities) {
    this.#identities = identities;
  }

  /** Begins to ask about a write. A newer write of the same file ends the asking about this one. */
  begin(place: Place & { readonly files: RemoteFileSystem }, identity: FileIdentity): void {
    const key = placeKey(place);
    this.#running.get(key)?.abort();
    if (identity.settled) return;
    const controller = new AbortController();
    this.#running.set(key, controller);
    void this.#ask(place, identity, controller.signal)
      // A failure only means that the next save has to look once more.
      .catch(() => {})
      .finally(() => {
        if (this.#running.get(key) === controller) this.#running.delete(key);
      });
  }

  async #ask(
    place: Place & { readonly files: RemoteFileSystem },
    identity: FileIdentity,
    signal: AbortSignal,
  ): Promise<void> {
    const options = { signal, lane: 'background' } as const;
    const settled = await place.files.settle(place.path, identity, options);
    if (settled && !signal.aborted) this.#identities.settled(placeKey(place), settled);
  }

  [Symbol.dispose](): void {
    for (const controller of this.#running.values()) controller.abort();
  }
}
