import { LRUCache } from 'lru-cache';
import * as vscode from 'vscode';
import type {
  FileIdentity,
  FileOptions,
  RemoteFileSystem,
  StatEntry,
} from '../../session/remoteFileSystem.ts';
import { type Place, placeKey } from '../place.ts';
import type { Site } from '../sites/site.ts';
import type { EditorIdentities } from './editorIdentities.ts';
import type { ToldConflicts } from './conflicts.ts';

const fileTypes = {
  file: vscode.FileType.File,
  directory: vscode.FileType.Directory,
  symlink: vscode.FileType.SymbolicLink,
  other: vscode.FileType.Unknown,
} satisfies Record<StatEntry['type'], vscode.FileType>;

/** An entry's type; a symbolic link is one as well as what it leads to. */
export function toFileType(entry: StatEntry): vscode.FileType {
  if (entry.type !== 'symlink' || !entry.targetType) return fileTypes[entry.type];
  return vscode.FileType.SymbolicLink | fileTypes[entry.targetType];
}

/** An entry as VS Code wants it. A time that nobody knows is 0, always: never "now". */
export function toFileStat(entry: StatEntry, readOnlySite: boolean): vscode.FileStat {
  const stat = {
    type: toFileType(entry),
    ctime: 0,
    mtime: entry.modified?.getTime() ?? 0,
    size: entry.size ?? 0,
  };
  return readOnlySite || isReadOnly(entry)
    ? { ...stat, permissions: vscode.FilePermission.Readonly }
    : stat;
}

/** True when the server says that nobody, or not this user, may write the file. */
export function isReadOnly(entry: StatEntry): boolean {
  if (entry.type !== 'file' && entry.targetType !== 'file') return false;
  // RFC 3659, 7.5.5: "w" in the perm fact of a file says that STOR may be applied to it.
  if (entry.permissions !== undefined) return !entry.permissions.includes('w');
  return entry.mode !== undefined && (Number.parseInt(entry.mode, 8) & 0o222) === 0;
}

/** A place on a site that is there. */
export interface Target extends Place {
  readonly site: Site;
  readonly files: RemoteFileSystem;
}

interface TellerParts {
  readonly identities: EditorIdentities;
  readonly conflicts: ToldConflicts;
}

/** Tells VS Code the time and size of files, so that it asks its question where, and only where, it must. */
export class StatTeller {
  readonly #parts: TellerParts;
  readonly #stats = new ToldStats();

  constructor(parts: TellerParts) {
    this.#parts = parts;
  }

  changed(key: string): void {
    this.#stats.changed(key);
  }

  read(key: string): void {
    this.#stats.read(key);
  }

  forget(): void {
    this.#stats.forget();
  }

  /** What VS Code is told of an entry. */
  tell({ siteId, path, site }: Target, entry: StatEntry): vscode.FileStat {
    const stat = toFileStat(entry, site.readOnly);
    if (stat.type & vscode.FileType.Directory) return stat;
    const key = placeKey({ siteId, path });
    const told = this.#stats.tell(key, stat);
    this.#parts.identities.told(key, told.mtime);
    return { ...stat, ...told };
  }

  /** Of a changed editor's file: VS Code asks the user when it is not the one that was opened. */
  async tellHeld(
    target: Target,
    held: FileIdentity,
    options: FileOptions,
  ): Promise<vscode.FileStat> {
    const { conflicts, identities } = this.#parts;
    const key = placeKey(target);
    const told = await target.files.compare(target.path, held, options);
    if (told.kind === 'same') {
      conflicts.clear(key);
      return this.tell(target, told.entry);
    }
    const stat = toFileStat(told.entry, target.site.readOnly);
    const { modified: mtime = 0, size = 0 } = held;
    // The user has answered: no later than the editor's, so that VS Code does not ask again.
    if (conflicts.isAgreed(key, told.found)) return { ...stat, mtime: Math.min(mtime, stat.mtime) };
    conflicts.tell(key, told.found);
    const latest = Math.max(mtime, identities.latestTold(key) ?? 0);
    return { ...stat, ...this.#stats.tellConflict(key, stat, { mtime: latest, size }) };
  }
}

/** Size and time of a file, as VS Code tells versions apart by them. */
export interface Facts {
  readonly mtime: number;
  readonly size: number;
}

interface Told {
  /** The server's own time, and how much later it is told. */
  readonly modified: number;
  readonly later: number;
  /** Changes of ours, or that we saw, since it was told. */
  changes: number;
  last: Facts;
  /** The latest time that an editor may hold. */
  latest: number;
  /** The sizes that an editor may hold. */
  readonly sizes: Set<number>;
  conflict: { readonly of: Facts; readonly as: Facts } | undefined;
}

const mostFiles = 2000;

/**
 * What VS Code was told of files, so that it sees what has changed. It takes a file for another one
 * when its time or its size is another, and for a newer one when its time is later and its size
 * another. Times of servers are told to the second at best, and may go back.
 */
export class ToldStats {
  readonly #told = new LRUCache<string, Told>({ max: mostFiles });

  /** Something was written: where the server's time stays what it was, it is told a little later. */
  changed(key: string): void {
    const told = this.#told.peek(key);
    if (told) told.changes++;
  }

  /** The bytes were read: VS Code may take them for the file that it was last told of. */
  read(key: string): void {
    const told = this.#told.peek(key);
    if (told) take(told, told.last);
  }

  /** The file as it is, but for the milliseconds by which its time must advance. */
  tell(key: string, facts: Facts): Facts {
    const old = this.#told.get(key);
    const later = old?.modified === facts.mtime ? old.later + old.changes : 0;
    const last = { mtime: facts.mtime + later, size: facts.size };
    const told: Told = {
      modified: facts.mtime,
      later,
      changes: 0,
      last,
      latest: old?.latest ?? 0,
      sizes: old && old.changes === 0 ? old.sizes : new Set(),
      conflict: undefined,
    };
    // A look that came while the bytes were read may be the one that the editor goes by.
    if (old?.conflict) take(told, old.conflict.as);
    take(told, last);
    this.#told.set(key, told);
    return last;
  }

  /**
   * A file that is not the one whose bytes a changed editor holds: later than the editor's and of
   * another size, so that VS Code asks. `held` is the latest that the editor may have been told.
   */
  tellConflict(key: string, facts: Facts, held: Facts): Facts {
    const told: Told = this.#told.get(key) ?? {
      modified: facts.mtime,
      later: 0,
      changes: 0,
      last: held,
      latest: 0,
      sizes: new Set(),
      conflict: undefined,
    };
    this.#told.set(key, told);
    const { conflict } = told;
    const same = conflict?.of.mtime === facts.mtime && conflict.of.size === facts.size;
    if (conflict && same && !told.sizes.has(conflict.as.size)) return conflict.as;
    if (conflict) take(told, conflict.as);
    let { size } = facts;
    while (told.sizes.has(size) || size === held.size) size++;
    const mtime = Math.max(facts.mtime, Math.max(told.latest, held.mtime) + 1);
    told.last = { mtime, size };
    told.conflict = { of: facts, as: told.last };
    return told.last;
  }

  /** The latest time that an editor may hold; `undefined` where nothing was told. */
  latest(key: string): number | undefined {
    const told = this.#told.peek(key);
    return told && Math.max(told.latest, told.last.mtime);
  }

  /** What was told of the names there belongs to other files now. */
  forget(): void {
    this.#told.clear();
  }
}

function take(told: Told, { mtime, size }: Facts): void {
  told.latest = Math.max(told.latest, mtime);
  told.sizes.add(size);
}
