import * as vscode from 'vscode';
import type { Clock } from '../../base/clock.ts';
import type { FoundLeftOvers, LeftOver, PartialListing } from '../../session/remoteFileSystem.ts';
import { type Place, placeKey } from '../../workspace/place.ts';
import { plainText } from '../../workspace/sentence.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import { siteUri } from '../../workspace/siteUri.ts';
import { actions } from '../messages.ts';
import { leftOverWords, partWords } from './listingMessages.ts';

/** What the notices work with. */
export interface ListingNoticeParts {
  readonly connections: SiteConnections;
  readonly clock: Clock;
  readonly showLog: () => void;
}

// In this time another window or program may still be saving the file.
const youngMs = 60_000;

/** True for a left-over so new that its save may still run. The server's clock may be ahead of ours. */
export function isYoung({ entry: { modified } }: LeftOver, now: number): boolean {
  return modified !== undefined && Math.abs(now - modified.getTime()) < youngMs;
}

/** Tells the user, once for each folder, what its listing does not show. */
export class ListingNotices implements vscode.Disposable {
  readonly #parts: ListingNoticeParts;
  readonly #listeners: readonly Disposable[];
  readonly #toldParts = new Set<string>();
  /** Folders with left-overs, by their keys. */
  readonly #found = new Map<string, Place>();
  readonly #told = new Set<string>();
  // Sites with an open notice: a search lists every folder, and what it finds meanwhile needs no second one.
  readonly #standing = new Set<string>();

  constructor(parts: ListingNoticeParts) {
    this.#parts = parts;
    const { connections } = parts;
    this.#listeners = [
      connections.onDidListInPart((part) => void this.#tellPart(part)),
      connections.onDidFindLeftOvers((found) => void this.#tellLeftOvers(found)),
    ];
  }

  /** The folders in which left-overs were seen. */
  get folders(): readonly Place[] {
    return [...this.#found.values()];
  }

  dispose(): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }

  async #tellPart({ siteId, path, why }: PartialListing & Place): Promise<void> {
    const key = placeKey({ siteId, path });
    if (this.#toldParts.has(key)) return;
    this.#toldParts.add(key);
    const words = partWords.inPart(path, this.#nameOf(siteId), why.replace(/\.$/, ''));
    const choice = await vscode.window.showWarningMessage(plainText(words), actions.showLog());
    if (choice === actions.showLog()) this.#parts.showLog();
  }

  async #tellLeftOvers({ siteId, path, leftOvers }: FoundLeftOvers & Place): Promise<void> {
    const place = { siteId, path };
    const key = placeKey(place);
    const now = this.#parts.clock.now();
    const old = leftOvers.filter((leftOver) => !isYoung(leftOver, now));
    if (old.length === 0) return;
    this.#found.set(key, place);
    if (this.#told.has(key) || this.#standing.has(siteId)) return;
    this.#told.add(key);
    this.#standing.add(siteId);
    const words = leftOverWords.found(old.length, path, this.#nameOf(siteId));
    const show = leftOverWords.show();
    const choice = await vscode.window.showWarningMessage(plainText(words), show);
    this.#standing.delete(siteId);
    if (choice === show) {
      const folders = this.folders.filter((folder) => folder.siteId === siteId);
      for (const folder of folders) this.#told.add(placeKey(folder));
      const uris = folders.map((folder) => siteUri(folder.siteId, folder.path));
      // Called as the Explorer does it, so that errors are shown like those of every command.
      await vscode.commands.executeCommand('portside.showLeftOvers', uris[0], uris);
    }
  }

  #nameOf(siteId: string): string {
    return this.#parts.connections.sites.find(({ id }) => id === siteId)?.name ?? siteId;
  }
}
