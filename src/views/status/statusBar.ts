import * as vscode from 'vscode';
import type { Clock } from '../../base/clock.ts';
import type { UploadQueue } from '../../sync/uploadQueue.ts';
import type { Activity } from '../../workspace/activity.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import type { SiteStore } from '../../workspace/sites/siteStore.ts';
import type { SavedFile } from '../../workspace/sync/savedFile.ts';
import type { SyncTroubles } from '../../workspace/sync/syncTroubles.ts';
import type { Formats } from '../formats.ts';
import { actions, statusWords } from '../messages.ts';
import { type Status, type StatusText, statusText } from './statusText.ts';

/** Milliseconds between two drawings: faster, nobody could read it. */
const pause = 250;

/** What the status bar speaks of, and with. */
export interface StatusParts {
  readonly store: SiteStore;
  readonly connections: SiteConnections;
  readonly activity: Activity;
  readonly uploads: UploadQueue<SavedFile>;
  readonly troubles: SyncTroubles;
  readonly formats: Formats;
  readonly clock: Clock;
}

/** What is to be said at the moment. */
export function currentStatus(parts: StatusParts): Status {
  const { store, connections, activity, uploads, troubles } = parts;
  const sites = store.sites
    .map((site) => ({ site, state: connections.state(site.id) }))
    .filter(({ state }) => state.kind === 'connected' || state.kind === 'connecting');
  const { sentences } = troubles;
  return { sites, activity: activity.state, uploads: uploads.state, troubles: sentences };
}

/** The one item in the status bar; hidden while there is nothing to say. */
export class StatusBar implements vscode.Disposable {
  readonly #parts: StatusParts;
  readonly #item: vscode.StatusBarItem;
  readonly #listeners: readonly Disposable[];
  readonly #stop = new AbortController();
  #drawing = false;

  constructor(parts: StatusParts) {
    this.#parts = parts;
    this.#item = vscode.window.createStatusBarItem('status', vscode.StatusBarAlignment.Left, 10);
    this.#item.name = statusWords.name();
    this.#item.command = 'portside.showStatus';
    const draw = (): void => this.#drawSoon();
    const { store, connections, activity, uploads, troubles } = parts;
    this.#listeners = [
      store.onDidChange(draw),
      connections.onDidChange(draw),
      activity.onDidChange(draw),
      uploads.onDidChange(draw),
      troubles.onDidChange(draw),
    ];
  }

  dispose(): void {
    this.#stop.abort();
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    this.#item.dispose();
  }

  // The first change is drawn at once, those of the next moment together after it.
  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    this.#draw();
    const again = (): void => {
      this.#drawing = false;
      this.#draw();
      // A rate sinks though nothing happens: it is looked at until the transfers have ended.
      if (this.#parts.activity.state.transfers > 0) this.#drawSoon();
    };
    this.#parts.clock.sleep(pause, this.#stop.signal).then(again, () => {});
  }

  #draw(): void {
    const status = statusText(currentStatus(this.#parts), this.#parts.formats);
    if (!status) {
      this.#item.hide();
      return;
    }
    this.#item.text = status.text;
    this.#item.tooltip = tooltipOf(status, this.#parts.uploads.state.failed > 0);
    this.#item.backgroundColor =
      status.tone === 'warning'
        ? new vscode.ThemeColor('statusBarItem.warningBackground')
        : undefined;
    this.#item.accessibilityInformation = {
      label: [statusWords.name(), ...status.lines].join(', '),
      role: 'button',
    };
    this.#item.show();
  }
}

function tooltipOf({ lines }: StatusText, retry: boolean): vscode.MarkdownString {
  const tooltip = new vscode.MarkdownString();
  for (const line of lines) tooltip.appendText(line).appendMarkdown('\n\n');
  if (retry) {
    tooltip.isTrusted = { enabledCommands: ['portside.retryUploads'] };
    tooltip.appendMarkdown(`[${actions.retryAll()}](command:portside.retryUploads)`);
  }
  return tooltip;
}
