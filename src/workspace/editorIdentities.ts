import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../base/clock.ts';
import type { Storage } from '../base/storage.ts';
import type { FileIdentity } from '../session/remoteFileSystem.ts';

/** More files than anybody has open; the rest is forgotten, the longest unused first. */
const mostIdentities = 2000;

/** Milliseconds: a search reads hundreds of files, and each time all identities are written down. */
const pause = 500;

interface Known {
  /** Of the bytes that the editor holds. */
  readonly held: FileIdentity;
  /** Of bytes read since, of which nobody knows whether the editor has taken them. */
  readonly read?: FileIdentity;
}

/**
 * Remembers which file it was whose bytes an editor holds, so that a save can tell whether it would
 * overwrite another one. A read behind an open editor's back (a search, an extension, a comparison)
 * does not count as the editor's until the editor is seen to hold those bytes.
 */
export class EditorIdentities implements Disposable {
  readonly #known = new LRUCache<string, Known>({ max: mostIdentities });
  readonly #storage: Storage;
  readonly #key: string;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  #unwritten = false;

  /** What is remembered under `key` in the storage outlives a reload, as unsaved editors do. */
  constructor(storage: Storage, key: string, clock: Clock) {
    this.#storage = storage;
    this.#key = key;
    this.#clock = clock;
    for (const [name, held] of storedIdentities(storage.get(key))) this.#known.set(name, { held });
  }

  get(name: string): FileIdentity | undefined {
    return this.#known.get(name)?.held;
  }

  /** Bytes were read; `open` says that an editor holds the file already. */
  read(name: string, identity: FileIdentity, open: boolean): void {
    const held = this.#known.get(name)?.held;
    const same = held?.sha256 !== undefined && held.sha256 === identity.sha256;
    if (open && held && !same) this.#known.set(name, { held, read: identity });
    else this.#hold(name, identity);
  }

  /** Bytes were written by the editor, or by somebody who is to count as one. */
  written(name: string, identity: FileIdentity): void {
    this.#hold(name, identity);
  }

  /** True when it is worth telling what the editor holds now. */
  awaitsEditor(name: string): boolean {
    return this.#known.peek(name)?.read !== undefined;
  }

  /** The editor holds just these bytes, unchanged. */
  editorHolds(name: string, content: Uint8Array): void {
    const read = this.#known.get(name)?.read;
    if (read?.sha256 === createHash('sha256').update(content).digest('hex')) this.#hold(name, read);
  }

  /** What was at `from`, or below it, is at `to` now. */
  renamed(from: string, to: string): void {
    this.forget(to);
    for (const [name, known] of this.#below(from)) {
      this.#known.delete(name);
      this.#known.set(to + name.slice(from.length), known);
    }
    this.#store();
  }

  /** Nothing is at the name any more, nor below it: what comes there later is another file. */
  forget(name: string): void {
    const gone = this.#below(name);
    for (const [below] of gone) this.#known.delete(below);
    if (gone.length > 0) this.#store();
  }

  /** Writes down at once what is still to be written. */
  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#write();
  }

  #hold(name: string, identity: FileIdentity): void {
    this.#known.set(name, { held: identity });
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
    const entries = [...this.#known].toReversed().map(([name, { held }]) => [name, held]);
    this.#storage.set(this.#key, entries);
  }
}

// It comes out of a file on disk: everything about it is checked before it decides about a save.
function storedIdentities(value: unknown): [string, FileIdentity][] {
  if (!Array.isArray(value)) return [];
  return value.filter((entry): entry is [string, FileIdentity] => {
    if (!Array.isArray(entry) || typeof entry[0] !== 'string') return false;
    const identity: unknown = entry[1];
    return typeof identity === 'object' && identity !== null && isIdentity(identity);
  });
}

function isIdentity(value: object): value is FileIdentity {
  const { size, modified, unique, sha256, settled } = value as Record<keyof FileIdentity, unknown>;
  return (
    [size, modified].every((number) => number === undefined || typeof number === 'number') &&
    [unique, sha256].every((text) => text === undefined || typeof text === 'string') &&
    typeof settled === 'boolean'
  );
}
