import { errorMessage } from '../../base/errorMessage.ts';
import { isWithin, nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { ReplyError } from '../../ftp/errors.ts';
import type { Listed } from '../known/entries.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { listFolder } from '../reading/folderListing.ts';
import { lookAt } from '../known/exactFacts.ts';
import { atMostOnce } from '../connections/atMostOnce.ts';
import { remove } from './removing.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions, RemoteEntry } from '../remoteFileSystem.ts';
import { doubt, replace } from './replace.ts';
import type { Session, Step, Work } from '../session.ts';

/** Renames or moves; over something that is there only with `overwrite`. */
export async function rename(
  session: Session,
  from: RemotePath,
  to: RemotePath,
  options: FileOptions & { readonly overwrite: boolean },
): Promise<void> {
  const step = session.step('rename', from, options);
  if (from === rootPath || (from !== to && isWithin(to, from))) {
    throw refusal('invalidName', 'rename', from, `${to} is inside it`);
  }
  const [source, target] = await session.run(step, (work) => lookAtBoth(session, work, from, to));
  if (!source) throw refusal('notFound', 'rename', from);
  if (from === to) return;
  if (target) refuseUnlessReplaceable({ from, source }, { to, target }, options.overwrite);
  step.signal.throwIfAborted();
  await renameNow(session, step, { to, source, target });
}

async function lookAtBoth(
  session: Session,
  work: Work,
  from: RemotePath,
  to: RemotePath,
): Promise<[RemoteEntry | undefined, RemoteEntry | undefined]> {
  const source = await lookAt(session, work, from);
  if (!onlyCaseDiffers(from, to)) return [source, await lookAtTarget(session, work, to)];
  // A server that ignores case would find the file itself under its new name: the listing, which
  // tells the names as they are written, knows whether there are two.
  const list = (folder: RemotePath): Promise<Listed> => listFolder(session, work, folder);
  const { entries } = await session.folders.folderBy(parentOf(to), list, work);
  return [source, entries.get(nameOf(to))];
}

// A folder that cannot be listed may be none at all, and then the name that is wrong is the new one.
async function lookAtTarget(
  session: Session,
  work: Work,
  to: RemotePath,
): Promise<RemoteEntry | undefined> {
  try {
    return await lookAt(session, work, to);
  } catch (error) {
    if (saysNo(error) && !(await lookAt(session, work, parentOf(to)))) {
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

interface RenameRequest {
  readonly to: RemotePath;
  readonly source: RemoteEntry;
  readonly target: RemoteEntry | undefined;
}

async function renameNow(session: Session, step: Step, request: RenameRequest): Promise<void> {
  const { to, source, target } = request;
  const from = step.path;
  const size = source.type === 'file' ? source.size : undefined;
  const moved = await replace(session, {
    from,
    to,
    proof: { type: source.type, size, sha256: undefined },
    old: target,
    removeBackup: (backup) => removeBackup(session, backup),
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
  if (saysNo(moved.error)) await refuseWithoutFolder(session, step, to);
  throw await session.translate(moved.error, step);
}

// The refusal alone does not say which of the two names it means.
async function refuseWithoutFolder(session: Session, step: Step, to: RemotePath): Promise<void> {
  const folder = await session.run(step, (work) => lookAt(session, work, parentOf(to)));
  if (!folder) throw refusal('notFound', 'rename', to, 'its folder does not exist');
}

// Tried twice: a scanner may hold a file for a moment.
async function removeBackup(session: Session, backup: RemotePath): Promise<void> {
  const all = { signal: session.lifetime, recursive: true };
  try {
    await remove(session, backup, all).catch(() => remove(session, backup, all));
  } catch (error) {
    session.logger.warn(`${backup} was replaced, and could not be removed: ${String(error)}`);
  }
}

/** Makes a folder; its parent must be there. */
export async function createDirectory(
  session: Session,
  path: RemotePath,
  options: FileOptions,
): Promise<void> {
  const step = session.step('createDirectory', path, options);
  if (path === rootPath) throw refusal('exists', 'createDirectory', path);
  const known = session.folders.lookup(path);
  const happened = async (work: Work): Promise<boolean> =>
    (await lookAt(session, work, path, { by: 'listing' }))?.type === 'directory';
  const act = async (work: Work): Promise<void> => {
    const made = await work.connection.makeDirectory(path, { signal: work.signal });
    if (made === 'made' || (await happened(work))) return;
    const more = 'the server confirmed it, and it is not there';
    throw refusal('unavailable', 'createDirectory', path, more);
  };
  try {
    await atMostOnce(session, step, { act, happened, whenRefused: 'believe' });
  } catch (error) {
    if (saysNo(error)) session.folders.forget(parentOf(path));
    const told = await session.translate(error, step);
    const mayBeMade = error instanceof ReplyError && (known === undefined || known === 'absent');
    if (!mayBeMade || !(await isEmptyFolder(session, step))) throw told;
    if (known === undefined) throw perhapsMade(path, told);
    session.logger.info(`${path} was made, though the server refused it: ${error.message}`);
  }
  session.folders.putFolder(path, newFolder(path));
  session.changes.fire([{ path, type: 'created' }]);
}

// A server may refuse what it has done.
async function isEmptyFolder(session: Session, { path, signal }: Step): Promise<boolean> {
  const inside = await session.folders.folder(path, { signal }).catch(() => undefined);
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
