import type { ByteSource } from '../../base/bytes.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { ArgumentError, ReplyError, TransferError } from '../../ftp/errors.ts';
import { cutShort } from './cutShort.ts';
import type { Contents } from '../known/entries.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { writeInPlace } from './inPlace.ts';
import type { LinkTarget } from '../known/links.ts';
import type { Refused } from '../changing/move.ts';
import { temporaryNameOf } from '../temporaryNames.ts';
import { noteRefusedRename, takesTemporaryFile } from './neighbourWay.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry, WriteOptions, WriteOutcome } from '../remoteFileSystem.ts';
import { doubt, replace } from '../changing/replace.ts';
import { noteWritten, type Save } from './save.ts';
import { type RequestAttempt, type Request, requestFor } from '../connections/requests.ts';
import type { Session } from '../session.ts';
import { nothingSent, NotThereError, type Sent, upload, verify } from './upload.ts';
import { mayGoAlongside, type SentOver, uploadAlongside } from './uploadAlongside.ts';
import { checkAgain, checkWrite, type Verdict } from './writeCheck.ts';

/**
 * Writes a file so that the old one stands until the new one is whole and checked: the bytes go to a
 * temporary first, which then takes the name. Whatever fails before that leaves the old file.
 */
export async function safeWrite(
  session: Session,
  path: RemotePath,
  source: () => ByteSource,
  options: WriteOptions,
): Promise<WriteOutcome> {
  const request = requestFor('write', path, options);
  try {
    // RNTO over a symbolic link would replace the link: its target is what is written.
    const place = await writablePlace(session, request);
    const save: Save = { session, path: place?.path ?? path, source, options, request };
    const arrival = place && (await sendAlongside(save));
    if (arrival) return await putInPlace(save, arrival);
    const verdict = await session.requests.perform(request, (attempt) =>
      checkWrite(session, attempt, save.path, options),
    );
    if (verdict.kind === 'conflict') return verdict;
    if (!place) return await writeInPlace(save, verdict.old);
    return await writeByTemporary(save, verdict.old);
  } catch (error) {
    throw await session.requests.translate(error, request);
  }
}

async function writablePlace(session: Session, request: Request): Promise<LinkTarget | undefined> {
  const { path } = request;
  const place = await session.links.follow(path, request);
  if (!place || place.entry || place.path === path) return place;
  // Nothing is where the link leads to, or the server follows it to where it shows us nothing: then
  // only it can write there.
  return (await session.links.sizeBehind(request)) === undefined ? place : undefined;
}

// What a save usually finds is what it expects: then the check costs no round trip of its own.
async function sendAlongside(save: Save): Promise<Arrival | undefined> {
  const { session, path } = save;
  if (!mayGoAlongside(save)) return undefined;
  const known = session.folders.lookup(path);
  if (!(await takesTemporaryFile(save, known === 'absent' ? undefined : known))) return undefined;
  const temporary = temporaryNameOf(path, session.newId());
  const before = session.folders.peek(parentOf(path));
  const sent = await sendToTemporary(save, temporary, (attempt) =>
    uploadAlongside(save, attempt, temporary),
  );
  if (sent === 'noNewNames') return undefined;
  if (sent !== 'undecided' && (await isProven(save, sent))) return { temporary, before, ...sent };
  await removeTemporary(save, temporary);
  return undefined;
}

// A reading that failed proves nothing: then the closer look tells what is the matter.
async function isProven({ options, request }: Save, { reading }: SentOver): Promise<boolean> {
  const { expected } = options;
  if (!reading || !expected || expected === 'absent') return true;
  const sha256 = await reading.catch(() => undefined);
  request.signal.throwIfAborted();
  return sha256 === expected.sha256;
}

async function writeByTemporary(save: Save, old: RemoteEntry | undefined): Promise<WriteOutcome> {
  const { session, path } = save;
  if (!(await takesTemporaryFile(save, old))) return writeInPlace(save, old);
  const temporary = temporaryNameOf(path, session.newId());
  const before = session.folders.peek(parentOf(path));
  const sent = await sendToTemporary(save, temporary, (attempt) =>
    upload(attempt, temporary, save.source(), path),
  );
  if (sent === 'noNewNames') return writeInPlace(save, old);
  return putInPlace(save, { temporary, before, sent, old });
}

async function sendToTemporary<T>(
  save: Save,
  temporary: RemotePath,
  send: (attempt: RequestAttempt) => Promise<T>,
): Promise<T | 'noNewNames'> {
  const { session, path, request } = save;
  let begun = false;
  try {
    return await session.requests.perform({ ...request, mayRepeat: nothingSent }, (attempt) => {
      begun = true;
      return send(attempt);
    });
  } catch (error) {
    if (begun) await removeTemporary(save, temporary);
    if (!forbidsNewNames(error) || request.signal.aborted)
      throw await asTold(save, temporary, error);
    session.habits.noteNoTemporaryFile(parentOf(path));
    return 'noNewNames';
  }
}

// Not there: protection, login and room, which no other name would change.
const aboutNoName = [521, 522, 530, 532, 533, 534, 535, 536, 537, 551, 552];

/**
 * RFC 959, 4.2.2: 550 "file unavailable (e.g., ... no access)", 553 "file name not allowed"; servers
 * say 501 and others of names that they do not take. Once bytes were on their way only 553 speaks of
 * the name.
 */
