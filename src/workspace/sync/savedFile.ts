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

/** A local file that was saved, and where it belongs. */
export interface SavedFile extends Upload {
  readonly place: Place;
  readonly local: vscode.Uri;
  /** What may be overwritten, where the user was shown it and said so. */
  readonly agreed?: Expected;
}

/** The same file in two places, or two files in the same, are two uploads. */
export function savedFile(local: vscode.Uri, place: Place): SavedFile {
  return { key: `${placeKey(place)} ${local.toString()}`, place, local };
}

/** The same, as it is remembered. */
export function linkOf({ key, local, place }: SavedFile): Link {
  return { key, local: local.toString(), ...place };
}

/** What the server's file was held against: the last upload, what was here before the edit, or nothing. */
export type HeldAgainst = 'upload' | 'edited' | 'nothing';

/** Somebody else's file is where the saved one belongs. */
export class UploadConflictError extends Error {
  override readonly name = 'UploadConflictError';
  readonly found: Expected;

  constructor(path: RemotePath, against: HeldAgainst, found: Expected) {
    super(found === 'absent' ? `${path} ${goneSince}` : conflictSentences[against](path));
    this.found = found;
  }
}

const goneSince = 'was deleted on the server since it was last uploaded';
const conflictSentences = {
  upload: (path) => `${path} on the server is not the file that was last uploaded`,
  edited: (path) => `${path} on the server is not the file that was here before you edited it`,
  nothing: (path) => `There is another file at ${path} already, which was not uploaded from here`,
} satisfies Record<HeldAgainst, (path: RemotePath) => string>;

/** The saved bytes have no way to the server any more: only the user can decide what becomes of them. */
export class UploadLostItsWayError extends Error {
  override readonly name = 'UploadLostItsWayError';
}

/** What an upload needs. */
export interface UploadParts {
  readonly connections: SiteConnections;
  readonly activity: Activity;
  readonly linked: LinkedFiles;
  readonly targets: Pick<SyncTargets, 'find'>;
  readonly logger: Logger;
}

/**
 * Uploads what the local file holds now, over nothing but what both sides last agreed on, what stood
 * here before the edit, or the same bytes. Rejects with an `UploadConflictError` when something else
 * is there.
 */
export async function uploadSavedFile(
  parts: UploadParts,
  saved: SavedFile,
  signal: AbortSignal,
): Promise<void> {
  const { linked, logger } = parts;
  const unwritten = (error: unknown): void =>
    logger.warn(`What is known of ${saved.place.path} was not kept: ${sentenceOf(error)}`);
  try {
    const base = await linked.base(saved.key);
    const identity = await upload(parts, saved, base, signal);
    await linked.uploaded(saved.key, identity, base).catch(unwritten);
  } catch (error) {
    // A window that closes has not failed: its uploads are owed as they were.
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

// Hours may lie between the save and this: the setting may be another, or not be trusted any more.
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

/** How often what is found may be looked at anew: it changes under one's eyes seldom. */
const mostLooks = 4;

/** Bytes that are read of a file which has to be another one by its size: for more its facts do. */
const largestRead = 1024 * 1024;

/** Expected where the bytes are wanted of what is there, whatever that is: nothing is like it. */
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
  if (found) throw new UploadConflictError(path, heldAgainst(base), found);
  let expected = allowed ?? firstExpected(upload);
  for (let look = 0; look < mostLooks; look++) {
    const outcome = await write(upload, expected, options);
    if (outcome.kind === 'written') return outcome.identity;
    found = await withBytes(upload, outcome.found, options);
    // Somebody may have uploaded the same bytes: then there is nothing to decide, nor to send.
    if (found !== 'absent' && found.sha256 === own.sha256) return found;
    if (!mayReplace(found, base, allowed)) break;
    expected = found;
  }
  throw new UploadConflictError(path, heldAgainst(base), found ?? 'absent');
}

// To compare a file its bytes may have to be read. Where a large one has another size than all that it
// might be, its facts say enough: to ask about it, and to replace it if the answer is yes.
async function otherBySize(
  upload: WholeFile,
  options: FileOptions,
): Promise<FileIdentity | undefined> {
  const { files, path } = upload;
  try {
    // The folder's listing knows, which the write needs anyway.
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

function heldAgainst({ agreed, before }: Base): HeldAgainst {
  if (agreed) return 'upload';
  return before.length > 0 ? 'edited' : 'nothing';
}

function firstExpected({ own, base }: WholeFile): Expected {
  const known = [base.agreed, ...base.before].filter((each) => each !== undefined);
  const [first] = known;
  if (first === undefined) return 'absent';
  // What was here before may be what is to go up: a look is cheaper than sending it once more.
  if (known.some(({ sha256 }) => sha256 === own.sha256)) return nothingLike;
  return { ...nothingLike, ...first };
}

function mayReplace(found: Expected, base: Base, allowed: Expected | undefined): boolean {
  if (found === 'absent') return base.agreed === undefined && allowed === undefined;
  const { sha256 } = found;
  if (sha256 === undefined) return false;
  return [base.agreed, ...base.before].some((known) => known?.sha256 === sha256);
}

// A file that is too large to be compared unasked is read where its size leaves it possible that its
// bytes are known: all others need no more than their size.
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
