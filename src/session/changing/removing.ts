import { joinPath, nameOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { forEachOf } from '../../base/concurrency.ts';
import { ReplyError } from '../../ftp/errors.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { listedNow } from '../known/exactFacts.ts';
import { isTemporaryName } from '../temporaryNames.ts';
import { atMostOnce, type Change } from '../connections/atMostOnce.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions } from '../remoteFileSystem.ts';
import { Attempts } from '../connections/attempts.ts';
import { type RequestAttempt, type Request, requestFor } from '../connections/requests.ts';
import type { Session } from '../session.ts';
import { type Branch, lookThrough } from './tree.ts';

/**
 * Deletes a file, a link or a folder. What a link leads to is never touched. What cannot be deleted
 * in a folder keeps nothing else in it: the error at the end has each in its `failures`.
 */
export async function remove(
  session: Session,
  path: RemotePath,
  options: FileOptions & { readonly recursive: boolean },
): Promise<void> {
  const request = requestFor('deleteFile', path, options);
  if (path === rootPath) throw refusal('noPermissions', 'deleteFile', path, 'it is the root');
  // By the listing and not by the name's own facts: MLST of a link may tell its target's type. A name
  // that is not listed, like those with a dot on many servers, may be there all the same.
  const entry =
    (await listedNow(session, request)) ??
    (await session.requests.run(request, (attempt) => session.facts.at(attempt, path)));
  if (!entry) throw refusal('notFound', 'deleteFile', path);
  const type = entry.type === 'directory' ? 'deleteDirectory' : 'deleteFile';
  const meant = { ...request, intent: type } as const;
  if (type === 'deleteFile' || !options.recursive) await removeEntry(session, meant);
  else await removeTree(session, meant, () => seen(session, meant));
  if (type === 'deleteDirectory') await makeSureOfAbsence(session, request);
  if (!isTemporaryName(nameOf(path))) session.changes.fire([{ path, type: 'deleted' }]);
}

const confirmed = 'the server confirmed it, and it is still there';

// The replies may have been shifted by one too many: only a listing shows that it is gone.
async function makeSureOfAbsence(session: Session, request: Request): Promise<void> {
  const { path } = request;
  const looking = { ...request, attempts: request.attempts.afterwards };
  const found = await listedNow(session, looking).catch((cause: unknown) => {
    // All is deleted, as far as anybody said: a cancel comes too late.
    if (request.signal.aborted) return undefined;
    const message = `${path} may have been deleted: the server said so, and then did not answer. `;
    throw new RemoteFileError('unavailable', path, message + String(cause), { cause });
  });
  if (found) throw refusal('unavailable', 'deleteDirectory', path, confirmed);
}

function seen(session: Session, request: Request): Promise<readonly Branch[]> {
  return lookThrough(session, request, (link) => removeLink(session, link));
}

/** A folder with what is in it, or the link that a server shows as one. */
async function removeTree(
  session: Session,
  request: Request,
  look: () => readonly Branch[] | Promise<readonly Branch[]>,
): Promise<void> {
  try {
    if (await removeLink(session, request)) {
      session.folders.put(request.path, undefined);
      return;
    }
  } catch (error) {
    throw await session.requests.translate(error, request);
  }
  await removeEntry(session, request, await look());
}

/** Of a folder `inside` is what is known to be in it; left out, it is deleted only if it is empty. */
async function removeEntry(
  session: Session,
  request: Request,
  inside?: readonly Branch[],
): Promise<void> {
  try {
    if (request.intent === 'deleteFile') await removeFile(session, request, 'look');
    else {
      const failures = await empty(session, request, inside ?? []);
      if (failures.length > 0) throw stillThere(request, failures);
      await removeFolder(session, request);
    }
    session.folders.put(request.path, undefined);
  } catch (error) {
    throw await session.requests.translate(error, request);
  }
}

// A person reads a few of them in a notice; whoever shows all takes `failures`.
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
  session: Session,
  request: Request,
  whenRefused: Change['whenRefused'],
): Promise<void> {
  const { path } = request;
  const act = async ({ connection, signal }: RequestAttempt): Promise<void> => {
    if ((await connection.deleteFile(path, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', path, confirmed);
  };
  const happened = (attempt: RequestAttempt): Promise<boolean> => isGone(session, attempt, path);
  await atMostOnce(session, request, { act, happened, whenRefused });
}

async function removeFolder(session: Session, request: Request): Promise<void> {
  const { path } = request;
  const act = ({ connection, signal }: RequestAttempt): Promise<void> =>
    connection.removeDirectory(path, { signal });
  const happened = (attempt: RequestAttempt): Promise<boolean> => isGone(session, attempt, path);
  await atMostOnce(session, request, { act, happened, whenRefused: 'look' });
}

// pyftpdlib lists a link to a folder as a folder. DELE takes a link and refuses a folder everywhere,
// so it is tried before anything inside is touched.
async function removeLink(session: Session, request: Request): Promise<boolean> {
  try {
    await removeFile(session, request, 'believe');
    return true;
  } catch (error) {
    if (saysNo(error)) return false;
    throw error;
  }
}

async function isGone(
  session: Session,
  attempt: RequestAttempt,
  path: RemotePath,
): Promise<boolean> {
  return !(await session.facts.at(attempt, path, { by: 'listing' }));
}

/** Deletes what is in a folder; what the server refuses comes back, when all has been tried. */
async function empty(
  session: Session,
  request: Request,
  inside: readonly Branch[],
): Promise<readonly RemoteFileError[]> {
  const { path, signal } = request;
  // Folders one after the other, so that the depth of a tree does not multiply what goes on at once.
  const folders = inside.filter(({ entry }) => entry.type === 'directory');
  const others = inside.filter(({ entry }) => entry.type !== 'directory');
  const atOnce = session.pool.limit;
  const failures: RemoteFileError[] = [];
  const tryOne = async (intent: Request['intent'], { entry, inside }: Branch): Promise<void> => {
    try {
      // Each is an operation of its own: a large tree outlives more lost connections than one file.
      const attempts = new Attempts();
      const inner = { ...request, intent, path: joinPath(path, entry.name), attempts };
      await (intent === 'deleteFile'
        ? removeEntry(session, inner)
        : removeTree(session, inner, () => inside ?? seen(session, inner)));
    } catch (error) {
      if (!concernsOneName(error)) throw error;
      // Somebody else has deleted it: it is not there, as was wanted.
      if (error.reason !== 'notFound') failures.push(error);
    }
  };
  await forEachOf(others, { atOnce, signal }, (branch) => tryOne('deleteFile', branch));
  for (const branch of folders) await tryOne('deleteDirectory', branch);
  return failures;
}

// A server that cannot be had any more refuses all that follow too; a busy file only itself.
function concernsOneName(error: unknown): error is RemoteFileError {
  if (!(error instanceof RemoteFileError)) return false;
  if (error.reason !== 'unavailable') return true;
  if (error.failures) return true;
  return error.cause instanceof ReplyError && error.cause.remedy !== 'reconnect';
}
