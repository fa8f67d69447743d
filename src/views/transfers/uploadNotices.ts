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

/** Milliseconds for which the status bar says that a retry has succeeded. */
const successShown = 5_000;

/**
 * Tells of uploads that failed, and asks about those that met somebody else's file. Whoever passes
 * a notice by finds the upload in the status bar's list. No notice is waited for before the next
 * one: VS Code answers for a hidden one only when the user clears it, which may be never.
 */
export class UploadNotices implements vscode.Disposable {
  readonly #queue: UploadQueue<SavedFile>;
  readonly #connections: SiteConnections;
  readonly #showLog: () => void;
  readonly #diagnose: (siteId: string) => void;
  readonly #listener: Disposable;
  readonly #told = new WeakSet<Failure>();
  // What was last said of a save: what fails again of the same, when nobody asked, is no news.
  readonly #said = new WeakMap<SavedFile, string>();
  // What notices say that nobody has answered yet.
  readonly #standing = new Set<string>();
  // Why uploads failed since the queue was last at rest: one cause is told for one file of many.
  readonly #causes = new Set<string>();
  // The user has asked for these again, and waits for what comes of it.
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

  /** Tries again what failed, all or some, and tells in any case what comes of it. */
  retry(which: (upload: SavedFile) => boolean = () => true): void {
    for (const { upload } of this.#queue.failures) {
      if (!which(upload)) continue;
      this.#connections.allowQuestions(upload.place.siteId);
      this.#retried.set(upload.key, upload);
    }
    this.#queue.retry(which);
  }

  /** Asks once more what is to become of an upload that met somebody else's file. */
  async decide(key: string): Promise<void> {
    const failure = this.#queue.failures.find(({ upload }) => upload.key === key);
    if (failure) await this.#askConflict(failure, { modal: true });
  }

  #look(): void {
    for (const failure of this.#queue.failures) {
      if (this.#told.has(failure)) continue;
      this.#told.add(failure);
      // A notice may stand for hours: nobody waits for its answer.
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
      // The first button is the one that Enter presses: it must do no harm to the server's file.
      actions.discard(),
      actions.overwrite(),
    );
    // It may have been retried meanwhile: the answer holds as long as the same file is in the way.
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

  // What failed for the same cause was told together, and is tried together.
  #retryLike(failure: Failure): void {
    const cause = this.#causeOf(failure);
    const alike = this.#queue.failures.filter((each) => this.#causeOf(each) === cause);
    const keys = new Set([failure, ...alike].map(({ upload }) => upload.key));
    this.retry(({ key }) => keys.has(key));
  }

  #causeOf({ upload, error }: Failure): string {
    // From an earlier time there may be many, of several sites and for as many reasons.
    if (error instanceof OwedUploadError) return 'owed';
    return error instanceof UploadConflictError
      ? `${upload.key} ${JSON.stringify(error.found)}`
      : `${upload.place.siteId} ${this.#reasonOf(error)}`;
  }

  // Why nobody could be logged in says it all: what was wanted of the site is told by the file.
  #reasonOf(error: unknown): string {
    return sentenceOf(this.#connections.loginFailure(error) ?? error).replace(/\.$/, '');
  }
}
