import { joinPath, nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { type Contents, isProof, type Listed } from './entries.ts';
import { refusal, saysNo, silentWhereNo } from '../errorTranslation.ts';
import { exactEntry } from './exactEntry.ts';
import { listFolder } from '../reading/folderListing.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Session, Step, Work } from '../session.ts';

/** The root stands in no listing, and is a folder on every server. */
export const rootEntry: RemoteEntry = {
  name: '',
  type: 'directory',
  size: undefined,
  modified: undefined,
  precision: 'none',
};

/**
 * What stands at a path now, asked anew; `undefined`: nothing. `by: 'listing'` does not believe an
 * older listing that the name is absent even if the server is silent about it too. `by: 'name'` asks
 * the listing alone, which tells names as they are written, also on a server that ignores case.
 * `listed: 'known'`: a listing that is known will do where the server tells of no single name.
 */
export async function lookAt(
  session: Session,
  work: Work,
  path: RemotePath,
  {
    by = 'any',
    listed = 'anew',
  }: { readonly by?: 'any' | 'listing' | 'name'; readonly listed?: 'known' | 'anew' } = {},
): Promise<RemoteEntry | undefined> {
  if (path === rootPath) return rootEntry;
  const exact = by === 'name' ? undefined : await exactEntry(session, work, path);
  if (exact) return withKnownMode(session, path, exact);
  const known = listed === 'known' ? session.folders.lookup(path) : undefined;
  if (known && known !== 'absent' && !session.habits.tellsEntries) return known;
  if (by === 'any' && isSilentOfAbsent(session, path)) return undefined;
  const list = (folder: RemotePath): Promise<Listed> => listFolder(session, work, folder);
  const parent = await session.folders.folderBy(parentOf(path), list, work);
  const found = parent.entries.get(nameOf(path));
  return found || isProof(parent) ? found : await lookAtItself(session, work, path, parent);
}

/**
 * What stands at a path, asked of the name itself: nothing follows from its absence where not all was
 * listed. SIZE and MDTM are silent about folders, so that one is entered.
 */
export async function lookAtItself(
  session: Session,
  work: Work,
  path: RemotePath,
  parent: Contents,
): Promise<RemoteEntry | undefined> {
  const exact = await exactEntry(session, work, path);
  if (exact) return withKnownMode(session, path, exact);
  const { tellsEntries } = session.habits;
  if (tellsEntries && work.connection.features.has('MLST')) return undefined;
  if (await canBeEntered(session, work, path)) return { ...rootEntry, name: nameOf(path) };
  if (tellsEntries || parent.missing === undefined) return undefined;
  const more = 'its folder may hold more than the server has listed';
  throw refusal('unavailable', 'stat', path, more);
}

async function canBeEntered(session: Session, work: Work, path: RemotePath): Promise<boolean> {
  const { habits } = session;
  if (habits.enters === 'any' || !(await isListable(session, work, path))) return false;
  if (habits.enters === 'unknown') {
    const absent = joinPath(path, session.newId());
    habits.triedToEnter((await isListable(session, work, absent)) ? 'entered' : 'refused');
  }
  return habits.enters === 'folders';
}

async function isListable(session: Session, work: Work, folder: RemotePath): Promise<boolean> {
  const list = (path: RemotePath): Promise<Listed> => listFolder(session, work, path);
  return (await silentWhereNo(session.folders.folderBy(folder, list, work))) !== undefined;
}

/**
 * The same, but of a link that only the server can follow its target's size and time: RFC 3659, 3 and
 * 4, SIZE and MDTM tell of what RETR would send, where MLST may tell of the link.
 */
export async function lookThrough(
  session: Session,
  work: Work,
  path: RemotePath,
): Promise<RemoteEntry | undefined> {
  const entry = await lookAt(session, work, path);
  return entry?.type === 'symlink' ? throughServer(work, path, entry) : entry;
}

/** What the server's own following of a link shows, beside what is known of the link. */
export async function throughServer(
  { connection, signal }: Work,
  path: RemotePath,
  link: RemoteEntry,
): Promise<RemoteEntry> {
  // Not awaited one by one: they go out together.
  const [size, modified] = await awaitAll(
    silentWhereNo(connection.size(path, { signal })),
    silentWhereNo(connection.modified(path, { signal })),
  );
  if (size === undefined) return link;
  return { ...link, size, modified, precision: modified ? 'second' : 'none' };
}

/** Takes exact facts into what is known; SIZE and MDTM tell no mode, which a listing may have told. */
export function withKnownMode(session: Session, path: RemotePath, exact: RemoteEntry): RemoteEntry {
  const known = session.folders.listed(path);
  const mode = known === 'absent' ? undefined : known?.mode;
  const entry = { ...(mode !== undefined && { mode }), ...exact };
  // A server may answer for a link with its target's facts: what is known of the link stays.
  if (known === 'absent' || known?.type !== 'symlink') session.folders.learn(path, entry);
  return entry;
}

/** True when the server's silence about a name, and a listing that lacks it, prove that it is absent. */
export function isSilentOfAbsent(session: Session, path: RemotePath): boolean {
  return session.habits.tellsEntries && session.folders.listed(path) === 'absent';
}

/** What the parent's listing shows now at a step's path; `undefined` also where it cannot be listed. */
export async function listedAnew(session: Session, step: Step): Promise<RemoteEntry | undefined> {
  const { path, signal } = step;
  try {
    const { entries } = await session.folders.folder(parentOf(path), { signal, fresh: true });
    return entries.get(nameOf(path));
  } catch (error) {
    if (saysNo(error)) return undefined;
    throw await session.translate(error, step);
  }
}
