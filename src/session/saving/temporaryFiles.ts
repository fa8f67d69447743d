import { joinPath, nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { ArgumentError, ReplyError, TransferError } from '../../ftp/errors.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import type { Contents } from '../known/entries.ts';
import type { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Save, SavingParts } from './save.ts';

// Whether a folder takes temporary files, what a server makes of their names, and how they go again.

/**
 * Whether a save may go by way of a temporary file. Before the first one on a server it is asked
 * whether it renames: what can be neither renamed nor deleted would stay there for good, as on
 * accounts that may only upload.
 */
export async function takesTemporaryFile(
  save: Save,
  old: RemoteEntry | undefined,
): Promise<boolean> {
  const { parts, connection, path, request } = save;
  const { habits } = parts;
  if (habits.refusesTemporaryNames(parentOf(path))) return false;
  if (habits.renames.temporaryNames === 'taken') return true;
  const refused = await connection.perform(request, async (attempt) => {
    const asked = old ? path : await askedInstead(parts, attempt, path);
    const { signal } = attempt;
    const why = await attempt.connection.refusalToRename(asked, { signal });
    if (!why) habits.renames.takesTemporaryNames();
    // "File busy" tells nothing, nor does a refusal of a file that is gone meanwhile.
    return why?.remedy === 'none' && (await mayStand(parts, attempt, asked)) ? why : undefined;
  });
  if (!refused) return true;
  noteRefusedRename(parts, path, refused);
  return false;
}

/** A new file cannot be asked about: another one of its folder is, or the folder. */
async function askedInstead(
  { facts, folders }: SavingParts,
  attempt: RequestAttempt,
  path: RemotePath,
): Promise<RemotePath> {
  const folder = parentOf(path);
  try {
    const { entries } = folders.peek(folder) ?? (await facts.listBy(attempt, folder));
    const other = [...entries.values()].find(({ type }) => type === 'file');
    return other ? joinPath(folder, other.name) : folder;
  } catch (error) {
    if (saysNo(error)) return folder;
    throw error;
  }
}

async function mayStand(
  parts: SavingParts,
  attempt: RequestAttempt,
  path: RemotePath,
): Promise<boolean> {
  try {
    return (await parts.facts.at(attempt, path, { by: 'listing' })) !== undefined;
  } catch (error) {
    if (saysNo(error)) return true;
    throw error;
  }
}

/** RFC 959, 4.2.2: what is 500 or 502, "not implemented", is so in every folder. */
export function noteRefusedRename(
  { habits, logger }: SavingParts,
  path: RemotePath,
  why: ReplyError | RemoteFileError,
): void {
  const isUnknown = why instanceof ReplyError && [500, 502].includes(why.reply.code);
  if (isUnknown) habits.renames.takesNoTemporaryNames();
  else habits.temporaryNameRefused(parentOf(path));
  logger.info(`Saving in place from now on: ${why.message}`);
}

// Not there: protection, login and room, which no other name would change.
const aboutNoName = [521, 522, 530, 532, 533, 534, 535, 536, 537, 551, 552];

/**
 * True of a refused STOR that would not be refused under the file's own name. RFC 959, 4.2.2: 550
 * "file unavailable (e.g., ... no access)", 553 "file name not allowed"; servers say 501 and others of
 * names that they do not take. Once bytes were on their way only 553 speaks of the name.
 */
export function forbidsNewNames(error: unknown): boolean {
  if (error instanceof TransferError) {
    return error.cause instanceof ReplyError && error.cause.reply.code === 553;
  }
  if (!(error instanceof ReplyError)) return false;
  const { code, replyClass } = error.reply;
  return replyClass === 'permanentNegative' && !aboutNoName.includes(code);
}

/** Deletes a temporary file, which was made by this very save. Fails silently, but for the log. */
export async function removeTemporary(
  { parts, connection, request: { attempts } }: Pick<Save, 'parts' | 'connection' | 'request'>,
  temporary: RemotePath,
): Promise<void> {
  const named = { path: temporary, attempts };
  await connection.cleanUp('Removing a file that a save left', named, async (attempt) => {
    const { signal } = attempt;
    try {
      if ((await attempt.connection.deleteFile(temporary, { signal })) === 'gone') return;
    } catch (error) {
      // A name that cannot be sent has made no temporary file either.
      if (error instanceof ArgumentError) return;
      if (!saysNo(error)) throw error;
      if (!(await parts.facts.at(attempt, temporary))) return;
    }
    // A scanner may have held it for a moment.
    if ((await attempt.connection.deleteFile(temporary, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', temporary, 'it is still there');
  });
}

// Fewer letters of a name, as servers keep them before a dot (8.3), could be of any file.
const fewestLetters = 8;

/**
 * The one name that a server can have made of a longer one: new since, of the same size, and the
 * beginning of what was asked for, with or without its extension.
 */
export function cutShort(
  asked: RemotePath,
  { size }: { readonly size: number },
  {
    before,
    after,
  }: { readonly before: Contents | undefined; readonly after: Contents | undefined },
): RemotePath | undefined {
  if (!before || !after || before === after) return undefined;
  const found = [...after.entries.values()].filter(
    (entry) =>
      !before.entries.has(entry.name) && mayBe(entry, size) && isPartOf(entry.name, nameOf(asked)),
  );
  const [only] = found;
  return only && found.length === 1 ? joinPath(parentOf(asked), only.name) : undefined;
}

function mayBe(entry: RemoteEntry, size: number): boolean {
  return entry.type === 'file' && (entry.size === undefined || entry.size === size);
}

function isPartOf(name: string, asked: string): boolean {
  if (name.length >= asked.length) return false;
  const [short, long] = [name.toLowerCase(), asked.toLowerCase()];
  const dot = short.lastIndexOf('.');
  const stem =
    dot > 0 && long.startsWith('.' + short.slice(dot + 1), long.lastIndexOf('.'))
      ? short.slice(0, dot)
      : short;
  return stem.length >= fewestLetters && long.startsWith(stem);
}
