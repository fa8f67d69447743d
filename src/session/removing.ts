import { joinPath, nameOf, type RemotePath, rootPath } from '../base/paths.ts';
import { forEachOf } from '../base/together.ts';
import { refusal, saysNo } from './errorTranslation.ts';
import { listedAnew, lookAt } from './looking.ts';
import { isNeighbourName } from './neighbours.ts';
import { type Change, once } from './once.ts';
import { RemoteFileError } from './remoteFileError.ts';
import type { FileOptions } from './remoteFileSystem.ts';
import type { Session, Step, Work } from './session.ts';

/** Deletes a file, a link or a folder. What a link leads to is never touched. */
export async function remove(
  session: Session,
  path: RemotePath,
  options: FileOptions & { readonly recursive: boolean },
): Promise<void> {
  const step = session.step('deleteFile', path, options);
  if (path === rootPath) throw refusal('noPermissions', 'deleteFile', path, 'it is the root');
  // By the listing and not by the name's own facts: MLST of a link may tell its target's type. A name
  // that is not listed, like those with a dot on many servers, may be there all the same.
  const entry =
    (await listedAnew(session, step)) ??
    (await session.run(step, (work) => lookAt(session, work, path)));
  if (!entry) throw refusal('notFound', 'deleteFile', path);
  const type = entry.type === 'directory' ? 'deleteDirectory' : 'deleteFile';
  await removeEntry(session, { ...step, intent: type }, options.recursive);
  if (type === 'deleteDirectory') await makeSureOfAbsence(session, step);
  if (!isNeighbourName(nameOf(path))) session.changes.fire([{ path, type: 'deleted' }]);
}

const confirmed = 'the server confirmed it, and it is still there';

// The replies may have been shifted by one too many: only a listing shows that it is gone.
async function makeSureOfAbsence(session: Session, step: Step): Promise<void> {
  const { path } = step;
  const found = await listedAnew(session, step).catch((cause: unknown) => {
    step.signal.throwIfAborted();
    const message = `${path} may have been deleted: the server said so, and then did not answer. `;
    throw new RemoteFileError('unavailable', path, message + String(cause), { cause });
  });
  if (found) throw refusal('unavailable', 'deleteDirectory', path, confirmed);
}

async function removeEntry(session: Session, step: Step, recursive: boolean): Promise<void> {
  try {
    if (step.intent === 'deleteFile') await removeFile(session, step, 'look');
    else if (!recursive || !(await removeLink(session, step))) {
      if (recursive) await empty(session, step);
      await removeFolder(session, step);
    }
    session.folders.put(step.path, undefined);
  } catch (error) {
    throw await session.translate(error, step);
  }
}

async function removeFile(
  session: Session,
  step: Step,
  whenRefused: Change['whenRefused'],
): Promise<void> {
  const { path } = step;
  const act = async ({ connection, signal }: Work): Promise<void> => {
    if ((await connection.deleteFile(path, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', path, confirmed);
  };
  const happened = (work: Work): Promise<boolean> => isGone(session, work, path);
  await once(session, step, { act, happened, whenRefused });
}

async function removeFolder(session: Session, step: Step): Promise<void> {
  const { path } = step;
  const act = ({ connection, signal }: Work): Promise<void> =>
    connection.removeDirectory(path, { signal });
  const happened = (work: Work): Promise<boolean> => isGone(session, work, path);
  await once(session, step, { act, happened, whenRefused: 'look' });
}

// pyftpdlib lists a link to a folder as a folder. DELE takes a link and refuses a folder everywhere,
// so it is tried before anything inside is touched.
async function removeLink(session: Session, step: Step): Promise<boolean> {
  try {
    await removeFile(session, step, 'believe');
    return true;
  } catch (error) {
    if (saysNo(error)) return false;
    throw error;
  }
}

async function isGone(session: Session, work: Work, path: RemotePath): Promise<boolean> {
  return !(await lookAt(session, work, path, { by: 'listing' }));
}

async function empty(session: Session, step: Step): Promise<void> {
  const { path, signal } = step;
  const contents = await session.folders.folder(path, { signal, fresh: true });
  const { entries } = contents;
  session.tellPart(path, contents);
  const inside = [...entries.values()];
  const neighbour = inside.find(({ name }) => isNeighbourName(name));
  if (neighbour) {
    // It may hold the only whole copy of what somebody is saving at this moment.
    const more = `${neighbour.name} in it belongs to a save under way, or to one that broke off`;
    throw refusal('notEmpty', 'deleteDirectory', path, more);
  }
  // Folders one after the other, so that the depth of a tree does not multiply what goes on at once.
  const folders = inside.filter(({ type }) => type === 'directory');
  const others = inside.filter(({ type }) => type !== 'directory');
  const atOnce = session.pool.limit;
  await forEachOf(others, { atOnce, signal }, ({ name }) =>
    removeEntry(session, { ...step, intent: 'deleteFile', path: joinPath(path, name) }, true),
  );
  for (const { name } of folders) {
    const inner: Step = { ...step, intent: 'deleteDirectory', path: joinPath(path, name) };
    await removeEntry(session, inner, true);
  }
}
