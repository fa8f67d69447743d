import { errorMessage } from '../../base/errorMessage.ts';
import {
  isWithin,
  nameOf,
  onlyCaseDiffers,
  parentOf,
  type RemotePath,
  rootPath,
} from '../../base/paths.ts';
import { ReplyError } from '../../ftp/errors.ts';
import { atMostOnce } from '../connections/atMostOnce.ts';
import { HeldConnection } from '../connections/heldConnection.ts';
import { type Request, type RequestAttempt, requestFor } from '../connections/requests.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions, RemoteEntry } from '../remoteFileSystem.ts';
import { remove, type RemovingParts } from './removing.ts';
import { replacementInDoubt, replace, type ReplaceParts } from './replace.ts';

export type RenamingParts = RemovingParts & ReplaceParts;

/** Renames or moves; with `overwrite` also over what is there. */
export async function rename(
  parts: RenamingParts,
  from: RemotePath,
  to: RemotePath,
  options: FileOptions & { readonly overwrite: boolean },
): Promise<void> {
  const request = requestFor('rename', from, options);
  if (from === rootPath || (from !== to && isWithin(to, from))) {
    throw refusal('invalidName', 'rename', from, `${to} is inside it`);
  }
  try {
    await using connection = new HeldConnection(parts.requests);
    const [source, target] = await connection.perform(request, (attempt) =>
      lookAtBoth(parts, attempt, from, to),
    );
    if (!source) throw refusal('notFound', 'rename', from);
    if (from === to) return;
    if (target) refuseUnlessReplaceable({ from, source }, { to, target }, options.overwrite);
    request.signal.throwIfAborted();
    await renameNow(parts, connection, { request, to, source, target });
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
}

async function lookAtBoth(
  parts: RenamingParts,
  attempt: RequestAttempt,
  from: RemotePath,
  to: RemotePath,
): Promise<[RemoteEntry | undefined, RemoteEntry | undefined]> {
  const source = await parts.facts.at(attempt, from);
  if (!onlyCaseDiffers(from, to)) return [source, await lookAtTarget(parts, attempt, to)];
  // A server that ignores case finds the file itself under its new name. Only the listing, which has the
  // names as they are written, shows whether there are two.
  const { entries } = await parts.facts.listBy(attempt, parentOf(to));
  return [source, entries.get(nameOf(to))];
}

// A folder that cannot be listed may be missing: then it is the new name that is wrong.
async function lookAtTarget(
  parts: RenamingParts,
  attempt: RequestAttempt,
  to: RemotePath,
): Promise<RemoteEntry | undefined> {
  try {
    return await parts.facts.at(attempt, to);
  } catch (error) {
    if (saysNo(error)) await refuseWithoutFolder(parts, attempt, to);
    throw error;
  }
}

// A refusal does not say which of the two names it means.
async function refuseWithoutFolder(
  parts: RenamingParts,
  attempt: RequestAttempt,
  to: RemotePath,
): Promise<void> {
  if (await parts.facts.at(attempt, parentOf(to))) return;
  throw refusal('notFound', 'rename', to, 'its folder does not exist');
}

function refuseUnlessReplaceable(
  { from, source }: { readonly from: RemotePath; readonly source: RemoteEntry },
  { to, target }: { readonly to: RemotePath; readonly target: RemoteEntry },
  overwrite: boolean,
): void {
  if (!overwrite) throw refusal('exists', 'rename', from, `${to} exists already`);
  if (target.type === 'directory' && source.type !== 'directory') {
    throw refusal('isADirectory', 'rename', from, `${to} is a folder`);
  }
  if (source.type === 'directory' && target.type !== 'directory') {
    throw refusal('notADirectory', 'rename', from, `${to} is not a folder`);
  }
}

interface Rename {
  readonly request: Request;
  readonly to: RemotePath;
  readonly source: RemoteEntry;
  readonly target: RemoteEntry | undefined;
}

async function renameNow(
  parts: RenamingParts,
  connection: HeldConnection,
  { request, to, source, target }: Rename,
): Promise<void> {
  const from = request.path;
  const size = source.type === 'file' ? source.size : undefined;
  const outcome = await replace(parts, {
    connection,
    from,
    to,
    source: { type: source.type, size, sha256: undefined, unique: source.unique },
    attempts: request.attempts,
    old: target,
    removeBackup: async (backup) => {
      // Deleting takes connections of its own: a folder is deleted over several.
      await connection.giveBack();
      await removeBackup(parts, request, backup);
    },
  });
  if (outcome.kind === 'renamed') {
    parts.folders.put(from, undefined);
    parts.folders.put(to, undefined);
    parts.folders.put(to, { ...source, name: nameOf(to) });
    parts.changes.fire([
      { path: from, type: 'deleted' },
      { path: to, type: target ? 'changed' : 'created' },
    ]);
    return;
  }
  parts.folders.forget(parentOf(from));
  parts.folders.forget(parentOf(to));
  if (outcome.kind === 'unknown') throw replacementInDoubt(to, from, outcome.error);
  if (saysNo(outcome.error)) {
    await connection.perform(request, (attempt) => refuseWithoutFolder(parts, attempt, to));
  }
  throw outcome.error;
}

// Tried twice: a virus scanner may hold a file for a moment.
async function removeBackup(
  parts: RenamingParts,
  request: Request,
  backup: RemotePath,
): Promise<void> {
  const { afterwards: attempts } = request.attempts;
  const all = { signal: parts.lifetime.ended, recursive: true, attempts };
  try {
    await remove(parts, backup, all).catch(() => remove(parts, backup, all));
  } catch (error) {
    parts.logger.warn(`${backup} was replaced, and could not be removed: ${String(error)}`);
  }
}

/** Makes a folder; its parent must be there. */
export async function createDirectory(
  parts: RenamingParts,
  path: RemotePath,
  options: FileOptions,
): Promise<void> {
  const request = requestFor('createDirectory', path, options);
  if (path === rootPath) throw refusal('exists', 'createDirectory', path);
  const known = parts.folders.lookup(path);
  const happened = async (attempt: RequestAttempt): Promise<boolean> =>
    (await parts.facts.at(attempt, path, { by: 'listing' }))?.type === 'directory';
  const act = async (attempt: RequestAttempt): Promise<void> => {
    const made = await attempt.connection.makeDirectory(path, { signal: attempt.signal });
    if (made === 'made' || (await happened(attempt))) return;
    const more = 'the server confirmed it, and it is not there';
    throw refusal('unavailable', 'createDirectory', path, more);
  };
  try {
    await atMostOnce(parts, request, { act, happened, whenRefused: 'believe' });
  } catch (error) {
    if (saysNo(error)) parts.folders.forget(parentOf(path));
    const told = await parts.requests.translate(error, request);
    const mayBeMade = error instanceof ReplyError && (known === undefined || known === 'absent');
    if (!mayBeMade || !(await isEmptyFolder(parts, request))) throw told;
    if (known === undefined) throw perhapsMade(path, told);
    parts.logger.info(`${path} was made, though the server refused it: ${error.message}`);
  }
  parts.folders.putFolder(path, newFolder(path));
  parts.changes.fire([{ path, type: 'created' }]);
}

// A server may answer with a refusal though it has made the folder.
async function isEmptyFolder(
  { folders }: RenamingParts,
  { path, signal, attempts }: Request,
): Promise<boolean> {
  const looking = { signal, attempts: attempts.afterwards };
  const inside = await folders.folder(path, looking).catch(() => undefined);
  return inside?.entries.size === 0;
}

/** An empty folder is there, which the server may have made just now, or another program before. */
function perhapsMade(path: RemotePath, told: unknown): RemoteFileError {
  const said = errorMessage(told);
  const why = `${said}. An empty folder is there, which may have been made just now`;
  return new RemoteFileError('exists', path, why, { cause: told });
}

function newFolder(path: RemotePath): RemoteEntry {
  const name = nameOf(path);
  return { name, type: 'directory', size: undefined, modified: undefined, precision: 'none' };
}
