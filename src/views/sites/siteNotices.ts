import * as vscode from 'vscode';
import type { UploadQueue } from '../../sync/uploadQueue.ts';
import { plainText } from '../../workspace/sentence.ts';
import type { SiteConnections, SiteState } from '../../workspace/sites/siteConnections.ts';
import type { SiteStore } from '../../workspace/sites/siteStore.ts';
import type { SavedFile } from '../../workspace/sync/savedFile.ts';
import { actions, loginActions, siteWords, statusWords } from '../messages.ts';

/** What the notices work with. */
export interface SiteNoticeParts {
  readonly store: SiteStore;
  readonly connections: SiteConnections;
  readonly uploads: UploadQueue<SavedFile>;
  readonly showLog: () => void;
  readonly diagnose: (siteId: string) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Tells the user once when a site cannot be reached, and when settings cannot be used. VS Code itself
 * shows only an empty folder, without a reason.
 */
export class SiteNotices implements vscode.Disposable {
  readonly #parts: SiteNoticeParts;
  readonly #listeners: readonly Disposable[];
  readonly #told = new Map<string, string>();
  #toldProblems = '';

  constructor(parts: SiteNoticeParts) {
    this.#parts = parts;
    this.#listeners = [
      parts.connections.onDidChange((siteId) => this.#look(siteId)),
      parts.store.onDidChange(() => void this.tellProblems()),
    ];
  }

  /** Tells of entries in the settings that cannot be used, unless the user was told already. */
  async tellProblems(): Promise<void> {
    const { problems } = this.#parts.store;
    const told = problems.join('\n');
    if (told === this.#toldProblems) return;
    this.#toldProblems = told;
    if (problems.length === 0) return;
    const message = `${siteWords.badSettings(problems.length)} ${problems.join(' ')}`;
    const choice = await vscode.window.showWarningMessage(
      plainText(message),
      actions.openSettings(),
    );
    if (choice !== actions.openSettings()) return;
    await vscode.commands.executeCommand('workbench.action.openSettingsJson', {
      revealSetting: { key: 'portside.sites' },
    });
  }

  /** The user connects again: if the site still cannot be reached, the user is told again. */
  renew(siteId: string): void {
    this.#told.delete(siteId);
  }

  dispose(): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
  }

  #look(siteId: string): void {
    const state = this.#parts.connections.state(siteId);
    if (state.kind === 'connected' || state.kind === 'disconnected') this.renew(siteId);
    if (state.kind !== 'failed' || this.#told.get(siteId) === state.reason) return;
    // A pending upload shows a notice of its own, with the name of the file and the same reason.
    if (this.#parts.uploads.pending.some(({ place }) => place.siteId === siteId)) return;
    this.#told.set(siteId, state.reason);
    void this.#tellFailure(siteId, state);
  }

  async #tellFailure(
    siteId: string,
    { why, reason }: Extract<SiteState, { kind: 'failed' }>,
  ): Promise<void> {
    const { store, showLog, diagnose } = this.#parts;
    const name = plainText(store.find(siteId)?.name ?? siteId);
    const choice = await vscode.window.showErrorMessage(
      statusWords.loginFailed(name, reason),
      loginActions[why](),
      actions.diagnose(),
      actions.showLog(),
    );
    this.renew(siteId);
    if (choice === actions.showLog()) showLog();
    if (choice === actions.diagnose()) diagnose(siteId);
    if (choice === loginActions[why]()) await this.#connectAgain(siteId);
  }

  // Retries the uploads that failed without a connection.
  async #connectAgain(siteId: string): Promise<void> {
    const { connections, uploads, onError } = this.#parts;
    try {
      await connections.connect(siteId);
      uploads.retry(({ place }) => place.siteId === siteId);
    } catch (error) {
      onError(error);
    }
  }
}
