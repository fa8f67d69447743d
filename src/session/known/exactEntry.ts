import type { RemotePath } from '../../base/paths.ts';
import { saysNo } from '../errorTranslation.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Session, Work } from '../session.ts';

/** The exact facts of one name; `undefined` where the server does not tell them. */
export async function exactEntry(
  session: Session,
  { connection, signal }: Work,
  path: RemotePath,
): Promise<RemoteEntry | undefined> {
  try {
    const entry = await connection.entry(path, { signal });
    if (entry && !session.habits.tellsEntries) session.habits.toldEntry();
    const { sizesFolders, keepsQuiet } = connection.description;
    if (sizesFolders === true || keepsQuiet === true) session.habits.distrustsEntries();
    return entry;
  } catch (error) {
    if (saysNo(error)) return undefined;
    throw error;
  }
}
