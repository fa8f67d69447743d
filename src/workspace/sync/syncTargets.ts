import * as vscode from 'vscode';
import {
  excludeGlobs,
  excludeIgnored,
  foldersAbove,
  type IgnoreFile,
  relativePath,
  toRemote,
} from '../../sync/mapping.ts';
import type { Place } from '../place.ts';
import { scheme } from '../siteUri.ts';
import type { Site } from '../sites/site.ts';
import { readSyncMapping, type SyncMapping } from '../settings.ts';

const ignoreFileName = '.gitignore';

/** As it stands in a file of settings. */
const settingName = '"portside.sync"';

/** Where a local file belongs, if anywhere, or why its folder's setting cannot say so. */
export type SyncTarget =
  | { readonly kind: 'mapped'; readonly place: Place }
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'problem'; readonly sentence: string };

const unmapped: SyncTarget = { kind: 'unmapped' };

/** Finds out where files of this window's folders belong. */
export class SyncTargets {
  readonly #sites: { readonly sites: readonly Site[] };

  constructor(sites: { readonly sites: readonly Site[] }) {
    this.#sites = sites;
  }

  /** True where the file may belong somewhere: what `find` says takes longer. */
  mayBeMapped(uri: vscode.Uri): boolean {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    if (!folder || uri.scheme === scheme || !vscode.workspace.isTrusted) return false;
    return typeof mappingOf(folder) === 'object';
  }

  async find(uri: vscode.Uri): Promise<SyncTarget> {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    if (!folder || uri.scheme === scheme) return unmapped;
    if (!vscode.workspace.isTrusted) {
      // VS Code itself hides the folder's settings then.
      const meant = mappingOf(folder) !== undefined || (await isMentioned(folder));
      return meant ? problem(untrusted) : unmapped;
    }
    const mapping = mappingOf(folder);
    if (mapping === undefined) return hasUnsavedMapping(folder) ? problem(unsaved) : unmapped;
    if (typeof mapping === 'string') return problem(mapping);
    const relative = relativePath(folder.uri.path, uri.path);
    const path = relative === undefined ? undefined : toRemote(mapping.remotePath, relative);
    if (relative === undefined || path === undefined) return unmapped;
    if (await isExcluded(folder.uri, relative, mapping)) return unmapped;
    const siteId = this.#siteId(mapping.site);
    return siteId.kind === 'site' ? { kind: 'mapped', place: { siteId: siteId.id, path } } : siteId;
  }

  #siteId(wanted: string): { kind: 'site'; id: string } | Extract<SyncTarget, { kind: 'problem' }> {
    const { sites } = this.#sites;
    const found = sites.find(({ id }) => id === wanted);
    const named = found ? [found] : sites.filter(({ name }) => name === wanted);
    const [site] = named;
    if (site && named.length === 1) return { kind: 'site', id: site.id };
    return problem(
      site
        ? `portside.sync: several of your sites are called "${wanted}". Name the one you mean by its "id"; nothing is uploaded.`
        : `portside.sync: none of your sites has the id or the name "${wanted}"; nothing is uploaded.`,
    );
  }
}

const untrusted =
  'This folder has a portside.sync, which does not count in Restricted Mode: nothing is uploaded before you trust the workspace.';
const unsaved = 'portside.sync stands in settings that are not saved yet; nothing is uploaded.';
const ofAllFolders =
  'portside.sync is set for several folders at once, whose files would go into one: set it in the settings of each folder. Nothing is uploaded.';

function problem(sentence: string): Extract<SyncTarget, { kind: 'problem' }> {
  return { kind: 'problem', sentence };
}

function mappingOf(folder: vscode.WorkspaceFolder): SyncMapping | string | undefined {
  const settings = vscode.workspace.getConfiguration('portside', folder.uri);
  const mapping = readSyncMapping(settings.get('sync'));
  if (typeof mapping !== 'object') return mapping;
  const several = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
  const own = settings.inspect('sync')?.workspaceFolderValue;
  return several && (own === undefined || own === null) ? ofAllFolders : mapping;
}

function settingsFiles(folder: vscode.WorkspaceFolder): readonly vscode.Uri[] {
  const { workspaceFile } = vscode.workspace;
  const own = vscode.Uri.joinPath(folder.uri, '.vscode', 'settings.json');
  return workspaceFile ? [own, workspaceFile] : [own];
}

function hasUnsavedMapping(folder: vscode.WorkspaceFolder): boolean {
  const names = settingsFiles(folder).map(String);
  return vscode.workspace.textDocuments.some(
    (document) =>
      document.isDirty &&
      names.includes(document.uri.toString()) &&
      document.getText().includes(settingName),
  );
}

async function isMentioned(folder: vscode.WorkspaceFolder): Promise<boolean> {
  const texts = await Promise.all(settingsFiles(folder).map(textOf));
  return texts.some((text) => text?.includes(settingName));
}

async function isExcluded(
  folder: vscode.Uri,
  relative: string,
  mapping: SyncMapping,
): Promise<boolean> {
  if (excludeGlobs(mapping.exclude)(relative)) return true;
  if (!mapping.useIgnoreFiles) return false;
  const files = await Promise.all(foldersAbove(relative).map((each) => ignoreFile(folder, each)));
  return excludeIgnored(files.filter((file) => file !== undefined))(relative);
}

async function ignoreFile(root: vscode.Uri, folder: string): Promise<IgnoreFile | undefined> {
  const text = await textOf(vscode.Uri.joinPath(root, folder, ignoreFileName));
  return text === undefined ? undefined : { folder, text };
}

async function textOf(uri: vscode.Uri): Promise<string | undefined> {
  try {
    return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined;
    throw error;
  }
}
