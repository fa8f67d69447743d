import { type ByteSource, collectBytes } from '../../base/bytes.ts';
import { joinPath, nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { HeldConnection } from '../connections/heldConnection.ts';
import { requestFor } from '../connections/requests.ts';
import { refusal } from '../errorTranslation.ts';
import type { Contents } from '../known/entries.ts';
import type { ReadingParts } from '../reading/reading.ts';
import { receive } from '../reading/receiving.ts';
import type { FileOptions, RemoteEntry, StatEntry } from '../remoteFileSystem.ts';
import { mayUploadAgain, type SavingParts, type Sent, upload, verify } from '../saving/save.ts';
import { forbidsNewNames, removeTemporary, shortenedName } from '../saving/temporaryFiles.ts';
import type { Session } from '../session.ts';
import { temporaryNameOf } from '../temporaryNames.ts';
import { replacementInDoubt, replace, type ReplaceParts } from './replace.ts';

/** What copying the files of a folder together takes of a session. */
export type TogetherParts = ReadingParts & SavingParts & ReplaceParts;

/** Files up to this size are copied through memory. */
export const maxInMemory: number = 16 * 1024 * 1024;

/** So many files are copied together: what fails costs no more than them. */
export const mostTogether = 100;

/** A file on its way: under its temporary name, until it takes its own. */
interface Arrival {
  readonly entry: StatEntry;
  readonly path: RemotePath;
  readonly temporary: RemotePath;
  readonly sent: Sent;
}

interface Folders {
  readonly from: RemotePath;
  readonly to: RemotePath;
}

/** True where the server is known to rename what arrives under a temporary name in this folder. */
export function mayCopyTogether({ habits }: Pick<Session, 'habits'>, to: RemotePath): boolean {
  const { temporaryNames } = habits.renames;
  const isTaken = temporaryNames === 'taken' || temporaryNames === 'remembered';
  return isTaken && !habits.refusesTemporaryNames(to);
}

/**
 * Copies files into a folder that this very copy has made, where nothing is in their way. Each arrives
 * under a temporary name, as in a save. But whether all of them arrived whole is told by one listing
 * before they take their names, and that they have taken them by one behind it. Returns what has to be
 * copied on its own: where the server did not take a temporary name, or another program took the file's.
 */
export async function copyTogether(
  parts: TogetherParts,
  folders: Folders,
  entries: readonly StatEntry[],
  options: FileOptions,
): Promise<readonly StatEntry[]> {
  const { to } = folders;
  const { signal } = options;
  const before = parts.folders.peek(to);
  // Under these names something of ours may stand.
  const leftOver = new Set<RemotePath>();
  const arrivals: Arrival[] = [];
  const alone: StatEntry[] = [];
  try {
    for (const entry of entries) {
      signal.throwIfAborted();
      const path = joinPath(to, entry.name);
      const temporary = temporaryNameOf(path, parts.newId());
      const sent = await send(parts, folders, { entry, temporary, leftOver }, options);
      if (sent) arrivals.push({ entry, path, temporary, sent });
      else alone.push(entry);
    }
    const after = await listed(parts, to, signal);
    const fit: Arrival[] = [];
    for (const arrival of arrivals) {
      if (await isWhole(parts, arrival, { before, after, leftOver, signal })) fit.push(arrival);
      else alone.push(arrival.entry);
    }
    signal.throwIfAborted();
    await parts.lifetime.uninterrupted(() => takeNames(parts, to, fit, leftOver));
  } finally {
    await discard(parts, leftOver);
  }
  return alone;
}

/** Uploads a copy; `undefined` where the server does not take the temporary name. */
async function send(
  parts: TogetherParts,
  { from, to }: Folders,
  file: {
    readonly entry: StatEntry;
    readonly temporary: RemotePath;
    readonly leftOver: Set<RemotePath>;
  },
  { signal, observer }: FileOptions,
): Promise<Sent | undefined> {
  const { entry, temporary, leftOver } = file;
  const content = await readSmallFile(parts, joinPath(from, entry.name), signal);
  const path = joinPath(to, entry.name);
  const sending = { signal, ...(observer && { observer }) };
  const request = requestFor('write', path, sending, 'transfer');
  leftOver.add(temporary);
  try {
    const sending = { ...request, use: 'save', mayRepeat: mayUploadAgain } as const;
    return await parts.requests.perform(sending, (attempt) =>
      upload(attempt, temporary, [content], path, 'command'),
    );
  } catch (error) {
    if (forbidsNewNames(error) && !signal.aborted) return undefined;
    throw await parts.requests.translate(error, request);
  }
}

/** The whole of a file that has no more than a copy takes into memory. */
export async function readSmallFile(
  parts: ReadingParts,
  path: RemotePath,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const collect = (source: () => ByteSource): Promise<Uint8Array> =>
    collectBytes(source(), maxInMemory).catch((error: unknown) => {
      if (!(error instanceof RangeError)) throw error;
      throw refusal('damaged', 'copy', path, 'it grew while it was read');
    });
  return await receive(parts, path, collect, { signal, lane: 'transfer' });
}

async function listed(
  parts: TogetherParts,
  folder: RemotePath,
  signal: AbortSignal,
): Promise<Contents> {
  try {
    return await parts.folders.folder(folder, { signal, fresh: true });
  } catch (error) {
    throw await parts.requests.translate(error, requestFor('list', folder, { signal }));
  }
}

interface Look {
  readonly before: Contents | undefined;
  readonly after: Contents;
  readonly leftOver: Set<RemotePath>;
  readonly signal: AbortSignal;
}

/** False for a file that has to go on its own way; throws where other bytes arrived than were sent. */
async function isWhole(
  parts: TogetherParts,
  { path, temporary, sent }: Arrival,
  { before, after, leftOver, signal }: Look,
): Promise<boolean> {
  if (after.entries.has(nameOf(path))) return false;
  const found = after.entries.get(nameOf(temporary));
  if (isOfSize(found, sent.size)) return true;
  const cut = found ? undefined : shortenedName(temporary, sent, { before, after });
  if (cut !== undefined) {
    parts.habits.renames.takesNoTemporaryNames();
    leftOver.add(cut);
    return false;
  }
  await parts.requests.run(requestFor('write', path, { signal }), (attempt) =>
    verify(parts, attempt, temporary, sent, path),
  );
  return true;
}

// As the last step of a save it goes on after a cancel. Nothing of the user's is replaced by it.
async function takeNames(
  parts: TogetherParts,
  folder: RemotePath,
  arrivals: readonly Arrival[],
  leftOver: Set<RemotePath>,
): Promise<void> {
  const { ended: signal } = parts.lifetime;
  await using connection = new HeldConnection(parts.requests);
  try {
    for (const { path, temporary } of arrivals) {
      const once = { ...requestFor('rename', temporary, { signal }), mayRepeat: () => false };
      await connection.perform({ ...once, lane: 'finishing' }, (attempt) =>
        attempt.connection.rename(temporary, path, {
          signal: attempt.signal,
          isProved: true,
          provenBy: 'caller',
        }),
      );
    }
  } catch (error) {
    // What became of it is told by the listing, and the rest is renamed file by file.
    parts.logger.warn(`Renaming the files of ${folder} broke off: ${String(error)}`);
  }
  await connection.giveBack();
  const now = await listed(parts, folder, signal).catch(() => undefined);
  for (const arrival of arrivals) {
    if (!isInPlace(now, arrival)) await takeName(parts, connection, arrival);
    leftOver.delete(arrival.temporary);
  }
}

function isInPlace(now: Contents | undefined, { path, temporary, sent }: Arrival): boolean {
  const isGone = now?.entries.has(nameOf(temporary)) === false;
  return isGone && isOfSize(now.entries.get(nameOf(path)), sent.size);
}

// Sizes that are rounded, or of what is kept on the disk, prove nothing.
function isOfSize(entry: RemoteEntry | undefined, size: number): boolean {
  return entry?.type === 'file' && entry.sizeOf === undefined && entry.size === size;
}

/** The rename of one file, with a look at both its names. */
async function takeName(
  parts: TogetherParts,
  connection: HeldConnection,
  { path, temporary, sent }: Arrival,
): Promise<void> {
  const request = requestFor('write', path, { signal: parts.lifetime.ended });
  const outcome = await replace(parts, {
    connection,
    from: temporary,
    to: path,
    source: { type: 'file', ...sent },
    attempts: request.attempts,
    old: undefined,
    removeBackup: async () => {},
  });
  await connection.giveBack();
  // The listing is older than that.
  parts.folders.forget(parentOf(path));
  if (outcome.kind === 'renamed') {
    parts.changes.fire([{ path, type: 'created' }]);
    return;
  }
  if (outcome.kind === 'unknown') throw replacementInDoubt(path, temporary, outcome.error);
  throw await parts.requests.translate(outcome.error, request);
}

// A server that is gone takes its time for each of them.
const mostFailures = 3;

async function discard(parts: TogetherParts, names: Iterable<RemotePath>): Promise<void> {
  await using connection = new HeldConnection(parts.requests);
  let failures = 0;
  for (const name of names) {
    const request = requestFor('deleteFile', name, { signal: parts.lifetime.ended });
    if (failures >= mostFailures) parts.logger.warn(`${name} was not removed`);
    else if (!(await removeTemporary({ parts, connection, request }, name))) failures++;
  }
}
