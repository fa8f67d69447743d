import { nameOf, parentOf, type RemotePath, rootPath } from '../base/paths.ts';
import { refusal } from './errorTranslation.ts';
import { followLinks } from './links.ts';
import { exactEntry } from './looking.ts';
import type { FileOptions, RemoteEntry } from './remoteFileSystem.ts';
import type { Session, Work } from './session.ts';

/** Sets the Unix mode bits of what a path leads to: octal digits, "644" or "2755". */
export async function changeMode(
  session: Session,
  path: RemotePath,
  mode: string,
  options: FileOptions,
): Promise<void> {
  const step = session.step('changeMode', path, options);
  if (!/^[0-7]{3,4}$/.test(mode)) throw new RangeError(`Not a mode: ${JSON.stringify(mode)}`);
  // A server changes the target's mode, as chmod does, but tells the link's facts: both are named.
  const place = await followLinks(session, path, step.signal);
  const target = place?.entry ? place.path : path;
  const entry = await session.run(step, (work) => change(session, work, target, mode));
  if (entry === 'unsupported') {
    throw refusal('unsupported', 'changeMode', path, 'it has no SITE CHMOD');
  }
  note(session, target, entry, mode);
  session.changes.fire([...new Set([path, target])].map((path) => ({ path, type: 'changed' })));
  if (entry?.mode !== undefined && bitsOf(entry.mode) !== bitsOf(mode)) {
    throw refusal('noPermissions', 'changeMode', path, `its mode is ${entry.mode} all the same`);
  }
}

async function change(
  session: Session,
  work: Work,
  path: RemotePath,
  mode: string,
): Promise<RemoteEntry | 'unsupported' | undefined> {
  const { connection, signal } = work;
  if (!(await connection.changeMode(path, mode, { signal }))) return 'unsupported';
  const entry = await exactEntry(session, work, path);
  // Facts of a link say nothing of what was changed.
  return entry?.type === 'symlink' ? undefined : entry;
}

// SIZE and MDTM tell no mode: then it is taken to be what the server said yes to.
function note(
  session: Session,
  path: RemotePath,
  exact: RemoteEntry | undefined,
  mode: string,
): void {
  if (path === rootPath) return;
  const known = session.folders.lookup(path);
  if (known === undefined || known === 'absent' || known.type === 'symlink') {
    session.folders.forget(parentOf(path));
    return;
  }
  session.folders.put(path, {
    ...known,
    ...exact,
    name: nameOf(path),
    mode: exact?.mode ?? mode.padStart(4, '0'),
  });
}

function bitsOf(mode: string): number {
  return Number.parseInt(mode, 8);
}
