import { joinPath, parentOf, type RemotePath } from '../../base/paths.ts';
import { ReplyError } from '../../ftp/errors.ts';
import { saysNo } from '../errorTranslation.ts';
import type { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Save } from './save.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import type { Session } from '../session.ts';

/**
 * Whether a save may send its bytes to a temporary file. Before the first one on a server it is asked
 * whether it renames: what can be neither renamed nor deleted would stay there for good, as on
 * accounts that may only upload.
 */
export async function takesTemporaryFile(
  save: Save,
  old: RemoteEntry | undefined,
): Promise<boolean> {
  const { session, path, request } = save;
  const { habits } = session;
  if (habits.takesNoTemporaryFile(parentOf(path))) return false;
  if (habits.renames.temporaryFiles === 'taken') return true;
  const asked = old ? path : await askedInstead(save);
  const refusal = await session.requests.perform(request, ({ connection, signal }) =>
    connection.refusalToRename(asked, { signal }),
  );
  if (!refusal) habits.renames.takesTemporaryFiles();
  // "File busy" tells nothing, nor what is gone meanwhile.
  if (refusal?.remedy !== 'none' || !(await mayStand(save, asked))) return true;
  noteRefusedRename(session, path, refusal);
  return false;
}

async function mayStand({ session, request }: Save, asked: RemotePath): Promise<boolean> {
  try {
    const look = (attempt: RequestAttempt): Promise<RemoteEntry | undefined> =>
      session.facts.at(attempt, asked, { by: 'listing' });
    return (await session.requests.perform(request, look)) !== undefined;
  } catch (error) {
    if (saysNo(error)) return true;
    throw error;
  }
}

/** A new file cannot be asked about: another one of its folder is, or the folder. */
async function askedInstead({ session, path, request }: Save): Promise<RemotePath> {
  const folder = parentOf(path);
  try {
    const { entries } = await session.folders.folder(folder, {
      signal: request.signal,
      attempts: request.attempts,
    });
    const other = [...entries.values()].find(({ type }) => type === 'file');
    return other ? joinPath(folder, other.name) : folder;
  } catch (error) {
    if (saysNo(error)) return folder;
    throw error;
  }
}

/** RFC 959, 4.2.2: what is 500 or 502, "not implemented", is so in every folder. */
export function noteRefusedRename(
  { habits, logger }: Session,
  path: RemotePath,
  why: ReplyError | RemoteFileError,
): void {
  const isUnknown = why instanceof ReplyError && [500, 502].includes(why.reply.code);
  if (isUnknown) habits.renames.takesNoTemporaryFiles();
  else habits.noteNoTemporaryFile(parentOf(path));
  logger.info(`Saving in place from now on: ${why.message}`);
}
