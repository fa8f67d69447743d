import type { ByteSource } from '../../base/bytes.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { ReplyError } from '../../ftp/errors.ts';
import { doubt, type RefusedRename, replace } from '../changing/replace.ts';
import { HeldConnection } from '../connections/heldConnection.ts';
import { type Request, type RequestAttempt, requestFor } from '../connections/requests.ts';
import { saysNo } from '../errorTranslation.ts';
import type { Contents } from '../known/entries.ts';
import type { LinkTarget } from '../known/links.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry, WriteOptions, WriteOutcome } from '../remoteFileSystem.ts';
import { temporaryNameOf } from '../temporaryNames.ts';
import { writeInPlace } from './inPlace.ts';
import {
  isProven,
  nothingSent,
  noteWritten,
  NotThereError,
  type Save,
  type SavingParts,
  type SentOver,
  upload,
  uploadWhileAsking,
  verify,
} from './save.ts';
import {
  cutShort,
  forbidsNewNames,
  noteRefusedRename,
  removeTemporary,
  takesTemporaryFile,
} from './temporaryFiles.ts';
import { checkAgain, checkWrite, mayAskOnce, type Verdict } from './writeCheck.ts';

/**
 * Writes a file so that the old one stands until the new one is whole and checked: the bytes go to a
 * temporary file first, which then takes the name. Whatever fails before that leaves the old file.
 * All of it goes over one connection: the question what stands there, the upload, the check, the
 * rename.
 */
