import * as vscode from 'vscode';
import type { Logger } from '../base/logger.ts';
import { excludeGlobs, excludeIgnored, foldersAbove, type IgnoreFile } from '../sync/exclusion.ts';
import { relativePath, toRemote } from '../sync/mapping.ts';
import type { UploadQueue } from '../sync/uploadQueue.ts';
import { placeKey } from './place.ts';
import type { SavedFile } from './savedFileUpload.ts';
import { scheme } from './siteUri.ts';
import { readSyncMapping, type SyncMapping } from './syncSettings.ts';

const ignoreFileName = '.gitignore';

/** Puts every saved file of a mapped folder into the queue, as long as the workspace is trusted. */
export function syncOnSave(
  queue: UploadQueue<SavedFile>,
  logger: Logger,
  onProblem: (error: unknown) => void,
): vscode.Disposable {
  // One after the other, so that the queue keeps the order of the saves.
  let looking: Promise<void> = Promise.resolve();
  let told: string | undefined;
  const look = async (uri: vscode.Uri): Promise<void> => {
    const saved = await mappedFile(uri);
    const problem = typeof saved === 'string' ? saved : undefined;
    // A setting that cannot be used is told once, not at every save.
    if (problem !== undefined && problem !== told) onProblem(problem);
    told = problem;
    if (typeof saved === 'object') queue.add(saved);
  };
  const saved = (uri: vscode.Uri): void => {
    if (uri.scheme === scheme || !vscode.workspace.isTrusted) return;
    looking = looking
      .then(() => look(uri))
      .catch((error: unknown) => {
        logger.error(`${uri.path} is not queued for upload`);
        onProblem(error);
      });
  };
  return vscode.Disposable.from(
    vscode.workspace.onDidSaveTextDocument(({ uri }) => saved(uri)),
    vscode.workspace.onDidSaveNotebookDocument(({ uri }) => saved(uri)),
  );
}

async function mappedFile(uri: vscode.Uri): Promise<SavedFile | string | undefined> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  if (!folder) return undefined;
  const setting = vscode.workspace.getConfiguration('portside', folder.uri).get('sync');
  const mapping = readSyncMapping(setting);
  if (typeof mapping !== 'object') return mapping;
  const relative = relativePath(folder.uri.path, uri.path);
  const path = relative === undefined ? undefined : toRemote(mapping.remotePath, relative);
  if (relative === undefined || path === undefined) return undefined;
  if (await isExcluded(folder.uri, relative, mapping)) return undefined;
  const place = { siteId: mapping.siteId, path };
  return { key: placeKey(place), place, local: uri };
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
  try {
    const uri = vscode.Uri.joinPath(root, folder, ignoreFileName);
    const bytes = await vscode.workspace.fs.readFile(uri);
    return { folder, text: new TextDecoder().decode(bytes) };
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return undefined;
    throw error;
  }
}
