import type { ByteSource } from '../../base/bytes.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { ReplyError, SentAheadError } from '../../ftp/errors.ts';
import { replacementInDoubt, type RefusedRename, replace } from '../changing/replace.ts';
import { HeldConnection } from '../connections/heldConnection.ts';
import { type Request, type RequestAttempt, requestFor } from '../connections/requests.ts';
import type { Contents } from '../known/entries.ts';
import type { LinkTarget } from '../known/links.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry, WriteOptions, WriteOutcome } from '../remoteFileSystem.ts';
import { temporaryNameOf } from '../temporaryNames.ts';
import { writeInPlace } from './inPlace.ts';
import {
  isExpectedFile,
  mayUploadAgain,
  noteWritten,
  NotThereError,
  type Save,
  type SavingParts,
  type Uploaded,
  upload,
  uploadWhileAsking,
  verify,
} from './save.ts';
import {
  forbidsNewNames,
  keepMode,
  noteRefusedRename,
  removeCutShort,
  removeTemporary,
  takesTemporaryFile,
} from './temporaryFiles.ts';
import {
  checkAgain,
  checkWrite,
  mayUploadWhileAsking,
  replacesAny,
  type Verdict,
} from './writeCheck.ts';

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
  const write = async (ahead: Save['ahead']): Promise<WriteOutcome> => {
    // RNTO over a symbolic link would replace the link: its target is what is written.
    const target = await writableTarget(parts, request);
    await using connection = new HeldConnection(parts.requests, ahead ? 'save' : 'alone');
    const at = target?.path ?? path;
    return await writeTo(target, { parts, connection, path: at, source, options, request, ahead });
  };
  try {
    try {
      return await write(parts.habits.hashes ? 'bytes' : 'command');
    } catch (error) {
      if (!(error instanceof SentAheadError) || request.signal.aborted) throw error;
      // Under another temporary name: the server may still be at work on the first one.
      parts.logger.warn(`Sending ${path} again, alone: ${error.message}`);
      return await write(undefined);
    }
  } catch (error) {
    throw await parts.requests.translate(error, request);
  }
}

async function writeTo(target: LinkTarget | undefined, save: Save): Promise<WriteOutcome> {
  const { parts, connection, path, options, request } = save;
  // Where its hash will prove the file, what stands at its name is asked behind the upload.
  const asksLater = save.ahead === 'bytes' && replacesAny(options);
  if (target && (asksLater || mayUploadWhileAsking(parts, path, options))) {
    const outcome = await writeWhileAsking(save);
    if (outcome !== 'undecided') return outcome;
  }
  const verdict = await connection.perform(request, (attempt) =>
    checkWrite(parts, attempt, path, options),
  );
  if (verdict.kind === 'conflict') return verdict;
  if (!target) return await writeInPlace(save, verdict.old);
  return await writeAfterCheck(save, verdict.old);
}

async function writableTarget(
  { folders, links }: SavingParts,
  request: Request,
): Promise<LinkTarget | undefined> {
  const { path } = request;
  const known = folders.lookup(path);
  // A known file is no link: there is nothing to follow.
  if (known && known !== 'absent' && known.type === 'file') return { path, entry: known };
  const target = await links.follow(path, request);
  if (!target || target.entry || target.path === path) return target;
  // Nothing stands where the link leads to, or the server follows it to where it shows us nothing: then
  // only the server can write through the link.
  return (await links.sizeBehind(request)) === undefined ? target : undefined;
}

/** A file under a temporary name. */
interface TemporaryFile {
  readonly temporary: RemotePath;
  /** The folder as it was known before. */
  readonly before: Contents | undefined;
}

type UploadedFile = TemporaryFile & Pick<Uploaded, 'sent' | 'old'>;

// A save usually finds what it expects: then the check costs no round trip of its own.
async function writeWhileAsking(save: Save): Promise<WriteOutcome | 'undecided'> {
  const { parts, path } = save;
  const known = parts.folders.lookup(path);
  if (!(await takesTemporaryFile(save, known === 'absent' ? undefined : known))) return 'undecided';
  const file = await sendToTemporary(save, (attempt, temporary) =>
    uploadWhileAsking(save, attempt, temporary),
  );
  if (file === 'noNewNames') return 'undecided';
  const { uploaded } = file;
  if (uploaded !== 'undecided' && (await isExpectedFile(save, uploaded))) {
    return putInPlace(save, { ...file, ...uploaded });
  }
  await removeTemporary(save, file.temporary);
  return 'undecided';
}

async function writeAfterCheck(save: Save, old: RemoteEntry | undefined): Promise<WriteOutcome> {
  if (!(await takesTemporaryFile(save, old))) return writeInPlace(save, old);
  const file = await sendToTemporary(save, (attempt, temporary) =>
    upload(attempt, temporary, save.source(), save.path, save.ahead),
  );
  if (file === 'noNewNames') return writeInPlace(save, old);
  const outcome = await putInPlace(save, { ...file, sent: file.uploaded, old });
  return outcome === 'undecided' ? writeInPlace(save, old) : outcome;
}

