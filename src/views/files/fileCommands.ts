import * as vscode from 'vscode';
import {
  isEntryName,
  joinPath,
  nameOf,
  parentOf,
  type RemotePath,
  rootPath,
} from '../../base/paths.ts';
import { isTemporaryName } from '../../session/temporaryNames.ts';
import type { FileOptions, RemoteFileSystem } from '../../session/remoteFileSystem.ts';
import type { Activity } from '../../workspace/activity.ts';
import type { Place } from '../../workspace/place.ts';
import { plainText } from '../../workspace/sentence.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import { siteUri } from '../../workspace/siteUri.ts';
import { actions, fileWords as words } from '../messages.ts';
import { type EntryNode, isFolder, type SiteNode } from '../nodes.ts';
import type { SitesTree } from '../sites/sitesView.ts';

/** More names than that would not fit into a dialog. */
const mostNames = 10;

/** What is done to files and folders in the Sites view. */
export class FileCommands {
  readonly #connections: SiteConnections;
  readonly #activity: Activity;
  readonly #tree: SitesTree;

  constructor(connections: SiteConnections, activity: Activity, tree: SitesTree) {
    this.#connections = connections;
    this.#activity = activity;
    this.#tree = tree;
  }

  async open(nodes: readonly EntryNode[]): Promise<void> {
    // One replaces the preview, as in the Explorer; several are all wanted.
    const preview = nodes.length === 1;
    for (const { siteId, path } of nodes) {
      await vscode.commands.executeCommand('vscode.open', siteUri(siteId, path), { preview });
    }
  }

  async newFile(node: SiteNode | EntryNode): Promise<void> {
    const folder = await this.#folderOf(node);
    const name = await askName(words.newFile(plainText(folder)), '');
    if (name === undefined) return;
    const path = joinPath(folder, name);
    await this.#run(node.siteId, (files, options) =>
      files.writeFile(path, () => [], { ...options, create: true, overwrite: false }),
    );
    await vscode.commands.executeCommand('vscode.open', siteUri(node.siteId, path));
  }

  async newFolder(node: SiteNode | EntryNode): Promise<void> {
    const folder = await this.#folderOf(node);
    const name = await askName(words.newFolder(plainText(folder)), '');
    if (name === undefined) return;
    const path = joinPath(folder, name);
    await this.#run(node.siteId, (files, options) => files.createDirectory(path, options));
  }

  /** By VS Code's own edit, so that editors of the file go with it. */
  async rename({ siteId, path }: EntryNode): Promise<void> {
    this.#refuseReadOnly(siteId);
    const old = nameOf(path);
    const name = await askName(words.rename(plainText(old)), old);
    if (name === undefined || name === old) return;
    const from = siteUri(siteId, path);
    const to = siteUri(siteId, joinPath(parentOf(path), name));
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(from, to, { overwrite: false });
    if (await vscode.workspace.applyEdit(edit)) return;
    // An edit says only that it failed; the file system says why.
    await vscode.workspace.fs.rename(from, to, { overwrite: false });
  }

  /** Says what will be gone, and asks first. */
  async delete(nodes: readonly EntryNode[]): Promise<void> {
    for (const { siteId } of nodes) this.#refuseReadOnly(siteId);
    const topmost = withoutNested(nodes);
    if (topmost.length === 0 || !(await confirmDelete(topmost))) return;
    for (const node of topmost) {
      const recursive = node.entry.type === 'directory';
      const uri = siteUri(node.siteId, node.path);
      await vscode.workspace.fs.delete(uri, { recursive });
    }
  }

  /** Forgets what is known below the rows, or of everything where there is none, and looks anew. */
  async refresh(nodes: readonly (SiteNode | EntryNode)[]): Promise<void> {
    for (const node of nodes) {
      const { kind } = this.#connections.state(node.siteId);
      if (kind === 'connected') {
        this.#connections.files(node.siteId).forget(await this.#folderOf(node));
      }
      this.#tree.refresh(node.siteId);
    }
    if (nodes.length > 0) return;
    for (const { id } of this.#connections.sites) {
      const { kind } = this.#connections.state(id);
      if (kind === 'connected') this.#connections.files(id).forget(rootPath);
    }
    this.#tree.refresh();
  }

  /** What the rows stand for; a site for the folder that it begins with. */
  async places(nodes: readonly (SiteNode | EntryNode)[]): Promise<readonly Place[]> {
    const places: Place[] = [];
    for (const node of nodes) {
      const { siteId } = node;
      const path = node.kind === 'site' ? await this.#tree.startFolder(siteId) : node.path;
      places.push({ siteId, path });
    }
    return places;
  }

  // Keys work where a menu would not offer the command.
  #refuseReadOnly(siteId: string): void {
    const { name, readOnly } = this.#connections.site(siteId);
    if (readOnly) throw new Error(words.readOnlySite(name));
  }

  async #folderOf(node: SiteNode | EntryNode): Promise<RemotePath> {
    if (node.kind === 'site') return this.#tree.startFolder(node.siteId);
    return isFolder(node) ? node.path : parentOf(node.path);
  }

  #run<T>(
    siteId: string,
    work: (files: RemoteFileSystem, options: FileOptions) => Promise<T>,
  ): Promise<T> {
    this.#connections.allowQuestions(siteId);
    const files = this.#connections.files(siteId);
    return this.#activity.run(siteId, 'question', (options) => work(files, options));
  }
}

async function askName(prompt: string, value: string): Promise<string | undefined> {
  const dot = value.lastIndexOf('.');
  return vscode.window.showInputBox({
    prompt,
    value,
    valueSelection: [0, dot > 0 ? dot : value.length],
    validateInput: (name) => {
      if (!isEntryName(name)) return words.wrongName();
      return isTemporaryName(name) ? words.reservedName() : undefined;
    },
  });
}

async function confirmDelete(nodes: readonly EntryNode[]): Promise<boolean> {
  const [first] = nodes;
  if (!first) return false;
  const name = plainText(first.entry.name);
  const folders = nodes.some(({ entry }) => entry.type === 'directory');
  const one = folders ? words.deleteFolder(name) : words.deleteFile(name);
  const names = nodes.slice(0, mostNames).map(({ path }) => plainText(path));
  const detail = [
    ...(nodes.length > 1 ? names : []),
    ...(nodes.length > mostNames ? ['…'] : []),
    ...(nodes.length > 1 && folders ? [words.deleteManyFolders()] : []),
    words.deleteDetail(),
  ];
  const choice = await vscode.window.showWarningMessage(
    nodes.length === 1 ? one : words.deleteMany(nodes.length),
    { modal: true, detail: detail.join('\n') },
    actions.delete(),
  );
  return choice === actions.delete();
}

// What lies in a chosen folder goes with it.
function withoutNested(nodes: readonly EntryNode[]): readonly EntryNode[] {
  return nodes.filter(
    (node) =>
      !nodes.some(
        (other) => other.siteId === node.siteId && node.path.startsWith(`${other.path}/`),
      ),
  );
}