export async function safeWrite(
  parts: SavingParts,
  path: RemotePath,
  source: () => ByteSource,
  options: WriteOptions,
): Promise<WriteOutcome> {
  const request = requestFor('write', path, options);
  try {
    // RNTO over a symbolic link would replace the link: its target is what is written.
    const place = await writablePlace(parts, request);
    await using connection = new HeldConnection(parts.requests);
    const save: Save = { parts, connection, path: place?.path ?? path, source, options, request };
    if (place && mayAskOnce(parts, save.path, options)) {
      const outcome = await writeWhileAsking(save);
      if (outcome !== 'undecided') return outcome;
    }
    const verdict = await connection.perform(request, (attempt) =>
      checkWrite(parts, attempt, save.path, options),
    );
    if (verdict.kind === 'conflict') return verdict;
    if (!place) return await writeInPlace(save, verdict.old);
    return await writeChecked(save, verdict.old);
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
}

async function writablePlace(
  { links }: SavingParts,
  request: Request,
): Promise<LinkTarget | undefined> {
  const { path } = request;
  const place = await links.follow(path, request);
  if (!place || place.entry || place.path === path) return place;
  // Nothing is where the link leads to, or the server follows it to where it shows us nothing: then
  // only it can write there.
  return (await links.sizeBehind(request)) === undefined ? place : undefined;
}

/** The bytes that stand under a temporary name. */
interface Arrival extends SentOver {
  readonly temporary: RemotePath;
  /** The folder as it was known before. */
  readonly before: Contents | undefined;
}

// What a save usually finds is what it expects: then the check costs no round trip of its own.
async function writeWhileAsking(save: Save): Promise<WriteOutcome | 'undecided'> {
  const { parts, path } = save;
  const known = parts.folders.lookup(path);
  if (!(await takesTemporaryFile(save, known === 'absent' ? undefined : known))) return 'undecided';
  const arrival = await sendToTemporary(save, (attempt, temporary) =>
    uploadWhileAsking(save, attempt, temporary),
  );
  if (arrival === 'undecided' || arrival === 'noNewNames') return 'undecided';
  return putInPlace(save, arrival);
}

async function writeChecked(save: Save, old: RemoteEntry | undefined): Promise<WriteOutcome> {
  if (!(await takesTemporaryFile(save, old))) return writeInPlace(save, old);
  const arrival = await sendToTemporary(save, async (attempt, temporary) => {
    return { sent: await upload(attempt, temporary, save.source(), save.path), old };
  });
  if (arrival === 'undecided' || arrival === 'noNewNames') return writeInPlace(save, old);
  return putInPlace(save, arrival);
}

async function sendToTemporary(
  save: Save,
  send: (attempt: RequestAttempt, temporary: RemotePath) => Promise<SentOver | 'undecided'>,
): Promise<Arrival | 'noNewNames' | 'undecided'> {
  const { parts, connection, path, request } = save;
  const temporary = temporaryNameOf(path, parts.newId());
  const before = parts.folders.peek(parentOf(path));
  let begun = false;
  try {
    const over = await connection.perform({ ...request, mayRepeat: nothingSent }, (attempt) => {
      begun = true;
      return send(attempt, temporary);
    });
    if (over !== 'undecided' && (await isProven(save, over))) return { temporary, before, ...over };
  } catch (error) {
    if (begun) await removeTemporary(save, temporary);
    if (!forbidsNewNames(error) || request.signal.aborted)
      throw await asTold(save, temporary, error);
    parts.habits.temporaryNameRefused(parentOf(path));
    return 'noNewNames';
  }
  await removeTemporary(save, temporary);
  return 'undecided';
}

async function putInPlace(save: Save, arrival: Arrival): Promise<WriteOutcome> {
  const { parts, connection, path, request } = save;
  const { temporary, sent } = arrival;
  let ready: Ready;
  try {
    // Where the connection was lost, what remains to be done does not wait behind other requests.
    ready = await connection.perform({ ...request, lane: 'finishing' }, (attempt) =>
      prepare(save, arrival, attempt),
    );
    request.signal.throwIfAborted();
  } catch (error) {
    if (error instanceof NotThereError && (await removeCutShort(save, arrival))) {
      return writeInPlace(save, arrival.old);
    }
    await removeTemporary(save, temporary);
    throw await asTold(save, temporary, error);
  }
  const { verdict, entry } = ready;
  if (verdict.kind === 'conflict') {
    await removeTemporary(save, temporary);
    return verdict;
  }
  const { old } = verdict;
  const outcome = await replace(parts, {
    connection,
    from: temporary,
    to: path,
    source: { type: 'file', ...sent },
    attempts: request.attempts,
    old,
    removeBackup: (backup) => removeTemporary(save, backup),
  });
  if (outcome.kind === 'unknown') {
    parts.folders.forget(parentOf(path));
    throw doubt(path, temporary, outcome.error);
  }
  if (outcome.kind === 'refused') return insteadOfRename(save, temporary, outcome, old);
  parts.habits.renames.takesTemporaryNames();
  const identity = noteWritten(save, { sent, old: arrival.old, entry: outcome.entry ?? entry });
  return { kind: 'written', identity };
}

interface Ready {
  readonly verdict: Verdict;
  readonly entry: RemoteEntry | undefined;
}

/** All that is to be known and done before the rename, so that nothing stands between them. */
async function prepare(
  save: Save,
  { temporary, sent, old }: Arrival,
  attempt: RequestAttempt,
): Promise<Ready> {
  const { parts, path, options } = save;
  const [entry, verdict] = await awaitAll(
    verify(parts, attempt, temporary, sent, path),
    checkAgain(parts, attempt, path, { rules: options, before: old }),
  );
  if (entry) parts.habits.clock.measure(entry, parts.clock.now());
  if (old?.mode !== undefined && old.mode !== entry?.mode) {
    await keepMode(parts, attempt, temporary, old.mode);
  }
  return { verdict, entry };
}

// A file that lost its mode is better than a save that fails.
async function keepMode(
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

// The old file stands, and no command is under way any more: that is what refused means.
async function insteadOfRename(
  save: Save,
  temporary: RemotePath,
  { error, never }: RefusedRename,
  old: RemoteEntry | undefined,
): Promise<WriteOutcome> {
  const { parts, path, request } = save;
  await removeTemporary(save, temporary);
  const isSure = error instanceof ReplyError || error instanceof RemoteFileError;
  if (!never || !isSure || request.signal.aborted) throw await asTold(save, temporary, error);
  noteRefusedRename(parts, path, error);
  return writeInPlace(save, old);
}

/** A server that cuts names short has made another file: it is removed. False where there is none. */
async function removeCutShort(save: Save, { temporary, before, sent }: Arrival): Promise<boolean> {
  const { parts, path } = save;
  const cut = cutShort(temporary, sent, { before, after: parts.folders.peek(parentOf(path)) });
  if (cut === undefined) return false;
  parts.logger.warn(`The server cuts names short: ${nameOf(cut)} came of ${nameOf(temporary)}`);
  parts.habits.renames.takesNoTemporaryNames();
  await removeTemporary(save, cut);
  return true;
}

// The user knows the file, and not the name under which its bytes arrive.
async function asTold(save: Save, temporary: RemotePath, error: unknown): Promise<unknown> {
  const { parts, connection, path, request } = save;
  // Telling it may list the folder, over any connection.
  await connection.giveBack();
  const told = await parts.requests.translate(error, request);
  if (!(told instanceof RemoteFileError)) return told;
  const message = told.message.replaceAll(nameOf(temporary), nameOf(path));
  return new RemoteFileError(told.reason, path, message, { cause: told.cause });
}
