import * as vscode from 'vscode';
import { CancelledError } from '../base/abort.ts';
import type { Logger } from '../base/logger.ts';
import { isUnavailable } from '../session/remoteFileError.ts';
import { activePlace } from '../workspace/files/openDocuments.ts';
import type { Place } from '../workspace/place.ts';
import { sentenceOf } from '../workspace/sentence.ts';
import { placeOf } from '../workspace/siteUri.ts';
import type { SiteConnections } from '../workspace/sites/siteConnections.ts';
import type { ConflictCommands } from './files/conflictCommands.ts';
import type { FileCommands } from './files/fileCommands.ts';
import type { LeftOverCommand } from './files/leftOverCommand.ts';
import type { PermissionCommand } from './files/permissionCommand.ts';
import { actions, statusWords } from './messages.ts';
import { type EntryNode, isFolder, isSitesNode, type SiteNode, type SitesNode } from './nodes.ts';
import type { SiteCommands } from './sites/siteCommands.ts';
import { showStatusList, type StatusListActions, type StatusParts } from './status/statusBar.ts';
import type { UploadNotices } from './transfers/uploadNotices.ts';

/** What the commands set in motion. */
export interface CommandParts {
  readonly sites: SiteCommands;
  readonly files: FileCommands;
  readonly leftOvers: LeftOverCommand;
  readonly permissions: PermissionCommand;
  readonly conflicts: ConflictCommands;
  readonly status: StatusParts;
  readonly uploads: UploadNotices;
  readonly channel: vscode.OutputChannel;
}

/**
 * What a command is given: the rows it is about, the one under the mouse first; and the files of ours
 * that it is called on elsewhere, in the Explorer or on the tab of an editor.
 */
type Command = (
  rows: readonly SitesNode[],
  first: SitesNode | undefined,
  files: readonly Place[],
) => Promise<void> | void;

/** Commands by their names, without the "portside." in front. */
export type Commands = Readonly<Record<string, Command>>;

/** Every command. */
export function createCommands(parts: CommandParts): Commands {
  const { sites, files, leftOvers, permissions, conflicts, status, channel, uploads } = parts;
  return {
    addSite: () => sites.add(),
    editSite: (_, first) => sites.edit(siteIdOf(first)),
    removeSite: (rows) => sites.remove(siteIds(rows)),
    connect: (rows) => sites.connect(siteIds(rows)),
    disconnect: (rows) => sites.disconnect(siteIds(rows)),
    diagnose: (_, first) => sites.diagnose(siteIdOf(first)),
    openAsFolder: (_, first) => sites.openAsFolder(place(first)),
    openFile: (rows) => files.open(entries(rows).filter((entry) => !isFolder(entry))),
    newFile: (_, first) => withPlace(first, (node) => files.newFile(node)),
    newFolder: (_, first) => withPlace(first, (node) => files.newFolder(node)),
    rename: (_, first) =>
      first?.kind === 'entry' ? files.rename(first) : sites.edit(siteIdOf(first)),
    delete: (rows) =>
      entries(rows).length > 0 ? files.delete(entries(rows)) : sites.remove(siteIds(rows)),
    changePermissions: (rows, _, called) =>
      permissions.run(called.length > 0 ? called : entries(rows)),
    showLeftOvers: async (rows, _, called) =>
      leftOvers.run(called.length > 0 ? called : await files.places(rows.filter(isPlace))),
    useMine: (_, __, [called]) => conflicts.useMine(called),
    useServers: (_, __, [called]) => conflicts.useServers(called),
    refresh: (rows) => files.refresh(rows.filter(isPlace)),
    copyAddress: (rows) => sites.copyAddress(rows.filter(isPlace)),
    retryUploads: () => uploads.retry(),
    showLog: () => channel.show(true),
    showStatus: () => showStatusList(status, statusListActions(parts)),
  };
}

function statusListActions({ sites, status, uploads, channel }: CommandParts): StatusListActions {
  return {
    openSite: (siteId) => sites.show(siteId),
    retry: (which) => uploads.retry(which),
    decide: (key) => uploads.decide(key),
    discard: (key) => status.uploads.discard(key),
    openSyncSettings: async () =>
      vscode.commands.executeCommand('workbench.action.openSettings', 'portside.sync'),
    diagnose: (siteId) => sites.diagnose(siteId),
    showLog: () => channel.show(true),
  };
}

