import * as vscode from 'vscode';
import type { FailedUpload, UploadQueue } from '../sync/uploadQueue.ts';
import { type SavedFile, UploadConflictError } from '../workspace/savedFileUpload.ts';
import { plainText, sentenceOf } from '../workspace/sentence.ts';
import type { SiteConnections } from '../workspace/siteConnections.ts';
import { actions, statusWords as words } from './messages.ts';

type Failure = FailedUpload<SavedFile>;

/**
 * Tells of uploads that failed, one notice at a time, and asks about those that met somebody else's
 * file. Whoever passes a notice by finds the upload in the status bar's list.
 */
export class UploadNotices implements vscode.Disposable {
  readonly #queue: UploadQueue<SavedFile>;
  readonly #connections: SiteConnections;
  readonly #showLog: () => void;
  readonly #listener: Disposable;
  readonly #told = new WeakSet<Failure>();
  #telling = false;

  constructor(queue: UploadQueue<SavedFile>, connections: SiteConnections, showLog: () => void) {
    this.#queue = queue;
    this.#connections = connections;
    this.#showLog = showLog;
    this.#listener = queue.onDidChange(() => void this.#tell());
  }

  dispose(): void {
    this.#listener[Symbol.dispose]();
  }

  async #tell(): Promise<void> {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (;;) {
        const untold = this.#queue.failures.filter((failure) => this.#isNews(failure));
        const conflict = untold.find(({ error }) => error instanceof UploadConflictError);
        if (conflict) await this.#askConflict(conflict);
        else if (untold.length > 0) await this.#tellFailures(untold);
        else return;
      }
    } finally {
      this.#telling = false;
    }
  }

  // That a site cannot be reached is told once, and not for each of its files.
  #isNews(failure: Failure): boolean {
    return !this.#told.has(failure) && !this.#connections.isLoginFailure(failure.error);
  }

  async #askConflict(failure: Failure): Promise<void> {
    this.#told.add(failure);
    const { upload, error } = failure;
    const choice = await vscode.window.showWarningMessage(
      words.uploadFailed(plainText(upload.place.path), sentenceOf(error)),
      actions.overwrite(),
      actions.discard(),
    );
    // Saved again or retried meanwhile: the answer was to another question.
    if (!this.#queue.failures.includes(failure)) return;
    if (choice === actions.discard()) this.#queue.discard(upload.key);
    if (choice === actions.overwrite() && error instanceof UploadConflictError) {
      this.#queue.add({ ...upload, agreed: error.found });
    }
  }

  async #tellFailures(failures: readonly Failure[]): Promise<void> {
    for (const failure of failures) this.#told.add(failure);
    const [first] = failures;
    if (!first) return;
    const message =
      failures.length === 1
        ? words.uploadFailed(plainText(first.upload.place.path), sentenceOf(first.error))
        : `${words.failed(failures.length)}: ${sentenceOf(first.error)}`;
    const choice = await vscode.window.showErrorMessage(
      message,
      actions.retry(),
      actions.showLog(),
    );
    if (choice === actions.showLog()) this.#showLog();
    if (choice === actions.retry()) this.#queue.retry();
  }
}
