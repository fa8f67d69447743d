import { nameOf, parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { holdsUndecoded } from '../../ftp/grammar/charset/charset.ts';
import { type Contents, isProof, type Listed } from '../known/entries.ts';
import { refusal, silentWhereNo } from '../errorTranslation.ts';
import { exactEntry } from '../known/exactEntry.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Session, Work } from '../session.ts';

/**
 * Lists a folder, and makes sure that it is one: some servers answer MLSD of a name that does not
 * exist with an empty listing, and of a file with the line of that file.
 */
export async function listFolder(
  session: Session,
  work: Work,
  folder: RemotePath,
): Promise<Listed> {
  const { entries, missing, isEntered = false } = await work.connection.list(folder, work);
  noteUndecodable(session, folder, entries);
  const listed = { entries, missing };
  if (isEntered || entries.length > 1 || folder === rootPath) return listed;
  const entry = await entryOfFolder(session, work, folder);
  if (entry === 'absent') throw refusal('notFound', 'list', folder);
  if (entry?.type === 'file') throw refusal('notADirectory', 'list', folder);
  return listed;
}

/** Tells whoever is shown a folder that there may be more in it. */
export function tellPart(session: Session, path: RemotePath, { missing }: Contents): void {
  if (missing === undefined) return;
  session.logger.warn(`The listing of ${path} may not be all: ${missing}`);
  session.parts.fire({ path, why: missing });
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
  session.habits.listedUndecodable(count);
}

async function entryOfFolder(
  session: Session,
  work: Work,
  folder: RemotePath,
): Promise<RemoteEntry | 'absent' | undefined> {
  const known = session.folders.lookup(folder);
  if (known && known !== 'absent' && known.type !== 'file') return known;
  const exact = await exactEntry(session, work, folder);
  if (exact) return exact;
  const list = (path: RemotePath): Promise<Listed> => listFolder(session, work, path);
  const parent = await silentWhereNo(session.folders.folderBy(parentOf(folder), list, work));
  // A parent that may not be listed says nothing about its folders.
  return parent?.entries.get(nameOf(folder)) ?? (parent && isProof(parent) ? 'absent' : undefined);
}
