import type { ByteSource } from '../../base/bytes.ts';
import { nameOf, parentOf, type RemotePath } from '../../base/paths.ts';
import { awaitAll } from '../../base/concurrency.ts';
import { ArgumentError, ReplyError, TransferError } from '../../ftp/errors.ts';
import { cutShort } from './cutShort.ts';
import type { Contents } from '../known/entries.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import { writeInPlace } from './inPlace.ts';
import { followLinks, type Place, sizeBehind } from '../known/links.ts';
import { lookAt } from '../known/exactFacts.ts';
import type { Refused } from '../changing/move.ts';
import { temporaryNameOf } from '../temporaryNames.ts';
import { noteRefusedRename, takesTemporaryFile } from './neighbourWay.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry, WriteOptions, WriteOutcome } from '../remoteFileSystem.ts';
import { doubt, replace } from '../changing/replace.ts';
import { noteWritten, type Save } from './save.ts';
import type { Session, Step, Work } from '../session.ts';
import { nothingSent, NotThereError, type Sent, upload, verify } from './upload.ts';
import { mayGoAlongside, type SentOver, uploadAlongside } from './uploadAlongside.ts';
import { checkAgain, checkWrite, type Verdict } from './writeCheck.ts';

/**
 * Writes a file so that the old one stands until the new one is whole and checked: the bytes go to a
 * temporary file first, which then takes the name. Whatever fails before that leaves the old file.
 */
export async function safeWrite(
  session: Session,
  path: RemotePath,
  source: () => ByteSource,
  options: WriteOptions,
): Promise<WriteOutcome> {
  const step = session.step('write', path, options);
  try {
    // RNTO over a symbolic link would replace the link: its target is what is written.
    const place = await writablePlace(session, step);
    const save: Save = { session, path: place?.path ?? path, source, options, step };
    const arrival = place && (await sendAlongside(save));
    if (arrival) return await putInPlace(save, arrival);
    const verdict = await session.perform(step, (work) =>
      checkWrite(session, work, save.path, options),
    );
    if (verdict.kind === 'conflict') return verdict;
    if (!place) return await writeInPlace(save, verdict.old);
    return await writeByTemporary(save, verdict.old);
  } catch (error) {
    throw await session.translate(error, step);
  }
}

async function writablePlace(session: Session, step: Step): Promise<Place | undefined> {
  const { path, signal } = step;
  const place = await followLinks(session, path, signal);
  if (!place || place.entry || place.path === path) return place;
  // Nothing is where the link leads to, or the server follows it to where it shows us nothing: then
  // only it can write there.
  return (await sizeBehind(session, step)) === undefined ? place : undefined;
}

// What a save usually finds is what it expects: then the check costs no round trip of its own.
async function sendAlongside(save: Save): Promise<Arrival | undefined> {
  const { session, path } = save;
  if (!mayGoAlongside(save)) return undefined;
  const known = session.folders.lookup(path);
  if (!(await takesTemporaryFile(save, known === 'absent' ? undefined : known))) return undefined;
  const temporary = temporaryNameOf(path, session.newId());
  const before = session.folders.peek(parentOf(path));
  const sent = await sendToTemporary(save, temporary, (work) =>
    uploadAlongside(save, work, temporary),
  );
  if (sent === 'noNewNames') return undefined;
  if (sent !== 'undecided' && (await isProven(save, sent))) return { temporary, before, ...sent };
  await removeTemporary(session, temporary);
  return undefined;
}

// A reading that failed proves nothing: then the closer look tells what is the matter.
async function isProven({ options, step }: Save, { reading }: SentOver): Promise<boolean> {
  const { expected } = options;
  if (!reading || !expected || expected === 'absent') return true;
  const sha256 = await reading.catch(() => undefined);
  step.signal.throwIfAborted();
  return sha256 === expected.sha256;
}

