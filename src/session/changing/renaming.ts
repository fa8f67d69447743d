import { errorMessage } from '../../base/errorMessage.ts';
import { isWithin, nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { ReplyError } from '../../ftp/errors.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { atMostOnce } from '../connections/atMostOnce.ts';
import { remove } from './removing.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions, RemoteEntry } from '../remoteFileSystem.ts';
import { doubt, replace } from './replace.ts';
import { type RequestAttempt, type Request, requestFor } from '../connections/requests.ts';
import type { Session } from '../session.ts';

/** Renames or moves; over something that is there only with `overwrite`. */
export async function rename(
  session: Session,
  from: RemotePath,
  to: RemotePath,
  options: FileOptions & { readonly overwrite: boolean },
): Promise<void> {
  const request = requestFor('rename', from, options);
  if (from === rootPath || (from !== to && isWithin(to, from))) {
    throw refusal('invalidName', 'rename', from, `${to} is inside it`);
  }
  const [source, target] = await session.requests.run(request, (attempt) =>
    lookAtBoth(session, attempt, from, to),
  );
  if (!source) throw refusal('notFound', 'rename', from);
  if (from === to) return;
  if (target) refuseUnlessReplaceable({ from, source }, { to, target }, options.overwrite);
  request.signal.throwIfAborted();
  await renameNow(session, request, { to, source, target });
}

async function lookAtBoth(
  session: Session,
  attempt: RequestAttempt,
  from: RemotePath,
  to: RemotePath,
): Promise<[RemoteEntry | undefined, RemoteEntry | undefined]> {
  const source = await session.facts.at(attempt, from);
  if (!onlyCaseDiffers(from, to)) return [source, await lookAtTarget(session, attempt, to)];
  // A server that ignores case would find the file itself under its new name: the listing, which
  // tells the names as they are written, knows whether there are two.
  const { entries } = await session.facts.listBy(attempt, parentOf(to));
  return [source, entries.get(nameOf(to))];
}

// A folder that cannot be listed may be none at all, and then the name that is wrong is the new one.
async function lookAtTarget(
  session: Session,
  attempt: RequestAttempt,
  to: RemotePath,
): Promise<RemoteEntry | undefined> {
  try {
    return await session.facts.at(attempt, to);
  } catch (error) {
    if (saysNo(error) && !(await session.facts.at(attempt, parentOf(to)))) {
      throw refusal('notFound', 'rename', to, 'its folder does not exist');
    }
    throw error;
  }
}

function onlyCaseDiffers(a: RemotePath, b: RemotePath): boolean {
  return a !== b && a.toLowerCase() === b.toLowerCase() && parentOf(a) === parentOf(b);
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

interface Wish {
  readonly to: RemotePath;
  readonly source: RemoteEntry;
  readonly target: RemoteEntry | undefined;
}

async function renameNow(session: Session, request: Request, wish: Wish): Promise<void> {
  const { to, source, target } = wish;
  const from = request.path;
  const size = source.type === 'file' ? source.size : undefined;
  const moved = await replace(session, {
    from,
    to,
    proof: { type: source.type, size, sha256: undefined },
    attempts: request.attempts,
    old: target,
    removeOld: (aside) => removeOld(session, aside),
  });
  if (moved.kind === 'moved') {
    session.folders.put(from, undefined);
    session.folders.put(to, undefined);
    session.folders.put(to, { ...source, name: nameOf(to) });
    session.changes.fire([
      { path: from, type: 'deleted' },
      { path: to, type: target ? 'changed' : 'created' },
    ]);
    return;
  }
  session.folders.forget(parentOf(from));
  session.folders.forget(parentOf(to));
  if (moved.kind === 'unknown') throw doubt(to, from, moved.error);
  if (saysNo(moved.error)) await refuseWithoutFolder(session, request, to);
  throw await session.requests.translate(moved.error, request);
}

// The refusal alone does not say which of the two names it means.
async function refuseWithoutFolder(
  session: Session,
  request: Request,
  to: RemotePath,
): Promise<void> {
  const folder = await session.requests.run(request, (attempt) =>
    session.facts.at(attempt, parentOf(to)),
  );
  if (!folder) throw refusal('notFound', 'rename', to, 'its folder does not exist');
}

// Tried twice: a scanner may hold a file for a moment.
async function removeOld(session: Session, aside: RemotePath): Promise<void> {
  const all = { signal: session.lifetime.ended, recursive: true };
  try {
    await remove(session, aside, all).catch(() => remove(session, aside, all));
  } catch (error) {
    session.logger.warn(`${aside} was replaced, and could not be removed: ${String(error)}`);
  }
}

/** Makes a folder; its parent must be there. */
export async function createDirectory(
  session: Session,
  path: RemotePath,
  options: FileOptions,
): Promise<void> {
  const request = requestFor('createDirectory', path, options);
  if (path === rootPath) throw refusal('exists', 'createDirectory', path);
  const known = session.folders.lookup(path);
  const happened = async (attempt: RequestAttempt): Promise<boolean> =>
    (await session.facts.at(attempt, path, { by: 'listing' }))?.type === 'directory';
  const act = async (attempt: RequestAttempt): Promise<void> => {
    const made = await attempt.connection.makeDirectory(path, { signal: attempt.signal });
    if (made === 'made' || (await happened(attempt))) return;
    const more = 'the server confirmed it, and it is not there';
    throw refusal('unavailable', 'createDirectory', path, more);
  };
  try {
    await atMostOnce(session, request, { act, happened, whenRefused: 'believe' });
  } catch (error) {
    if (saysNo(error)) session.folders.forget(parentOf(path));
    const told = await session.requests.translate(error, request);
    const mayBeMade = error instanceof ReplyError && (known === undefined || known === 'absent');
    if (!mayBeMade || !(await isEmptyFolder(session, request))) throw told;
    if (known === undefined) throw perhapsMade(path, told);
    session.logger.info(`${path} was made, though the server refused it: ${error.message}`);
  }
  session.folders.putFolder(path, newFolder(path));
  session.changes.fire([{ path, type: 'created' }]);
}

// A server may refuse what it has done.
async function isEmptyFolder(
  session: Session,
  { path, signal, attempts }: Request,
): Promise<boolean> {
  const inside = await session.folders
    .folder(path, { signal, attempts: attempts.afterwards })
    .catch(() => undefined);
  return inside?.entries.size === 0;
}

/** Nobody can tell who made the empty folder that is there. */
function perhapsMade(path: RemotePath, told: unknown): RemoteFileError {
  const said = errorMessage(told);
  const why = `${said}. An empty folder is there, which may have been made just now`;
  return new RemoteFileError('exists', path, why, { cause: told });
}

function newFolder(path: RemotePath): RemoteEntry {
  const name = nameOf(path);
  return { name, type: 'directory', size: undefined, modified: undefined, precision: 'none' };
}