async function sendToTemporary<T>(
  save: Save,
  send: (attempt: RequestAttempt, temporary: RemotePath) => Promise<T>,
): Promise<(TemporaryFile & { readonly uploaded: T }) | 'noNewNames'> {
  const { parts, connection, path, request } = save;
  const temporary = temporaryNameOf(path, parts.newId());
  const before = parts.folders.peek(parentOf(path));
  let begun = false;
  try {
    const uploaded = await connection.perform(
      { ...request, mayRepeat: mayUploadAgain },
      (attempt) => {
        begun = true;
        return send(attempt, temporary);
      },
    );
    return { temporary, before, uploaded };
  } catch (error) {
    if (begun) await removeTemporary(save, temporary);
    if (!forbidsNewNames(error) || request.signal.aborted) {
      throw await translateForFile(save, temporary, error);
    }
    parts.habits.temporaryNameRefused(parentOf(path));
    return 'noNewNames';
  }
}

/** `undecided`: nothing of it is left, and the file has to be written in place. */
async function putInPlace(save: Save, uploaded: UploadedFile): Promise<WriteOutcome | 'undecided'> {
  const { connection, request } = save;
  const { temporary } = uploaded;
  let checked: Checked;
  try {
    // Where the connection was lost, what remains to be done does not wait behind other requests.
    checked = await connection.perform({ ...request, lane: 'finishing' }, (attempt) =>
      prepare(save, uploaded, attempt),
    );
    request.signal.throwIfAborted();
  } catch (error) {
    if (error instanceof NotThereError && (await removeCutShort(save, uploaded)))
      return 'undecided';
    await removeTemporary(save, temporary);
    throw await translateForFile(save, temporary, error);
  }
  const { verdict } = checked;
  if (verdict.kind === 'conflict') {
    await removeTemporary(save, temporary);
    return verdict;
  }
  return takeName(save, uploaded, { ...checked, old: verdict.old });
}

interface Checked {
  readonly verdict: Verdict;
  readonly entry: RemoteEntry | undefined;
  /** What stood at the file's name when it was first asked about. */
  readonly oldAtFirst: RemoteEntry | undefined;
}

/** Checks the upload and, once more, what it is to replace: the rename follows at once. */
async function prepare(
  save: Save,
  { temporary, sent, old }: UploadedFile,
  attempt: RequestAttempt,
): Promise<Checked> {
  const { parts, path, options } = save;
  // Only MLST tells the mode that the temporary file has. Without it the old one is set beside the questions.
  const isTold = attempt.connection.features.has('MLST');
  const known = isTold || old === 'unasked' ? undefined : old?.mode;
  const [entry, verdict] = await awaitAll(
    verify(parts, attempt, temporary, sent, path),
    old === 'unasked'
      ? checkWrite(parts, attempt, path, options)
      : checkAgain(parts, attempt, path, { rules: options, before: old }),
    known === undefined ? Promise.resolve() : keepMode(parts, attempt, temporary, known),
  );
  const oldAtFirst = old !== 'unasked' ? old : verdict.kind === 'go' ? verdict.old : undefined;
  if (entry) parts.habits.clock.measure(entry, parts.clock.now());
  const mode = oldAtFirst?.mode;
  if (known === undefined && mode !== undefined && mode !== entry?.mode) {
    await keepMode(parts, attempt, temporary, mode);
  }
  return { verdict, entry, oldAtFirst };
}

/** Renames the temporary file to the file's name. */
async function takeName(
  save: Save,
  { temporary, sent }: UploadedFile,
  { old, entry, oldAtFirst }: Omit<Checked, 'verdict'> & { readonly old: RemoteEntry | undefined },
): Promise<WriteOutcome> {
  const { parts, connection, path, request } = save;
  const outcome = await replace(parts, {
    connection,
    from: temporary,
    to: path,
    source: { type: 'file', ...sent, unique: entry?.unique, isProved: entry !== undefined },
    attempts: request.attempts,
    old,
    removeBackup: (backup) => removeTemporary(save, backup),
  });
  if (outcome.kind === 'unknown') {
    parts.folders.forget(parentOf(path));
    throw replacementInDoubt(path, temporary, outcome.error);
  }
  if (outcome.kind === 'refused') return afterRefusedRename(save, temporary, outcome, old);
  const { renames } = parts.habits;
  if (renames.temporaryNames !== 'taken') renames.takesTemporaryNames();
  const identity = noteWritten(save, { sent, old: oldAtFirst, entry: outcome.entry ?? entry });
  return { kind: 'written', identity };
}

// A refused rename means that the old file stands, and that no command is under way any more.
async function afterRefusedRename(
  save: Save,
  temporary: RemotePath,
  { error, never }: RefusedRename,
  old: RemoteEntry | undefined,
): Promise<WriteOutcome> {
  const { parts, path, request } = save;
  await removeTemporary(save, temporary);
  const isSure = error instanceof ReplyError || error instanceof RemoteFileError;
  if (!never || !isSure || request.signal.aborted)
    throw await translateForFile(save, temporary, error);
  noteRefusedRename(parts, path, error);
  return writeInPlace(save, old);
}

// The user knows the name of the file, and not the temporary one.
async function translateForFile(
  save: Save,
  temporary: RemotePath,
  error: unknown,
): Promise<unknown> {
  const { parts, connection, path, request } = save;
  if (error instanceof SentAheadError) return error;
  // To explain the error, the folder may be listed over any connection.
  await connection.giveBack();
  const told = await parts.requests.translate(error, request);
  if (!(told instanceof RemoteFileError)) return told;
  const message = told.message.replaceAll(nameOf(temporary), nameOf(path));
  return new RemoteFileError(told.reason, path, message, { cause: told.cause });
}
