import * as vscode from 'vscode';
import { joinPath, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { visibleText } from '../../base/visibleText.ts';
import type { Activity } from '../../workspace/activity.ts';
import { isReadOnly } from '../../workspace/files/fileStat.ts';
import { siteUri } from '../../workspace/siteUri.ts';
import type { Site } from '../../workspace/sites/site.ts';
import type { SiteConnections, SiteState } from '../../workspace/sites/siteConnections.ts';
import type { SiteStore } from '../../workspace/sites/siteStore.ts';
import { modeLetters, readMode } from '../files/modeText.ts';
import { permissionWords, securityWords, siteWords } from '../messages.ts';
import { type EntryNode, isFolder, type SiteNode, type SitesNode } from '../nodes.ts';
import { hostBeside, stateText } from '../status/statusText.ts';

/** What the Sites view shows, and asks. */
export interface SitesViewParts {
  readonly store: SiteStore;
  readonly connections: SiteConnections;
  readonly activity: Activity;
  /** A folder could not be listed. */
  readonly onError: (error: unknown) => void;
}

/** The sites, and the files of those that are connected. It never connects by itself. */
export class SitesTree implements vscode.TreeDataProvider<SitesNode>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<SitesNode | undefined>;
  readonly #parts: SitesViewParts;
  readonly #changed = new vscode.EventEmitter<SitesNode | undefined>();
  readonly #listeners: readonly Disposable[];
  /** VS Code refreshes a row by the object that it was given for it. */
  readonly #siteNodes = new Map<string, SiteNode>();
  readonly #shownStates = new Map<string, string>();

  constructor(parts: SitesViewParts) {
    this.#parts = parts;
    this.onDidChangeTreeData = this.#changed.event;
    void this.#tellWhetherEmpty();
    this.#listeners = [
      parts.store.onDidChange(() => this.refresh()),
      parts.connections.onDidChange((siteId) => this.#refreshState(siteId)),
      parts.connections.onDidChangeFiles(({ siteId }) => this.refresh(siteId)),
    ];
  }

  /** Draws a site anew, or everything. What is known of its files stays known. */
  refresh(siteId?: string): void {
    if (siteId === undefined) void this.#tellWhetherEmpty();
    this.#changed.fire(siteId === undefined ? undefined : this.siteNode(siteId));
  }

  /** The one row of a site. */
  siteNode(siteId: string): SiteNode {
    const node = this.#siteNodes.get(siteId) ?? { kind: 'site', siteId };
    this.#siteNodes.set(siteId, node);
    return node;
  }

  getTreeItem(node: SitesNode): vscode.TreeItem {
    if (node.kind === 'group') return groupItem(node.name);
    if (node.kind === 'site') return this.#siteItem(node);
    return entryItem(node, this.#parts.store.find(node.siteId));
  }

  async getChildren(node?: SitesNode): Promise<SitesNode[]> {
    try {
      return await this.#children(node);
    } catch (error) {
      this.#parts.onError(error);
      return [];
    }
  }

  async getParent(node: SitesNode): Promise<SitesNode | undefined> {
    if (node.kind === 'group') return undefined;
    if (node.kind === 'site') {
      const group = this.#parts.store.find(node.siteId)?.group;
      return group === undefined ? undefined : { kind: 'group', name: group };
    }
    const folder = parentOf(node.path);
    if (folder === (await this.startFolder(node.siteId))) return this.siteNode(node.siteId);
    const { connections, activity } = this.#parts;
    const entry = await activity.run(node.siteId, 'question', (options) =>
      connections.files(node.siteId).stat(folder, options),
    );
    return { kind: 'entry', siteId: node.siteId, path: folder, entry };
  }

  /** Where browsing begins: the folder that the user chose, or the one that the server does. */
  async startFolder(siteId: string): Promise<RemotePath> {
    const { connections, activity } = this.#parts;
    const { root } = connections.site(siteId);
    if (root) return root;
    return activity.run(siteId, 'question', (options) =>
      connections.files(siteId).homeDirectory(options),
    );
  }

  dispose(): void {
    for (const listener of this.#listeners) listener[Symbol.dispose]();
    this.#changed.dispose();
  }

  async #children(node?: SitesNode): Promise<SitesNode[]> {
    if (!node) return this.#roots();
    if (node.kind === 'group') return this.#sitesOf(node.name);
    if (node.kind === 'entry') return this.#list(node.siteId, node.path);
    if (this.#parts.connections.state(node.siteId).kind !== 'connected') return [];
    return this.#list(node.siteId, await this.startFolder(node.siteId));
  }

  // A site's row is drawn with all its files: not each time that a connection is busy.
  #refreshState(siteId: string): void {
    const state = this.#parts.connections.state(siteId);
    const rung = state.kind === 'connected' ? state.session.rung : undefined;
    const shown = `${state.kind} ${state.kind === 'failed' ? state.reason : (rung ?? '')}`;
    if (this.#shownStates.get(siteId) === shown) return;
    this.#shownStates.set(siteId, shown);
    this.refresh(siteId);
  }

  // VS Code shows the welcome while it waits for the first rows, too: it must know that there are none.
  async #tellWhetherEmpty(): Promise<void> {
    const empty = this.#parts.store.sites.length === 0;
    await vscode.commands.executeCommand('setContext', 'portside.noSites', empty);
  }

  #roots(): SitesNode[] {
    const { sites } = this.#parts.store;
    const groups = new Set(sites.map(({ group }) => group).filter((group) => group !== undefined));
    return [
      ...[...groups].map((name) => ({ kind: 'group', name }) as const),
      ...this.#sitesOf(undefined),
    ];
  }

  #sitesOf(group: string | undefined): SiteNode[] {
    const sites = this.#parts.store.sites.filter((site) => site.group === group);
    return sites.map(({ id }) => this.siteNode(id));
  }

  async #list(siteId: string, folder: RemotePath): Promise<EntryNode[]> {
    const { connections, activity } = this.#parts;
    const entries = await activity.run(siteId, 'question', (options) =>
      connections.files(siteId).readDirectory(folder, options),
    );
    const nodes = entries.map((entry): EntryNode => {
      const path = joinPath(folder, entry.name);
      return { kind: 'entry', siteId, path, entry };
    });
    return sorted(nodes);
  }

  #siteItem({ siteId }: SiteNode): vscode.TreeItem {
    const site = this.#parts.store.find(siteId);
    const state = this.#parts.connections.state(siteId);
    // A row that is about to go away, after its site has been removed.
    if (!site) return new vscode.TreeItem(siteId);
    return siteItem(site, state);
  }
}