/** Registers the commands; what goes wrong in any of them is told in one way. */
export function registerCommands(
  commands: Commands,
  view: vscode.TreeView<SitesNode>,
  onError: (error: unknown) => void,
): vscode.Disposable {
  // The view itself forgets its selection for a moment whenever rows are drawn anew.
  let { selection } = view;
  const following = view.onDidChangeSelection((change) => {
    ({ selection } = change);
  });
  const registered = Object.entries(commands).map(([name, run]) =>
    vscode.commands.registerCommand(`portside.${name}`, async (...args: readonly unknown[]) => {
      const { rows, first } = rowsOf(args, selection);
      try {
        await run(rows, first, calledOn(args));
      } catch (error) {
        onError(error);
      }
    }),
  );
  return vscode.Disposable.from(following, ...registered);
}

/** What the notices of failed commands speak of, and what their buttons do. */
export interface ErrorNetParts {
  readonly logger: Logger;
  readonly connections: SiteConnections;
  readonly showLog: () => void;
  /** Finds out what is wrong with a site that the user chooses. */
  readonly diagnose: () => void;
}

/**
 * Tells the user what went wrong, and offers the log. Cancelling is nothing going wrong, and a site
 * that cannot be reached has a notice of its own.
 */
export function errorNet({
  logger,
  connections,
  showLog,
  diagnose,
}: ErrorNetParts): (error: unknown) => void {
  const tell = async (error: unknown): Promise<void> => {
    const sentence = sentenceOf(error);
    logger.error(sentence);
    const choice = await vscode.window.showErrorMessage(
      statusWords.commandFailed(sentence),
      ...(isUnavailable(error) ? [actions.diagnose()] : []),
      actions.showLog(),
    );
    if (choice === actions.showLog()) showLog();
    if (choice === actions.diagnose()) diagnose();
  };
  return (error) => {
    if (error instanceof CancelledError || connections.isLoginFailure(error)) return;
    void tell(error);
  };
}

// VS Code gives the row under the mouse, then all that are selected; a key gives nothing, and means
// the selection.
function rowsOf(
  args: readonly unknown[],
  selection: readonly SitesNode[],
): { rows: readonly SitesNode[]; first: SitesNode | undefined } {
  const [clicked, selected] = args;
  if (!isSitesNode(clicked)) return { rows: selection, first: selection[0] };
  const all = Array.isArray(selected) ? selected.filter(isSitesNode) : [];
  return { rows: all.length > 0 ? all : [clicked], first: clicked };
}

// The Explorer gives the file under the mouse and all that are selected, a tab its file; the palette
// gives nothing, and means the file one looks at.
function calledOn(args: readonly unknown[]): readonly Place[] {
  const [one, all] = args;
  if (args.length === 0) return [activePlace()].filter((place) => place !== undefined);
  const chosen = Array.isArray(all) && all.length > 0 ? all : [one];
  return chosen
    .map((each) => (each instanceof vscode.Uri ? placeOf(each) : undefined))
    .filter((place) => place !== undefined);
}

function entries(rows: readonly SitesNode[]): readonly EntryNode[] {
  return rows.filter((row) => row.kind === 'entry');
}

function siteIds(rows: readonly SitesNode[]): readonly string[] {
  return [...new Set(rows.filter(isPlace).map(({ siteId }) => siteId))];
}

function siteIdOf(row: SitesNode | undefined): string | undefined {
  return place(row)?.siteId;
}

function place(row: SitesNode | undefined): SiteNode | EntryNode | undefined {
  return row && isPlace(row) ? row : undefined;
}

function isPlace(row: SitesNode): row is SiteNode | EntryNode {
  return row.kind !== 'group';
}

async function withPlace(
  row: SitesNode | undefined,
  run: (node: SiteNode | EntryNode) => Promise<void>,
): Promise<void> {
  const node = place(row);
  if (node) await run(node);
}
