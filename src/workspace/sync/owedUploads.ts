import * as vscode from 'vscode';
import { CancelledError } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { isUnavailable, RemoteFileError } from '../../session/remoteFileError.ts';
import type { LinkedFiles } from '../../sync/linkedFiles.ts';
import type { FailedUpload, UploadQueue } from '../../sync/uploadQueue.ts';
import type { SiteConnections, SiteState } from '../sites/siteConnections.ts';
import { loginFailureOf } from '../sites/siteLogin.ts';
import type { SavedFile } from './savedFile.ts';

/** An upload that was owed when a window closed, and has not been tried since. */
export class OwedUploadError extends Error {
  override readonly name = 'OwedUploadError';

  constructor(reason: string | undefined) {
    super(reason ?? 'The window closed before it was uploaded');
  }
}

/** Puts among the failures what the folders of this window owe from an earlier time. */
export async function restoreOwedUploads(
  queue: UploadQueue<SavedFile>,
  linked: LinkedFiles,
): Promise<void> {
  const owed = (await linked.owed()).map(({ link, reason }) => {
    const { key, siteId, path } = link;
    const upload = { key, place: { siteId, path }, local: vscode.Uri.parse(link.local) };
    return { upload, error: new OwedUploadError(reason) };
  });
  const ours = owed.filter(({ upload }) => vscode.workspace.getWorkspaceFolder(upload.local));
  if (ours.length > 0) queue.restore(ours);
}

/** Milliseconds to the first attempt: what was lost for a moment is back by then. */
const firstPause = 30_000;

/** Milliseconds between two attempts at most: a server that is back over night is found by noon. */
const longestPause = 15 * 60_000;

/** What retries need to know of sites. */
export interface RetryParts {
  readonly connections: Connections;
  /** True where connecting asks the user nothing: nobody is asked for a password out of the blue. */
  readonly connectsUnasked: (siteId: string) => Promise<boolean>;
  readonly clock: Clock;
}

type Connections = Pick<SiteConnections, 'state' | 'loginFailure' | 'onDidChange'>;

/**
 * Tries again by itself what failed because a site did not answer: as soon as somebody has connected
 * it, and after pauses that grow. What a server refused, and what only the user can decide, waits for
 * the user.
 */
export class UploadRetry implements Disposable {
  readonly #queue: UploadQueue<SavedFile>;
  readonly #connections: Connections;
  readonly #connectsUnasked: RetryParts['connectsUnasked'];
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #listeners: readonly Disposable[];
  // How often was tried in vain, and for which sites a pause runs.
  readonly #attempts = new Map<string, number>();
  readonly #pausing = new Set<string>();
  readonly #kinds = new Map<string, SiteState['kind']>();

  constructor(queue: UploadQueue<SavedFile>, { connections, connectsUnasked, clock }: RetryParts) {
    this.#queue = queue;
    this.#connections = connections;
    this.#connectsUnasked = connectsUnasked;
    this.#clock = clock;
    this.#listeners = [
      queue.onDidChange(() => this.#look()),
      connections.onDidChange((siteId) => this.#follow(siteId)),
    ];
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }

  #look(): void {
    const { failures, pending } = this.#queue;
    for (const failure of failures) {
      if (this.#passes(failure)) this.#pause(failure.upload.place.siteId);
    }
    const busy = new Set([...failures.map(({ upload }) => upload), ...pending].map(siteOf));
    for (const siteId of this.#attempts.keys()) {
      if (!busy.has(siteId)) this.#attempts.delete(siteId);
    }
  }

  #pause(siteId: string): void {
    if (this.#pausing.has(siteId)) return;
    const attempt = this.#attempts.get(siteId) ?? 0;
    const ms = Math.min(longestPause, firstPause * 2 ** attempt);
    this.#pausing.add(siteId);
    // It ends by itself, with the window at the latest.
    void this.#retryAfter(ms, siteId, attempt).catch(() => {});
  }

  async #retryAfter(ms: number, siteId: string, attempt: number): Promise<void> {
    await this.#clock.sleep(ms, this.#stop.signal);
    const may = await this.#connectsUnasked(siteId).catch(() => false);
    this.#stop.signal.throwIfAborted();
    this.#pausing.delete(siteId);
    this.#attempts.set(siteId, attempt + 1);
    if (may) this.#retry(siteId, (failure) => this.#passes(failure));
    else this.#look();
  }

  #follow(siteId: string): void {
    const { kind } = this.#connections.state(siteId);
    const before = this.#kinds.get(siteId);
    this.#kinds.set(siteId, kind);
    if (kind !== 'connected' || before === 'connected') return;
    // The user who disconnects means it: only a new connection takes up what that broke off.
    this.#retry(
      siteId,
      (failure) => this.#passes(failure) || this.#failedOf(failure, CancelledError),
    );
  }

  #retry(siteId: string, may: (failure: FailedUpload<SavedFile>) => boolean): void {
    const again = this.#queue.failures.filter(
      (failure) => siteOf(failure.upload) === siteId && may(failure),
    );
    const keys = new Set(again.map(({ upload }) => upload.key));
    if (keys.size > 0) this.#queue.retry(({ key }) => keys.has(key));
  }

  #passes({ error }: FailedUpload<SavedFile>): boolean {
    if (error instanceof OwedUploadError) return true;
    if (error instanceof RemoteFileError && error.reason === 'damaged') return true;
    const login = this.#connections.loginFailure(error);
    return isUnavailable(error) && (!login || loginFailureOf(login) === 'unreachable');
  }

  #failedOf({ error }: FailedUpload<SavedFile>, kind: typeof CancelledError): boolean {
    return error instanceof kind;
  }
}

function siteOf({ place }: SavedFile): string {
  return place.siteId;
}
