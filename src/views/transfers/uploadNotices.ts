import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { isUnavailable } from '../../session/remoteFileError.ts';
import type { FailedUpload, UploadQueue } from '../../sync/uploadQueue.ts';
import { plainText, sentenceOf } from '../../workspace/sentence.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import { loginFailureOf } from '../../workspace/sites/siteLogin.ts';
import { OwedUploadError } from '../../workspace/sync/owedUploads.ts';
import { type SavedFile, UploadConflictError } from '../../workspace/sync/savedFile.ts';
import { actions, loginActions, statusWords as words } from '../messages.ts';

/** What the buttons of the notices do. */
export interface UploadNoticeActions {
  readonly showLog: () => void;
  readonly diagnose: (siteId: string) => void;
}

type Failure = FailedUpload<SavedFile>;

/** Milliseconds for which the status bar shows that a retry has succeeded. */
const successShown = 5_000;

/**
 * Tells of failed uploads, and asks about those that found another file on the server. A user who ignores
 * a notice finds the upload in the status bar's list. No notice waits for an earlier one: VS Code resolves
 * a hidden notice only when the user clears it, which may be never.
 */
export class UploadNotices implements vscode.Disposable {
  readonly #queue: UploadQueue<SavedFile>;
  readonly #connections: SiteConnections;
  readonly #showLog: () => void;
  readonly #diagnose: (siteId: string) => void;
  readonly #listener: Disposable;
  readonly #told = new WeakSet<Failure>();
  // The last cause told for a save: if it fails again for the same cause, the user is not told again.
  readonly #said = new WeakMap<SavedFile, string>();
  // Notices that the user has not answered yet.
  readonly #standing = new Set<string>();
  // The causes told since the queue was last empty: one cause is told for one file of many.
  readonly #causes = new Set<string>();
  // Uploads that the user has retried: the user is told their result.
  readonly #retried = new Map<string, SavedFile>();

  constructor(
    queue: UploadQueue<SavedFile>,
    connections: SiteConnections,
    { showLog, diagnose }: UploadNoticeActions,
  ) {
    this.#queue = queue;
    this.#connections = connections;
    this.#showLog = showLog;
    this.#diagnose = diagnose;
    this.#listener = queue.onDidChange(() => this.#look());
  }

  dispose(): void {
    this.#listener[Symbol.dispose]();
  }

  /** Retries failed uploads, all or some, and tells the user the result in any case. */
  retry(which: (upload: SavedFile) => boolean = () => true): void {
    for (const { upload } of this.#queue.failures) {
      if (!which(upload)) continue;
      this.#connections.allowQuestions(upload.place.siteId);
      this.#retried.set(upload.key, upload);
    }
    this.#queue.retry(which);
  }

  /** Asks once more what to do with an upload that found another file on the server. */
  async decide(key: string): Promise<void> {
    const failure = this.#queue.failures.find(({ upload }) => upload.key === key);
    if (failure) await this.#askConflict(failure, { modal: true });
  }

  #look(): void {
    for (const failure of this.#queue.failures) {
      if (this.#told.has(failure)) continue;
      this.#told.add(failure);
      // Not awaited: a notice may stay open for hours.
      void this.#tell(failure, this.#retried.delete(failure.upload.key));
    }
    const pending = new Set(this.#queue.pending.map(({ key }) => key));
    for (const [key, { place }] of this.#retried) {
      if (pending.has(key)) continue;
      this.#retried.delete(key);
      vscode.window.setStatusBarMessage(words.uploaded(plainText(place.path)), successShown);
    }
    if (pending.size === 0) this.#causes.clear();
  }

  async #tell(failure: Failure, always: boolean): Promise<void> {
    const cause = this.#causeOf(failure);
    const notice = `${failure.upload.key} ${cause}`;
    const said = this.#said.get(failure.upload) === cause;
    this.#said.set(failure.upload, cause);
    const known = (said || this.#standing.has(notice)) && !always;
    if (known || this.#causes.has(cause)) return;
    this.#causes.add(cause);
    this.#standing.add(notice);
    try {
      if (failure.error instanceof OwedUploadError) await this.#tellOwed();
      else if (failure.error instanceof UploadConflictError) await this.#askConflict(failure, {});
      else await this.#tellFailure(failure);
    } finally {
      this.#standing.delete(notice);
    }
  }

  async #askConflict({ upload, error }: Failure, options: vscode.MessageOptions): Promise<void> {
    if (!(error instanceof UploadConflictError)) return;
    const message = words.uploadFailed(plainText(upload.place.path), sentenceOf(error));
    const choice = await vscode.window.showWarningMessage(
      message,
      options,
      // Enter presses the first button: it must do no harm to the server's file.
      actions.discard(),
      actions.overwrite(),
    );
    // The upload may have been retried meanwhile. The answer holds only for the file that was shown.
    const now = this.#queue.failures.find(({ upload: { key } }) => key === upload.key);
    if (!(now?.error instanceof UploadConflictError)) return;
    if (!isDeepStrictEqual(now.error.found, error.found)) return;
    if (choice === actions.discard()) this.#queue.discard(upload.key);
    if (choice === actions.overwrite()) this.#queue.add({ ...now.upload, agreed: error.found });
  }

  async #tellOwed(): Promise<void> {
    const owed = this.#queue.failures.filter(({ error }) => error instanceof OwedUploadError);
    const choice = await vscode.window.showWarningMessage(
      words.owed(owed.length),
      actions.retry(),
      actions.showUploads(),
    );
    if (choice === actions.showUploads()) {
      await vscode.commands.executeCommand('portside.showStatus');
    }
    if (choice !== actions.retry()) return;
    const keys = new Set(owed.map(({ upload }) => upload.key));
    this.retry(({ key }) => keys.has(key));
  }

  async #tellFailure(failure: Failure): Promise<void> {
    const { upload, error } = failure;
    const { path } = upload.place;
    const login = this.#connections.loginFailure(error);
    const why = login ? loginFailureOf(login) : 'unreachable';
    const choice = await vscode.window.showErrorMessage(
      words.savedHere(plainText(path.slice(path.lastIndexOf('/') + 1)), this.#reasonOf(error)),
      why === 'unreachable' ? actions.retry() : loginActions[why](),
      ...(login || isUnavailable(error) ? [actions.diagnose()] : []),
      actions.showLog(),
    );
    if (choice === actions.showLog()) this.#showLog();
    else if (choice === actions.diagnose()) this.#diagnose(upload.place.siteId);
    else if (choice !== undefined) this.#retryLike(failure);
  }

  // Uploads that failed for one cause were told in one notice, and are retried together.
  #retryLike(failure: Failure): void {
    const cause = this.#causeOf(failure);
    const alike = this.#queue.failures.filter((each) => this.#causeOf(each) === cause);
    const keys = new Set([failure, ...alike].map(({ upload }) => upload.key));
    this.retry(({ key }) => keys.has(key));
  }

  #causeOf({ upload, error }: Failure): string {
    // There may be many from an earlier time, of several sites: one notice tells of all.
    if (error instanceof OwedUploadError) return 'owed';
    return error instanceof UploadConflictError
      ? `${upload.key} ${JSON.stringify(error.found)}`
      : `${upload.place.siteId} ${this.#reasonOf(error)}`;
  }

  // If the login failed, its error alone is the reason: the notice already names the file.
  #reasonOf(error: unknown): string {
    return sentenceOf(this.#connections.loginFailure(error) ?? error).replace(/\.$/, '');
  }
}
