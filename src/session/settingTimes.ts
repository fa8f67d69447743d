import { nameOf, parentOf, type RemotePath, rootPath } from '../base/paths.ts';
import { refusal } from './errorTranslation.ts';
import { followLinks } from './links.ts';
import { exactEntry } from './looking.ts';
import type { FileOptions, RemoteEntry } from './remoteFileSystem.ts';
import type { Session, Work } from './session.ts';

/** Sets the time at which what a path leads to was last written. */
export async function setModified(
  session: Session,
  path: RemotePath,
  time: Date,
  options: FileOptions,
): Promise<void> {
  const step = session.step('setModified', path, options);
  // A server sets the time of a link's target, as utime does.
  const place = await followLinks(session, path, step.signal);
  const target = place?.entry ? place.path : path;
  const done = await session.run(step, (work) => set(session, work, target, time));
  if (done === 'refused') {
    throw refusal('unsupported', 'setModified', path, 'it has no command for that, or ignores it');
  }
  note(session, target, time, done.entry);
  session.changes.fire([...new Set([path, target])].map((path) => ({ path, type: 'changed' })));
}

async function set(
  session: Session,
  work: Work,
  path: RemotePath,
  time: Date,
): Promise<{ readonly entry: RemoteEntry | undefined } | 'refused'> {
  const { connection, signal } = work;
  if (!(await connection.setModified(path, time, { signal }))) return 'refused';
  return { entry: await exactEntry(session, work, path) };
}

function note(
  session: Session,
  path: RemotePath,
  time: Date,
  exact: RemoteEntry | undefined,
): void {
  if (path === rootPath) return;
  const known = session.folders.lookup(path);
  if (known === undefined || known === 'absent' || known.type === 'symlink') {
    session.folders.forget(parentOf(path));
    return;
  }
  // What a listing said of the old time is no longer so.
  const { wallClock: _, ...rest } = known;
  const entry = exact ?? { modified: time, precision: 'second' };
  session.folders.put(path, { ...rest, ...entry, name: nameOf(path) });
}