function forbidsNewNames(error: unknown): boolean {
  if (error instanceof TransferError) {
    return error.cause instanceof ReplyError && error.cause.reply.code === 553;
  }
  if (!(error instanceof ReplyError)) return false;
  const { code, replyClass } = error.reply;
  return replyClass === 'permanentNegative' && !aboutNoName.includes(code);
}

interface Arrival {
  readonly temporary: RemotePath;
  /** The folder as it was known before. */
  readonly before: Contents | undefined;
  readonly sent: Sent;
  readonly old: RemoteEntry | undefined;
}

async function putInPlace(save: Save, arrival: Arrival): Promise<WriteOutcome> {
  const { session, path, request } = save;
  const { temporary, sent, old } = arrival;
  let ready: Ready;
  try {
    ready = await session.requests.perform({ ...request, lane: 'finishing' }, (attempt) =>
      prepare(save, arrival, attempt),
    );
    request.signal.throwIfAborted();
  } catch (error) {
    if (error instanceof NotThereError && (await removeCutShort(save, arrival))) {
      return writeInPlace(save, old);
    }
    await removeTemporary(save, temporary);
    throw await asTold(save, temporary, error);
  }
  if (ready.verdict.kind === 'conflict') {
    await removeTemporary(save, temporary);
    return ready.verdict;
  }
  const moved = await replace(session, {
    from: temporary,
    to: path,
    proof: { type: 'file', ...sent },
    attempts: request.attempts,
    old: ready.verdict.old,
    removeOld: (aside) => removeTemporary(save, aside),
  });
  if (moved.kind === 'unknown') {
    session.folders.forget(parentOf(path));
    throw doubt(path, temporary, moved.error);
  }
  if (moved.kind === 'refused') return insteadOfRename(save, temporary, moved, ready.verdict.old);
  session.habits.renames.takesTemporaryFiles();
  return {
    kind: 'written',
    identity: noteWritten(save, { sent, old, entry: moved.entry ?? ready.entry }),
  };
}

// The old file stands, and nothing is on its way any more: that is what refused means.
async function insteadOfRename(
  save: Save,
  temporary: RemotePath,
  { error, never }: Refused,
  old: RemoteEntry | undefined,
): Promise<WriteOutcome> {
  const { session, path, request } = save;
  await removeTemporary(save, temporary);
  const isSure = error instanceof ReplyError || error instanceof RemoteFileError;
  if (!never || !isSure || request.signal.aborted) {
    throw await asTold(save, temporary, error);
  }
  noteRefusedRename(session, path, error);
  return writeInPlace(save, old);
}

/** A server that cuts names short has made another one: it goes. False where there is none. */
async function removeCutShort(save: Save, { temporary, before, sent }: Arrival): Promise<boolean> {
  const { session, path } = save;
  const cut = cutShort(temporary, sent, { before, after: session.folders.peek(parentOf(path)) });
  if (cut === undefined) return false;
  session.logger.warn(`The server cuts names short: ${nameOf(cut)} came of ${nameOf(temporary)}`);
  session.habits.renames.takesNoTemporaryFiles();
  await removeTemporary(save, cut);
  return true;
}

// The user knows the file, and not what its bytes are called on their way.
async function asTold(save: Save, temporary: RemotePath, error: unknown): Promise<unknown> {
  const { session, path, request } = save;
  const told = await session.requests.translate(error, request);
  if (!(told instanceof RemoteFileError)) return told;
  const message = told.message.replaceAll(nameOf(temporary), nameOf(path));
  return new RemoteFileError(told.reason, path, message, { cause: told.cause });
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
  const { session, path, options } = save;
  const [entry, verdict] = await awaitAll(
    verify(session, attempt, temporary, sent, path),
    checkAgain(session, attempt, path, { rules: options, before: old }),
  );
  if (entry) session.serverClock.measure(entry, session.clock.now());
  if (old?.mode !== undefined && old.mode !== entry?.mode) {
    await keepMode(session, attempt, temporary, old.mode);
  }
  return { verdict, entry };
}

// A file that lost its mode is better than a save that fails.
async function keepMode(
  session: Session,
  { connection, signal }: RequestAttempt,
  path: RemotePath,
  mode: string,
): Promise<void> {
  try {
    if (await connection.changeMode(path, mode, { signal })) return;
  } catch (error) {
    if (!saysNo(error)) throw error;
  }
  session.logger.warn(`The server did not set the mode ${mode} of ${path}`);
}

/** Ours, made by this very save: nobody needs it any more. Fails silently, but for the log. */
async function removeTemporary({ session, request }: Save, temporary: RemotePath): Promise<void> {
  const named = { path: temporary, attempts: request.attempts };
  await session.requests.cleanUp('Removing a file that a save left', named, async (attempt) => {
    const { connection, signal } = attempt;
    try {
      if ((await connection.deleteFile(temporary, { signal })) === 'gone') return;
    } catch (error) {
      // A name that cannot be sent has made no temporary file either.
      if (error instanceof ArgumentError) return;
      if (!saysNo(error)) throw error;
      if (!(await session.facts.at(attempt, temporary))) return;
    }
    // A scanner may have held it for a moment.
    if ((await connection.deleteFile(temporary, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', temporary, 'it is still there');
  });
}