function sorted(nodes: readonly EntryNode[]): EntryNode[] {
  const { compare } = new Intl.Collator(undefined, { numeric: true });
  return nodes.toSorted(
    (a, b) => Number(isFolder(b)) - Number(isFolder(a)) || compare(a.entry.name, b.entry.name),
  );
}

function groupItem(name: string): vscode.TreeItem {
  const item = new vscode.TreeItem(visibleText(name), vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group:${name}`;
  item.contextValue = 'group';
  item.iconPath = new vscode.ThemeIcon('folder-library');
  return item;
}

function entryTooltip({ path, entry: { type, mode } }: EntryNode): string {
  // The mode of a link says nothing: its target's counts.
  const digits = mode === undefined || type === 'symlink' ? undefined : readMode(mode);
  if (digits === undefined) return visibleText(path);
  return `${visibleText(path)}\n${permissionWords.tooltip(modeLetters(digits), digits)}`;
}

function entryItem(node: EntryNode, site: Site | undefined): vscode.TreeItem {
  const { siteId, path, entry } = node;
  const folder = isFolder(node);
  const label = path === rootPath ? '/' : visibleText(entry.name);
  const item = new vscode.TreeItem(
    label,
    folder ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
  );
  item.id = `entry:${siteId}${path}`;
  item.resourceUri = siteUri(siteId, path);
  item.iconPath = folder ? vscode.ThemeIcon.Folder : vscode.ThemeIcon.File;
  // A file that may not be written may well be renamed or deleted: its folder decides about that.
  item.contextValue = `${folder ? 'folder' : 'file'}.${site?.readOnly ? 'readonly' : 'writable'}`;
  item.tooltip = entryTooltip(node);
  const target = entry.target === undefined ? '' : `→ ${visibleText(entry.target)}`;
  item.description = [target, isReadOnly(entry) ? siteWords.readOnly() : '']
    .filter((word) => word !== '')
    .join(' ');
  // VS Code knows this command in a tree: one click shows the file and leaves the keys here, two
  // clicks keep it open.
  if (!folder) item.command = { command: 'vscode.open', title: '', arguments: [item.resourceUri] };
  return item;
}

const stateIcons = {
  disconnected: 'vm-outline',
  connecting: 'loading~spin',
  connected: 'vm-active',
  failed: 'warning',
} satisfies Record<SiteState['kind'], string>;

/** A site's row: its state by icon and words, never by colour alone. */
export function siteItem(site: Site, state: SiteState): vscode.TreeItem {
  const name = visibleText(site.name);
  const connected = state.kind === 'connected';
  const item = new vscode.TreeItem(
    name,
    connected ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
  );
  const words = [
    stateText(state),
    ...(site.readOnly ? [siteWords.readOnly()] : []),
    ...(state.kind === 'connected' && state.session.rung ? [state.session.rung] : []),
  ];
  item.id = `site:${site.id}`;
  item.iconPath = new vscode.ThemeIcon(stateIcons[state.kind], iconColor(site, state));
  item.description = state.kind === 'disconnected' ? hostBeside(site) : (words[0] ?? '');
  item.contextValue = [
    'site',
    connected ? 'connected' : 'disconnected',
    site.readOnly ? 'readonly' : 'writable',
    ...(state.kind === 'failed' ? ['failed'] : []),
  ].join('.');
  item.tooltip = siteTooltip(site, state, words);
  item.accessibilityInformation = { label: [name, ...words].join(', ') };
  // A site is opened as a file is: by choosing it. Until then there is nothing inside to show.
  if (!connected) {
    item.command = {
      command: 'portside.connect',
      title: '',
      arguments: [{ kind: 'site', siteId: site.id }],
    };
  }
  return item;
}

function iconColor(site: Site, state: SiteState): vscode.ThemeColor | undefined {
  if (state.kind === 'failed') return new vscode.ThemeColor('list.warningForeground');
  return site.color && new vscode.ThemeColor(`charts.${site.color}`);
}

function siteTooltip(
  site: Site,
  state: SiteState,
  words: readonly string[],
): vscode.MarkdownString {
  const user = site.username === undefined ? siteWords.anonymous() : visibleText(site.username);
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(visibleText(site.name)).appendMarkdown('**\n\n');
  tooltip.appendText(`${user} @ ${visibleText(site.host)}:${site.port}\n`);
  tooltip.appendText(`${securityWords(site.security).label}\n`);
  tooltip.appendText(words.join(' · '));
  if (state.kind === 'failed') tooltip.appendText(`\n${state.reason}`);
  return tooltip;
}
