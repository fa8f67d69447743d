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
import { toFileStat } from './fileStat.ts';
import type { ToldConflicts } from './toldConflicts.ts';
import { ToldStats } from './toldStats.ts';

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