async function writeByTemporary(save: Save, old: RemoteEntry | undefined): Promise<WriteOutcome> {
  const { session, path } = save;
  if (!(await takesTemporaryFile(save, old))) return writeInPlace(save, old);
  const temporary = temporaryNameOf(path, session.newId());
  const before = session.folders.peek(parentOf(path));
  const sent = await sendToTemporary(save, temporary, (work) =>
    upload(work, temporary, save.source(), path),
  );
  if (sent === 'noNewNames') return writeInPlace(save, old);
  return putInPlace(save, { temporary, before, sent, old });
}

async function sendToTemporary<T>(
  save: Save,
  temporary: RemotePath,
  send: (work: Work) => Promise<T>,
): Promise<T | 'noNewNames'> {
  const { session, path, step } = save;
  let begun = false;
  try {
    return await session.perform({ ...step, mayRepeat: nothingSent }, (work) => {
      begun = true;
      return send(work);
    });
  } catch (error) {
    if (begun) await removeTemporary(session, temporary);
    if (!forbidsNewNames(error) || step.signal.aborted) throw await asTold(save, temporary, error);
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
  const { session, path, step } = save;
  const { temporary, sent, old } = arrival;
  let ready: Ready;
  try {
    ready = await session.perform({ ...step, lane: 'finishing' }, (work) =>
      prepare(save, arrival, work),
    );
    step.signal.throwIfAborted();
  } catch (error) {
    if (error instanceof NotThereError && (await removeCutShort(save, arrival))) {
      return writeInPlace(save, old);
    }
    await removeTemporary(session, temporary);
    throw await asTold(save, temporary, error);
  }
  if (ready.verdict.kind === 'conflict') {
    await removeTemporary(session, temporary);
    return ready.verdict;
  }
  const moved = await replace(session, {
    from: temporary,
    to: path,
    proof: { type: 'file', ...sent },
    old: ready.verdict.old,
    removeBackup: (backup) => removeTemporary(session, backup),
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
  const { session, path, step } = save;
  await removeTemporary(session, temporary);
  const isSure = error instanceof ReplyError || error instanceof RemoteFileError;
  if (!never || !isSure || step.signal.aborted) {
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
  await removeTemporary(session, cut);
  return true;
}

// The user knows the file, and not what its bytes are called on their way.
async function asTold(save: Save, temporary: RemotePath, error: unknown): Promise<unknown> {
  const { session, path, step } = save;
  const told = await session.translate(error, step);
  if (!(told instanceof RemoteFileError)) return told;
  const message = told.message.replaceAll(nameOf(temporary), nameOf(path));
  return new RemoteFileError(told.reason, path, message, { cause: told.cause });
}

interface Ready {
  readonly verdict: Verdict;
  readonly entry: RemoteEntry | undefined;
}

/** All that is to be known and done before the rename, so that nothing stands between them. */
async function prepare(save: Save, { temporary, sent, old }: Arrival, work: Work): Promise<Ready> {
  const { session, path, options } = save;
  const [entry, verdict] = await awaitAll(
    verify(session, work, temporary, sent, path),
    checkAgain(session, work, path, { rules: options, before: old }),
  );
  if (entry) session.serverClock.measure(entry, session.clock.now());
  if (old?.mode !== undefined && old.mode !== entry?.mode) {
    await keepMode(session, work, temporary, old.mode);
  }
  return { verdict, entry };
}

// A file that lost its mode is better than a save that fails.
async function keepMode(
  session: Session,
  { connection, signal }: Work,
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
async function removeTemporary(session: Session, temporary: RemotePath): Promise<void> {
  await session.cleanUp('Removing a file that a save left', temporary, async (work) => {
    const { connection, signal } = work;
    try {
      if ((await connection.deleteFile(temporary, { signal })) === 'gone') return;
    } catch (error) {
      // A name that cannot be sent has made no temporary file either.
      if (error instanceof ArgumentError) return;
      if (!saysNo(error)) throw error;
      if (!(await lookAt(session, work, temporary))) return;
    }
    // A scanner may have held it for a moment.
    if ((await connection.deleteFile(temporary, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', temporary, 'it is still there');
  });
}
