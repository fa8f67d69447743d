import * as vscode from 'vscode';
import type { Logger } from '../../base/logger.ts';
import { parentOf, type RemotePath } from '../../base/paths.ts';
import { identityOf, sha256Of } from '../../session/known/fileIdentity.ts';
import { makeFolders } from '../../session/changing/makeFolders.ts';
import { RemoteFileError } from '../../session/remoteFileError.ts';
import type {
  Expected,
  FileIdentity,
  FileOptions,
  RemoteFileSystem,
  WriteOutcome,
} from '../../session/remoteFileSystem.ts';
import type { Base, Bytes, Link, LinkedFiles } from '../../sync/linkedFiles.ts';
import type { Upload } from '../../sync/uploadQueue.ts';
import type { Activity } from '../activity.ts';
import { type Place, placeKey } from '../place.ts';
import { plainText, sentenceOf } from '../sentence.ts';
import type { SiteConnections } from '../sites/siteConnections.ts';
import type { SyncTargets } from './syncTargets.ts';

/** A local file that was saved, and its place on the server. */
export interface SavedFile extends Upload {
  readonly place: Place;
  readonly local: vscode.Uri;
  /** The server's file that the user has agreed to overwrite. */
  readonly agreed?: Expected;
}

/** The same file in two places, or two files in the same, are two uploads. */
export function savedFile(local: vscode.Uri, place: Place): SavedFile {
  return { key: `${placeKey(place)} ${local.toString()}`, place, local };
}

/** The same, in the form that is remembered. */
export function linkOf({ key, local, place }: SavedFile): Link {
  return { key, local: local.toString(), ...place };
}

/** What the server's file was compared with: the last upload, the file here before the edit, or nothing. */
export type ComparedWith = 'upload' | 'edited' | 'nothing';

/** Another file is on the server, which Portside does not know. */
export class UploadConflictError extends Error {
  override readonly name = 'UploadConflictError';
  readonly found: Expected;

  constructor(path: RemotePath, against: ComparedWith, found: Expected) {
    super(found === 'absent' ? `${path} ${goneSince}` : conflictSentences[against](path));
    this.found = found;
  }
}

const goneSince = 'was deleted on the server since it was last uploaded';
const conflictSentences = {
  upload: (path) => `${path} on the server is not the file that was last uploaded`,
  edited: (path) => `${path} on the server is not the file that was here before you edited it`,
  nothing: (path) => `There is already another file at ${path}, which was not uploaded from here`,
} satisfies Record<ComparedWith, (path: RemotePath) => string>;

/** The saved file has no place on the server any more: only the user can decide what to do. */
export class UploadLostItsWayError extends Error {
  override readonly name = 'UploadLostItsWayError';
}

/** What an upload works with. */
export interface UploadParts {
  readonly connections: SiteConnections;
  readonly activity: Activity;
  readonly linked: LinkedFiles;
  readonly targets: Pick<SyncTargets, 'find'>;
  readonly logger: Logger;
}

/**
 * Uploads what the local file holds now. It replaces only what both sides last agreed on, what was on
 * this disk before the edit, or the same bytes. Rejects with an `UploadConflictError` when something
 * else is on the server.
 */
export async function uploadSavedFile(
  parts: UploadParts,
  saved: SavedFile,
  signal: AbortSignal,
): Promise<void> {
  const { linked, logger } = parts;
  const unwritten = (error: unknown): void =>
    logger.warn(`What is known about ${saved.place.path} could not be saved: ${sentenceOf(error)}`);
  try {
    const base = await linked.base(saved.key);
    const identity = await upload(parts, saved, base, signal);
    await linked.uploaded(saved.key, identity, base).catch(unwritten);
  } catch (error) {
    // When the window closes, the upload has not failed: it stays owed as it was.
    if (!signal.aborted) await linked.failed(linkOf(saved), sentenceOf(error)).catch(unwritten);
    throw error;
  }
}

async function upload(
  { connections, activity, targets }: UploadParts,
  saved: SavedFile,
  base: Base,
  signal: AbortSignal,
): Promise<FileIdentity> {
  const { siteId, path } = saved.place;
  await stillLeadsThere(targets, saved);
  const content = await readLocal(saved.local);
  const own = { size: content.length, sha256: sha256Of(content) };
  const whole = { files: connections.files(siteId), path, content, own, base };
  return activity.run(siteId, 'transfer', (options) => send(whole, saved.agreed, options), signal);
}

// The save may be hours ago: the setting may have changed since, or the workspace is not trusted now.
async function stillLeadsThere(
  targets: UploadParts['targets'],
  { local, place }: SavedFile,
): Promise<void> {
  const target = await targets.find(local);
  if (target.kind === 'problem') throw new UploadLostItsWayError(target.sentence);
  if (target.kind === 'mapped' && placeKey(target.place) === placeKey(place)) return;
  throw new UploadLostItsWayError(
    `portside.sync does not lead to ${place.path} on "${place.siteId}" any more`,
  );
}

