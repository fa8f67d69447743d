import { raceAbort } from '../../base/abort.ts';
import { joinPath, nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { ArgumentError, ReplyError, TransferError } from '../../ftp/errors.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import type { Contents } from '../known/entries.ts';
import type { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry } from '../remoteFileSystem.ts';
import type { Save, SavingParts, Sent } from './save.ts';

// Temporary files on a server: whether it takes them, what it makes of their names, how they are removed.

/** True where the file is to arrive under a temporary name: in this folder the server takes and renames one. */
export async function takesTemporaryFile(
  save: Save,
  old: RemoteEntry | undefined,
): Promise<boolean> {
  const { habits } = save.parts;
  for (;;) {
    if (habits.refusesTemporaryNames(parentOf(save.path))) return false;
    const known = habits.renames.temporaryNames;
    if (known === 'taken' || known === 'remembered') return true;
    if (!habits.asksToRename) break;
    await raceAbort(habits.asksToRename, save.request.signal);
  }
  return await askOnce(save, old);
}

// Of many saves that begin at once, one asks for all.
async function askOnce(save: Save, old: RemoteEntry | undefined): Promise<boolean> {
  const { habits } = save.parts;
  const asking = wouldRename(save, old);
  habits.askingToRename(asking.catch(() => {}));
  return await asking;
}

/**
 * Asks the server whether it renames, before the first temporary file: one that it neither renames nor
 * deletes would stay there for good, as on accounts that may only upload.
 */
async function wouldRename(save: Save, old: RemoteEntry | undefined): Promise<boolean> {
  const { parts, connection, path, request } = save;
  const { habits } = parts;
  const refused = await connection.perform(request, async (attempt) => {
    const asked = old ? path : await askedInstead(parts, attempt, path);
    const { signal } = attempt;
    const why = await attempt.connection.refusalToRename(asked, { signal });
    if (!why) habits.renames.takesTemporaryNames();
    // "File busy" says nothing about renames, nor does the refusal of a file that is gone by now.
    return why?.remedy === 'none' && (await mayStand(parts, attempt, asked)) ? why : undefined;
  });
  if (!refused) return true;
  noteRefusedRename(parts, path, refused);
  return false;
}

/** What is asked about where the file is new: another file of its folder, or the folder itself. */
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

/** RFC 959, 4.2.2: where RNFR or RNTO is 500 or 502, "not implemented", that holds in every folder. */
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

// Refusals for protection, login or room, which another name would not change.
const aboutNoName = [521, 522, 530, 532, 533, 534, 535, 536, 537, 551, 552];

/**
 * True of a refused STOR that may be accepted under the file's own name. RFC 959, 4.2.2: 550 "file
 * unavailable (e.g., ... no access)", 553 "file name not allowed"; servers answer 501 and others to
 * names that they do not take. Once bytes were sent, only 553 is about the name.
 */
export function forbidsNewNames(error: unknown): boolean {
  if (error instanceof TransferError) {
    return error.cause instanceof ReplyError && error.cause.reply.code === 553;
  }
  if (!(error instanceof ReplyError)) return false;
  const { code, replyClass } = error.reply;
  return replyClass === 'permanentNegative' && !aboutNoName.includes(code);
}

/** Gives a temporary file the old one's mode. A save that loses the mode is better than one that fails. */
export async function keepMode(
  parts: SavingParts,
  { connection, signal }: RequestAttempt,
  path: RemotePath,
  mode: string,
): Promise<void> {
  try {
    if (await connection.changeMode(path, mode, { signal })) return;
  } catch (error) {
    if (!saysNo(error)) throw error;
  }
  parts.logger.warn(`The server did not set the mode ${mode} of ${path}`);
}

/** Deletes a temporary file that this very save has made. A failure is only logged; false then. */
export async function removeTemporary(
  { parts, connection, request: { attempts } }: Pick<Save, 'parts' | 'connection' | 'request'>,
  temporary: RemotePath,
): Promise<boolean> {
  const named = { path: temporary, attempts };
  return connection.cleanUp('Removing a file that a save left', named, async (attempt) => {
    const { signal } = attempt;
    try {
      if ((await attempt.connection.deleteFile(temporary, { signal })) === 'gone') return;
    } catch (error) {
      // No command can carry the name: then no file was made under it either.
      if (error instanceof ArgumentError) return;
      if (!saysNo(error)) throw error;
      if (!(await parts.facts.at(attempt, temporary))) return;
    }
    // A virus scanner may have held the file for a moment.
    if ((await attempt.connection.deleteFile(temporary, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', temporary, 'it is still there');
  });
}

/** Removes the file that a server made under a shortened name. False where there is none. */
export async function removeCutShort(
  save: Save,
  { temporary, before, sent }: { temporary: RemotePath; before: Contents | undefined; sent: Sent },
): Promise<boolean> {
  const { parts, path } = save;
  const cut = shortenedName(temporary, sent, { before, after: parts.folders.peek(parentOf(path)) });
  if (cut === undefined) return false;
  parts.logger.warn(`The server cuts names short: ${nameOf(cut)} came of ${nameOf(temporary)}`);
  parts.habits.renames.takesNoTemporaryNames();
  await removeTemporary(save, cut);
  return true;
}

// Servers keep that many before the dot (8.3). Fewer could be the beginning of any other name.
const fewestLetters = 8;

/**
 * The name that a server has made of a longer one, where only one can be it: of a file that is new
 * since and has the same size, and the beginning of what was asked for, with or without its extension.
 */
export function shortenedName(
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
