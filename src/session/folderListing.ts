import { nameOf, parentOf, type RemotePath, rootPath } from '../base/paths.ts';
import { holdsUndecoded } from '../ftp/grammar/charset.ts';
import { refusal, saysNo } from './errorTranslation.ts';
import type { RemoteEntry } from './remoteFileSystem.ts';
import type { Session, Work } from './session.ts';

/**
 * Lists a folder, and makes sure that it is one: vsftpd answers LIST of a name that does not exist
 * with an empty listing, and every LIST of a file with the line of that file.
 */
export async function listFolder(
  session: Session,
  work: Work,
  folder: RemotePath,
): Promise<readonly RemoteEntry[]> {
  const { entries, unreadable } = await work.connection.list(folder, work);
  if (unreadable.length > 0) {
    session.logger.warn(
      `${unreadable.length} lines of the listing of ${folder} mean nothing to us`,
    );
  }
  noteUndecodable(session, folder, entries);
  if (entries.length > 1 || folder === rootPath) return entries;
  const entry = await entryOfFolder(session, work, folder);
  if (entry === 'absent') throw refusal('notFound', 'list', folder);
  if (entry?.type === 'file') throw refusal('notADirectory', 'list', folder);
  return entries;
}

// Such names can be opened all the same, but nobody can read them: told once, not in each folder.
function noteUndecodable(
  session: Session,
  folder: RemotePath,
  entries: readonly RemoteEntry[],
): void {
  const count = entries.filter(({ name }) => holdsUndecoded(name)).length;
  if (count > 0 && session.habits.undecodableNames === 0) {
    session.logger.warn(
      `Names in ${folder} are not in the charset of the site, which may need another: ${count}`,
    );
  }
  session.habits.undecodableNames += count;
}

async function entryOfFolder(
  session: Session,
  work: Work,
  folder: RemotePath,
): Promise<RemoteEntry | 'absent' | undefined> {
  const known = session.folders.lookup(folder);
  if (known && known !== 'absent' && known.type !== 'file') return known;
  const list = (path: RemotePath): Promise<readonly RemoteEntry[]> =>
    listFolder(session, work, path);
  try {
    const siblings = await session.folders.folderBy(parentOf(folder), list, work);
    return siblings.get(nameOf(folder)) ?? 'absent';
  } catch (error) {
    // A parent that may not be listed says nothing about its folders.
    if (saysNo(error)) return undefined;
    throw error;
  }
}
