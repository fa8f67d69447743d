import { forEachOf } from '../../base/concurrency.ts';
import { joinPath, nameOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { ReplyError } from '../../ftp/errors.ts';
import { atMostOnce, type Change } from '../connections/atMostOnce.ts';
import { type Request, type RequestAttempt, requestFor } from '../connections/requests.ts';
import { Attempts } from '../connections/attempts.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { listedNow } from '../known/exactFacts.ts';
import { tellPartialListing } from '../reading/folderNotices.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions, RemoteEntry } from '../remoteFileSystem.ts';
import type { Session } from '../session.ts';
import { isTemporaryName, readTemporaryName } from '../temporaryNames.ts';

export type RemovingParts = Pick<
  Session,
  | 'requests'
  | 'facts'
  | 'folders'
  | 'logger'
  | 'changes'
  | 'pool'
  | 'temporaryNames'
  | 'partialListings'
>;

/**
 * Deletes a file, a link or a folder. What a link leads to is never touched. What cannot be deleted in
 * a folder does not keep the rest from being deleted: the error at the end has each in its `failures`.
 */
export async function remove(
  parts: RemovingParts,
  path: RemotePath,
  options: FileOptions & { readonly recursive: boolean; readonly attempts?: Attempts },
): Promise<void> {
  const request = requestFor('deleteFile', path, options);
  if (path === rootPath) throw refusal('noPermissions', 'deleteFile', path, 'it is the root');
  const entry = await entryToRemove(parts, request);
  if (!entry) throw refusal('notFound', 'deleteFile', path);
  const type = entry.type === 'directory' ? 'deleteDirectory' : 'deleteFile';
  const meant = { ...request, intent: type } as const;
  if (type === 'deleteFile' || !options.recursive) await removeEntry(parts, meant);
  else await removeTree(parts, meant, () => lookInto(parts, meant));
  if (type === 'deleteDirectory') await makeSureOfAbsence(parts, request);
  if (!isTemporaryName(nameOf(path))) parts.changes.fire([{ path, type: 'deleted' }]);
}

// The listing decides and not the name's own facts: MLST of a link may tell the type of its target. What a
// known one tells to be no folder need not be looked at again: DELE takes no folder, and what it refuses
// is looked at. A name that is not listed may still be there, like those with a dot on many servers.
async function entryToRemove(
  parts: RemovingParts,
  request: Request,
): Promise<RemoteEntry | undefined> {
  const { path } = request;
  const known = parts.folders.lookup(path);
  if (known && known !== 'absent' && known.type !== 'directory') return known;
  return (
    (await listedNow(parts, request)) ??
    (await parts.requests.run(request, (attempt) => parts.facts.at(attempt, path)))
  );
}

const confirmed = 'the server confirmed it, and it is still there';

// The server may have sent one reply too many before: only a listing shows that the folder is gone.
async function makeSureOfAbsence(parts: RemovingParts, request: Request): Promise<void> {
  const { path } = request;
  const looking = { ...request, attempts: request.attempts.afterwards };
  const found = await listedNow(parts, looking).catch((cause: unknown) => {
    // All is deleted, as far as the server said: a cancel comes too late.
    if (request.signal.aborted) return undefined;
    const message = `${path} may have been deleted: the server said so, and then did not answer. `;
    throw new RemoteFileError('unavailable', path, message + String(cause), { cause });
  });
  if (found) throw refusal('unavailable', 'deleteDirectory', path, confirmed);
}

/** Deletes a folder with what is in it, or a link that the server lists as a folder. */
async function removeTree(
  parts: RemovingParts,
  request: Request,
  look: () => readonly Branch[] | Promise<readonly Branch[]>,
): Promise<void> {
  try {
    if (await removeLink(parts, request)) {
      parts.folders.put(request.path, undefined);
      return;
    }
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
  await removeEntry(parts, request, await look());
}

/** Deletes a file, or a folder with `inside`, which is what was seen in it; left out: if it is empty. */
async function removeEntry(
  parts: RemovingParts,
  request: Request,
  inside?: readonly Branch[],
): Promise<void> {
  try {
    if (request.intent === 'deleteFile') await removeFile(parts, request, 'look');
    else {
      const failures = await empty(parts, request, inside ?? []);
      if (failures.length > 0) throw stillThere(request, failures);
      await removeFolder(parts, request);
    }
    parts.folders.put(request.path, undefined);
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
}

// The message of a notice has a few of them; a caller that shows all takes `failures`.
const mostTold = 3;

function stillThere(request: Request, inside: readonly RemoteFileError[]): RemoteFileError {
  const failures = inside.flatMap((failure) => failure.failures ?? [failure]);
  const [first] = failures;
  const told = failures.slice(0, mostTold).map(({ message }) => message);
  const more = failures.length > mostTold ? [`${failures.length - mostTold} more failed.`] : [];
  const start = `${request.path} was deleted in part, and ${failures.length} in it failed.`;
  const message = [start, ...told, ...more].join(' ');
  const reason = first?.reason ?? 'notEmpty';
  return new RemoteFileError(reason, request.path, message, { cause: first, failures });
}

async function removeFile(
  parts: RemovingParts,
  request: Request,
  whenRefused: Change['whenRefused'],
): Promise<void> {
  const { path } = request;
  const act = async ({ connection, signal }: RequestAttempt): Promise<void> => {
    if ((await connection.deleteFile(path, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', path, confirmed);
  };
  const happened = (attempt: RequestAttempt): Promise<boolean> => isGone(parts, attempt, path);
  await atMostOnce(parts, request, { act, happened, whenRefused });
}

async function removeFolder(parts: RemovingParts, request: Request): Promise<void> {
  const { path } = request;
  const act = ({ connection, signal }: RequestAttempt): Promise<void> =>
    connection.removeDirectory(path, { signal });
  const happened = (attempt: RequestAttempt): Promise<boolean> => isGone(parts, attempt, path);
  await atMostOnce(parts, request, { act, happened, whenRefused: 'look' });
}

// pyftpdlib lists a link to a folder as a folder. DELE takes a link and refuses a folder everywhere,
// so DELE is tried before anything inside is touched.
async function removeLink(parts: RemovingParts, request: Request): Promise<boolean> {
  try {
    await removeFile(parts, request, 'believe');
    return true;
  } catch (error) {
    if (saysNo(error)) return false;
    throw error;
  }
}

async function isGone(
  parts: RemovingParts,
  attempt: RequestAttempt,
  path: RemotePath,
): Promise<boolean> {
  return !(await parts.facts.at(attempt, path, { by: 'listing' }));
}

/** Deletes what is in a folder. Returns what could not be deleted, once all has been tried. */
async function empty(
  parts: RemovingParts,
  request: Request,
  inside: readonly Branch[],
): Promise<readonly RemoteFileError[]> {
  const { path, signal } = request;
  // Folders one after the other: else the depth of a tree would multiply what goes on at once.
  const folders = inside.filter(({ entry }) => entry.type === 'directory');
  const others = inside.filter(({ entry }) => entry.type !== 'directory');
  const atOnce = parts.pool.limit;
  const failures: RemoteFileError[] = [];
  const tryOne = async (intent: Request['intent'], { entry, inside }: Branch): Promise<void> => {
    try {
      // Each is an operation of its own: a large tree outlives more lost connections than one file.
      const attempts = new Attempts();
      const inner = { ...request, intent, path: joinPath(path, entry.name), attempts };
      await (intent === 'deleteFile'
        ? removeEntry(parts, inner)
        : removeTree(parts, inner, () => inside ?? lookInto(parts, inner)));
    } catch (error) {
      if (!concernsOneName(error)) throw error;
      // Another program has deleted it: it is not there, as was wanted.
      if (error.reason !== 'notFound') failures.push(error);
    }
  };
  await forEachOf(others, { atOnce, signal }, (branch) => tryOne('deleteFile', branch));
  for (const branch of folders) await tryOne('deleteDirectory', branch);
  return failures;
}

// A server that cannot be reached fails for all names that follow; a busy file only for its own.
function concernsOneName(error: unknown): error is RemoteFileError {
  if (!(error instanceof RemoteFileError)) return false;
  if (error.reason !== 'unavailable') return true;
  if (error.failures) return true;
  return error.cause instanceof ReplyError && error.cause.remedy !== 'reconnect';
}

/** What is in a folder; `inside` is left out of what is no folder, or was not looked into. */
interface Branch {
  readonly entry: RemoteEntry;
  readonly inside?: readonly Branch[];
}

// Real trees are not so deep. Where a server lists links as folders, they may lead back up.
const maxDepth = 64;

/**
 * Looks through a folder that is to be deleted, before anything in it is. Rejects where a part of it
 * cannot be seen, and where a save of this very session is under way in it. What is listed as a folder
 * and shows nothing may be a link: it is removed at the end, and what it leads to need not be seen.
 */
async function lookInto(parts: RemovingParts, request: Request): Promise<readonly Branch[]> {
  const leftOvers: RemotePath[] = [];
  const unseen: RemoteFileError[] = [];
  const visit = async (folder: RemotePath, above: readonly RemoteEntry[]): Promise<Branch[]> => {
    const branches: Branch[] = [];
    // Each is an operation of its own, as their deletion is: a large tree has many listings.
    const listing = { ...request, path: folder, attempts: new Attempts() };
    for (const entry of await entriesOf(parts, listing, unseen)) {
      request.signal.throwIfAborted();
      const path = joinPath(folder, entry.name);
      const temporary = readTemporaryName(entry.name);
      if (temporary && parts.temporaryNames.isUnderWay(temporary.id)) {
        const more = `${entry.name} in it belongs to a save that is under way`;
        throw refusal('notEmpty', 'deleteDirectory', request.path, more);
      }
      if (temporary) leftOvers.push(path);
      const deeper = entry.type === 'directory' && !leadsBack(entry, above);
      branches.push(deeper ? { entry, inside: await visit(path, [...above, entry]) } : { entry });
    }
    return branches;
  };
  const branches = await visit(request.path, []);
  for (const error of unseen) {
    const isLink =
      error.path !== request.path && (await removeLink(parts, { ...request, path: error.path }));
    if (!isLink) throw error;
  }
  for (const path of leftOvers) parts.logger.warn(`${path}, left by a save, is deleted as well`);
  return branches;
}

function leadsBack({ unique }: RemoteEntry, above: readonly RemoteEntry[]): boolean {
  if (above.length >= maxDepth) return true;
  return unique !== undefined && above.some((folder) => folder.unique === unique);
}

async function entriesOf(
  parts: RemovingParts,
  request: Request,
  unseen: RemoteFileError[],
): Promise<readonly RemoteEntry[]> {
  const { path, signal, attempts } = request;
  try {
    const contents = await parts.folders.folder(path, { signal, attempts, fresh: true });
    tellPartialListing(parts, path, contents);
    return [...contents.entries.values()];
  } catch (error) {
    const told = await parts.requests.translate(error, { ...request, intent: 'list' });
    if (!saysNo(error) || !(told instanceof RemoteFileError)) throw told;
    // Another program has deleted it: there is nothing to be seen.
    if (told.reason !== 'notFound') unseen.push(told);
    return [];
  }
}