async function readLocal(local: vscode.Uri): Promise<Uint8Array> {
  try {
    return await vscode.workspace.fs.readFile(local);
  } catch (error) {
    if (!(error instanceof vscode.FileSystemError) || error.code !== 'FileNotFound') throw error;
    throw new UploadLostItsWayError(
      `${plainText(local.path)} has been deleted or renamed here before it was uploaded`,
    );
  }
}

interface WholeFile {
  readonly files: RemoteFileSystem;
  readonly path: RemotePath;
  readonly content: Uint8Array;
  readonly own: Bytes;
  readonly base: Base;
}

/** How often a changed file on the server is looked at again: it seldom changes while we look. */
const mostLooks = 4;

/** Up to this size the bytes are compared even where the size already differs; above it the size is enough. */
const largestRead = 1024 * 1024;

/** An expectation that no file meets: the write then reports the file that is there, with its bytes. */
const nothingLike: FileIdentity = {
  size: undefined,
  modified: undefined,
  unique: undefined,
  sha256: undefined,
  settled: false,
};

async function send(
  upload: WholeFile,
  allowed: Expected | undefined,
  options: FileOptions,
): Promise<FileIdentity> {
  const { path, own, base } = upload;
  let found: Expected | undefined = allowed ? undefined : await otherBySize(upload, options);
  if (found) throw new UploadConflictError(path, comparedWith(base), found);
  let expected = allowed ?? firstExpected(upload);
  for (let look = 0; look < mostLooks; look++) {
    const outcome = await write(upload, expected, options);
    if (outcome.kind === 'written') return outcome.identity;
    found = await withBytes(upload, outcome.found, options);
    // The server may have the same bytes already: then there is nothing to decide or to send.
    if (found !== 'absent' && found.sha256 === own.sha256) return found;
    if (!mayReplace(found, base, allowed)) break;
    expected = found;
  }
  throw new UploadConflictError(path, comparedWith(base), found ?? 'absent');
}

// To compare a file, its bytes may have to be read. If a large file has another size than every file
// that is expected there, its facts are enough to ask the user, and to replace it if the answer is yes.
async function otherBySize(
  upload: WholeFile,
  options: FileOptions,
): Promise<FileIdentity | undefined> {
  const { files, path } = upload;
  try {
    // The folder's listing tells, and the write needs it anyway.
    const listed = await files.stat(path, options);
    if (listed.type !== 'file' || (listed.size ?? 0) <= largestRead) return undefined;
    const entry = await files.stat(path, { ...options, fresh: true, exact: true });
    if (entry.size === undefined || knownSizes(upload).includes(entry.size)) return undefined;
    return identityOf(entry, { sha256: undefined, settled: true });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function knownSizes({ own, base }: WholeFile): readonly (number | undefined)[] {
  return [own, base.agreed, ...base.before].map((known) => known?.size);
}

function comparedWith({ agreed, before }: Base): ComparedWith {
  if (agreed) return 'upload';
  return before.length > 0 ? 'edited' : 'nothing';
}

function firstExpected({ own, base }: WholeFile): Expected {
  const known = [base.agreed, ...base.before].filter((each) => each !== undefined);
  const [first] = known;
  if (first === undefined) return 'absent';
  // The server may already have the new bytes: to look is cheaper than to send them again.
  if (known.some(({ sha256 }) => sha256 === own.sha256)) return nothingLike;
  return { ...nothingLike, ...first };
}

function mayReplace(found: Expected, base: Base, allowed: Expected | undefined): boolean {
  if (found === 'absent') return base.agreed === undefined && allowed === undefined;
  const { sha256 } = found;
  if (sha256 === undefined) return false;
  return [base.agreed, ...base.before].some((known) => known?.sha256 === sha256);
}

// The session does not read large files to compare them. Here they are read, but only if their size is
// that of a known file.
async function withBytes(
  upload: WholeFile,
  found: Expected,
  options: FileOptions,
): Promise<Expected> {
  const { files, path } = upload;
  if (found === 'absent' || found.sha256 !== undefined) return found;
  if (found.size === undefined || !knownSizes(upload).includes(found.size)) return found;
  const read = await files.readFile(path, { ...options, limit: found.size });
  return read.identity;
}

async function write(
  { files, path, content }: WholeFile,
  expected: Expected,
  options: FileOptions,
): Promise<WriteOutcome> {
  const how = { ...options, create: true, overwrite: true, expected };
  const put = (): Promise<WriteOutcome> => files.writeFile(path, () => [content], how);
  try {
    return await put();
  } catch (error) {
    if (!isNotFound(error)) throw error;
    await makeFolders(files, parentOf(path), options);
    return await put();
  }
}

function isNotFound(error: unknown): boolean {
  return error instanceof RemoteFileError && error.reason === 'notFound';
}
