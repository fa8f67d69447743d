import * as vscode from 'vscode';
import type { Clock } from '../../base/clock.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { UploadQueue } from '../../sync/uploadQueue.ts';
import type { Activity } from '../../workspace/activity.ts';
import { sentenceOf } from '../../workspace/sentence.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import type { SiteStore } from '../../workspace/sites/siteStore.ts';
import { type SavedFile, UploadConflictError } from '../../workspace/sync/savedFile.ts';
import type { SyncTroubles } from '../../workspace/sync/syncTroubles.ts';
import { type Formats, withoutIcons } from '../formats.ts';
import { actions, statusWords, statusWords as words } from '../messages.ts';
import { hostBeside, siteLines, type Status, type StatusText, statusText } from './statusText.ts';

/** Milliseconds between two updates: faster ones could not be read. */
const pause = 250;

/** What the status bar works with. */
export interface StatusParts {
  readonly store: SiteStore;
  readonly connections: SiteConnections;
  readonly activity: Activity;
  readonly uploads: UploadQueue<SavedFile>;
  readonly troubles: SyncTroubles;
  readonly formats: Formats;
  readonly clock: Clock;
}

/** The state that the status bar shows. */
function currentStatus(parts: StatusParts): Status {
  const { store, connections, activity, uploads, troubles } = parts;
  const sites = store.sites
    .map((site) => ({ site, state: connections.state(site.id) }))
    .filter(({ state }) => state.kind === 'connected' || state.kind === 'connecting');
  const { sentences } = troubles;
  return { sites, activity: activity.state, uploads: uploads.state, troubles: sentences };
}

/** The one item in the status bar. It is hidden while there is nothing to show. */
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

  // The first change is drawn at once. Those that follow within the pause are drawn together after it.
  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    this.#draw();
    const again = (): void => {
      this.#drawing = false;
      this.#draw();
      // The rate changes even without events, so it is drawn again until the transfers have ended.
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

/** What the rows of the list can do. */
export interface StatusListActions {
  openSite(siteId: string): Promise<void>;
  retry(which?: (upload: SavedFile) => boolean): void;
  /** Asks what to do with an upload that found another file on the server. */
  decide(key: string): Promise<void>;
  /** Discards a failed upload. */
  discard(key: string): void;
  openSyncSettings(): Promise<void>;
  diagnose(siteId: string): Promise<void>;
  showLog(): void;
}

interface Row extends vscode.QuickPickItem {
  readonly run?: () => Promise<void> | void;
  /** What its only button does. The row then disappears. */
  readonly dismiss?: () => void;
}

/** Shows connected sites, failed ones and failed uploads, and does what the user chooses. */
export async function showStatusList(parts: StatusParts, does: StatusListActions): Promise<void> {
  const rowsNow = (): readonly Row[] => [
    ...siteRows(parts, does),
    ...lostRows(parts, does),
    ...troubleRows(parts, does),
    ...failureRows(parts, does),
    ...lastRows(does),
  ];
  const rows = rowsNow();
  const chosen = await choose(rows, rowsNow);
  await chosen?.run?.();
}

// Only a list made with `createQuickPick` can handle the buttons of its rows.
function choose(rows: readonly Row[], rowsNow: () => readonly Row[]): Promise<Row | undefined> {
  const list = vscode.window.createQuickPick<Row>();
  list.title = words.name();
  list.placeholder = rows.length === 2 ? words.nothing() : '';
  list.matchOnDetail = true;
  list.items = rows;
  const { promise, resolve } = Promise.withResolvers<Row | undefined>();
  list.onDidAccept(() => {
    resolve(list.selectedItems[0]);
    list.hide();
  });
  list.onDidTriggerItemButton(({ item }) => {
    item.dismiss?.();
    list.items = rowsNow();
  });
  list.onDidHide(() => {
    resolve(undefined);
    list.dispose();
  });
  list.show();
  return promise;
}

function siteRows(parts: StatusParts, does: StatusListActions): Row[] {
  const { sites } = currentStatus(parts);
  if (sites.length === 0) return [];
  const rows = sites.map(({ site, state }): Row => {
    const [, ...rest] = siteLines({ site, state });
    return {
      label: `$(vm-active) ${withoutIcons(visibleText(site.name))}`,
      description: hostBeside(site),
      detail: rest.join(' · '),
      run: () => does.openSite(site.id),
    };
  });
  return [separator(words.connectedSites()), ...rows];
}

function lostRows({ store, connections }: StatusParts, does: StatusListActions): Row[] {
  const rows = store.sites.flatMap((site): Row[] => {
    const state = connections.state(site.id);
    if (state.kind !== 'failed') return [];
    return [
      {
        label: `$(warning) ${withoutIcons(visibleText(site.name))}`,
        description: actions.diagnose(),
        detail: withoutIcons(visibleText(state.reason)),
        run: () => does.diagnose(site.id),
      },
    ];
  });
  return rows.length === 0 ? [] : [separator(words.lostSites()), ...rows];
}

function troubleRows({ troubles }: StatusParts, does: StatusListActions): Row[] {
  const rows = troubles.sentences.map((sentence): Row => ({
    label: `$(warning) ${words.notUploading()}`,
    description: actions.openSettings(),
    detail: withoutIcons(visibleText(sentence)),
    run: () => does.openSyncSettings(),
  }));
  return rows.length === 0 ? [] : [separator(words.troubles()), ...rows];
}

function failureRows({ uploads }: StatusParts, does: StatusListActions): Row[] {
  const { failures } = uploads;
  if (failures.length === 0) return [];
  const rows = failures.map(({ upload, error }): Row => ({
    label: `$(warning) ${withoutIcons(visibleText(upload.place.path))}`,
    detail: withoutIcons(sentenceOf(error)),
    buttons: [{ iconPath: new vscode.ThemeIcon('discard'), tooltip: actions.doNotUpload() }],
    dismiss: () => does.discard(upload.key),
    ...(error instanceof UploadConflictError
      ? { description: actions.decide(), run: () => does.decide(upload.key) }
      : {
          description: actions.retry(),
          run: () => does.retry(({ key }) => key === upload.key),
        }),
  }));
  const all: Row = { label: `$(refresh) ${actions.retryAll()}`, run: () => does.retry() };
  return [separator(words.failedUploads()), ...rows, ...(rows.length > 1 ? [all] : [])];
}

function lastRows(does: StatusListActions): Row[] {
  return [separator(''), { label: `$(output) ${actions.showLog()}`, run: () => does.showLog() }];
}

function separator(label: string): Row {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}
