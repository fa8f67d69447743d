import * as vscode from 'vscode';
import { LRUCache } from 'lru-cache';
import { raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { sha256Of } from '../../session/known/fileIdentity.ts';
import type { Bytes, LinkedFiles } from '../../sync/linkedFiles.ts';
import type { UploadQueue } from '../../sync/uploadQueue.ts';
import { sentenceOf } from '../sentence.ts';
import { restoreOwedUploads } from './owedUploads.ts';
import { linkOf, type SavedFile, savedFile, UploadLostItsWayError } from './savedFile.ts';
import type { SyncTargets } from './syncTargets.ts';
import type { SyncTroubles } from './syncTroubles.ts';

/**
 * Milliseconds for which a save waits until the old bytes are read. VS Code drops a listener that takes
 * longer than 1,500 ms three times.
 */
const longestLook = 1_000;

/** Milliseconds until a read is given up. A late one would find the new bytes, which are of no use. */
const longestRead = 10_000;

/** Files whose save has begun but not ended: "Save All" begins many at once. */
const mostBeginning = 2_000;

/** What sync on save works with. */
export interface SyncParts {
  readonly queue: UploadQueue<SavedFile>;
  readonly linked: LinkedFiles;
  readonly targets: SyncTargets;
  readonly troubles: SyncTroubles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onProblem: (error: unknown) => void;
}

/** Puts every saved file of a mapped folder into the queue, if the workspace is trusted. */
export function syncOnSave(parts: SyncParts): vscode.Disposable {
  const saves = new Saves(parts);
  const { queue, linked, troubles } = parts;
  // Not awaited: later reads of the records wait for it by themselves.
  const discarding = queue.onDidDiscard(({ key }) => void saves.keep(linked.dismissed(key)));
  const restore = (): void => void saves.keep(restoreOwedUploads(queue, linked));
  restore();
  // A file that had no place on the server may have one now.
  const changed = (): void => {
    troubles.forget();
    const lost = queue.failures.filter(({ error }) => error instanceof UploadLostItsWayError);
    const keys = new Set(lost.map(({ upload }) => upload.key));
    if (keys.size > 0) queue.retry(({ key }) => keys.has(key));
  };
  const { workspace } = vscode;
  return vscode.Disposable.from(
    workspace.onWillSaveTextDocument((save) => saves.willSave(save.document.uri, save)),
    workspace.onWillSaveNotebookDocument((save) => saves.willSave(save.notebook.uri, save)),
    workspace.onDidSaveTextDocument(({ uri }) => saves.didSave(uri)),
    workspace.onDidSaveNotebookDocument(({ uri }) => saves.didSave(uri)),
    workspace.onDidRenameFiles(({ files }) => saves.didRename(files)),
    workspace.onDidChangeWorkspaceFolders(restore),
    workspace.onDidGrantWorkspaceTrust(changed),
    workspace.onDidChangeConfiguration((change) => {
      const ours = ['portside.sync', 'portside.sites'];
      if (ours.some((name) => change.affectsConfiguration(name))) changed();
    }),
    { dispose: () => discarding[Symbol.dispose]() },
  );
}

interface Waiting {
  waitUntil(thenable: Thenable<unknown>): void;
}

class Saves {
  readonly #parts: SyncParts;
  readonly #before = new LRUCache<string, Promise<Bytes | undefined>>({ max: mostBeginning });
  // One after the other, so that the uploads keep the order of the saves.
  #queuing: Promise<void> = Promise.resolve();

  constructor(parts: SyncParts) {
    this.#parts = parts;
  }

  /** Reads the bytes on the disk before the save replaces them. */
  willSave(uri: vscode.Uri, save: Waiting): void {
    if (!this.#parts.targets.mayBeMapped(uri)) return;
    const before = this.#bytesOf(uri);
    this.#before.set(uri.toString(), before);
    // It never rejects: VS Code drops listeners that do.
    save.waitUntil(this.#waitFor(before));
  }

  didSave(uri: vscode.Uri): void {
    const name = uri.toString();
    const before = this.#before.get(name);
    this.#before.delete(name);
    this.#inTurn(uri, async () => this.#owe(uri, await before));
  }

  /** Files that wait for their upload are uploaded from, and to, their new place. */
  didRename(files: readonly { readonly oldUri: vscode.Uri; readonly newUri: vscode.Uri }[]): void {
    for (const { oldUri, newUri } of files) {
      this.#inTurn(oldUri, async () => {
        const { queue } = this.#parts;
        const owed = [...queue.failures.map(({ upload }) => upload), ...queue.queued];
        for (const upload of owed) {
          const moved = movedUri(upload.local, oldUri, newUri);
          if (moved) await this.#move(upload, moved);
        }
      });
    }
  }

  /** Waits for a change of the records. A failure is logged: it costs at most one question. */
  async keep(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.#parts.logger.warn(
        `The list of pending uploads could not be saved: ${sentenceOf(error)}`,
      );
    }
  }

  async #move(upload: SavedFile, moved: vscode.Uri): Promise<void> {
    const { queue, logger, targets } = this.#parts;
    // If the new name is not mapped, the failure stays, and says that the file is gone.
    const target = await targets.find(moved);
    if (target.kind !== 'mapped') return;
    logger.info(`${upload.place.path} was not uploaded before it was renamed to ${moved.path}`);
    queue.discard(upload.key);
    await this.#owe(moved, undefined);
  }

  async #owe(uri: vscode.Uri, before: Bytes | undefined): Promise<void> {
    const { queue, linked, targets, troubles, onProblem } = this.#parts;
    const target = await targets.find(uri);
    const folder = vscode.workspace.getWorkspaceFolder(uri)?.uri.toString();
    const problem = target.kind === 'problem' ? target.sentence : undefined;
    // The user is told once that a setting cannot be used, not at every save.
    if (target.kind === 'unmapped' || folder === undefined) return;
    if (troubles.note(folder, problem)) onProblem(problem);
    if (target.kind === 'problem') return;
    const saved = savedFile(uri, target.place);
    await this.keep(linked.saved(linkOf(saved), before));
    queue.add(saved);
  }

  async #waitFor(before: Promise<unknown>): Promise<undefined> {
    using deadline = this.#parts.clock.deadline(longestLook, 'the bytes before a save');
    await raceAbort(before, deadline.signal).catch(() => {});
  }

  #inTurn(uri: vscode.Uri, work: () => Promise<void>): void {
    const { logger, onProblem } = this.#parts;
    this.#queuing = this.#queuing.then(work).catch((error: unknown) => {
      logger.error(`${uri.path} is not queued for upload`);
      onProblem(error);
    });
  }

  // A file that is new, cannot be read or takes too long gives no bytes; the last upload still counts.
  async #bytesOf(uri: vscode.Uri): Promise<Bytes | undefined> {
    using deadline = this.#parts.clock.deadline(longestRead, 'the bytes before a save');
    try {
      const bytes = await raceAbort(
        Promise.resolve(vscode.workspace.fs.readFile(uri)),
        deadline.signal,
      );
      return { size: bytes.length, sha256: sha256Of(bytes) };
    } catch {
      return undefined;
    }
  }
}

function movedUri(local: vscode.Uri, from: vscode.Uri, to: vscode.Uri): vscode.Uri | undefined {
  if (local.scheme !== from.scheme || local.authority !== from.authority) return undefined;
  if (local.path === from.path) return to;
  const below = local.path.startsWith(`${from.path}/`);
  return below ? vscode.Uri.joinPath(to, local.path.slice(from.path.length + 1)) : undefined;
}
