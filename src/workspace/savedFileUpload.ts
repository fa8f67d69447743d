import * as vscode from 'vscode';
import { sameBytes } from '../base/bytes.ts';
import { parentOf, type RemotePath } from '../base/paths.ts';
import { makeFolders } from '../session/makeFolders.ts';
import { RemoteFileError } from '../session/remoteFileError.ts';
import type {
  Expected,
  FileIdentity,
  FileOptions,
  RemoteFileSystem,
} from '../session/remoteFileSystem.ts';
import type { Upload } from '../sync/uploadQueue.ts';
import type { Activity } from './activity.ts';
import type { EditorIdentities } from './editorIdentities.ts';
import { type Place, placeKey } from './place.ts';
import type { SiteConnections } from './siteConnections.ts';

/** A local file that was saved, and where it belongs. */
export interface SavedFile extends Upload {
  readonly place: Place;
  readonly local: vscode.Uri;
  /** What may be overwritten, where the user was shown it and said so. */
  readonly agreed?: Expected;
}

/** Somebody else's file is where the saved one belongs. */
export class UploadConflictError extends Error {
  override readonly name = 'UploadConflictError';
  readonly found: Expected;

  constructor(path: RemotePath, expected: Expected, found: Expected) {
    super(conflictSentence(path, expected, found));
    this.found = found;
  }
}

function conflictSentence(path: RemotePath, expected: Expected, found: Expected): string {
  if (found === 'absent') return `${path} was deleted on the server since it was last uploaded`;
  return expected === 'absent'
    ? `There is another file at ${path} already, which was not uploaded from here`
    : `${path} on the server is not the file that was last uploaded`;
}

/** What an upload needs. */
export interface UploadParts {
  readonly connections: SiteConnections;
  readonly activity: Activity;
  /** Of what we have uploaded; kept with the workspace. */
  readonly identities: EditorIdentities;
}

/**
 * Uploads what the local file holds now, over nothing but what was last uploaded there. Rejects
 * with an `UploadConflictError` when something else is there.
 */
export async function uploadSavedFile(
  parts: UploadParts,
  saved: SavedFile,
  signal: AbortSignal,
): Promise<void> {
  const { connections, activity, identities } = parts;
  const { siteId, path } = saved.place;
  const content = await vscode.workspace.fs.readFile(saved.local);
  const upload = { files: connections.files(siteId), path, content };
  const key = placeKey(saved.place);
  const expected = saved.agreed ?? identities.get(key) ?? 'absent';
  const identity = await activity.run(
    siteId,
    'transfer',
    (options) => write(upload, expected, options),
    signal,
  );
  identities.written(key, identity);
}

interface WholeFile {
  readonly files: RemoteFileSystem;
  readonly path: RemotePath;
  readonly content: Uint8Array;
}

async function write(
  upload: WholeFile,
  expected: Expected,
  options: FileOptions,
): Promise<FileIdentity> {
  const { files, path, content } = upload;
  const how = { ...options, create: true, overwrite: true, expected };
  const source = (): readonly Uint8Array[] => [content];
  const outcome = await inFolder(files, parentOf(path), options, () =>
    files.writeFile(path, source, how),
  );
  if (outcome.kind === 'written') return outcome.identity;
  const same = await sameOnServer(upload, outcome.found, options);
  if (same) return same;
  throw new UploadConflictError(path, expected, outcome.found);
}

// Another tool may have uploaded the same bytes: then there is nothing to decide, and nothing to do.
async function sameOnServer(
  { files, path, content }: WholeFile,
  found: Expected,
  options: FileOptions,
): Promise<FileIdentity | undefined> {
  if (found === 'absent' || (found.size !== undefined && found.size !== content.length)) {
    return undefined;
  }
  const read = await files.readFile(path, { ...options, limit: content.length });
  return sameBytes(read.content, content) ? read.identity : undefined;
}

async function inFolder<T>(
  files: RemoteFileSystem,
  folder: RemotePath,
  options: FileOptions,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await makeFolders(files, folder, options);
    return await work();
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RemoteFileError && error.reason === 'notFound';
}
