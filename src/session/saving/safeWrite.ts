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
import { neighbourOf } from '../neighbours.ts';
import { noteRefusedRename, takesNeighbour } from './neighbourWay.ts';
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
 * neighbour first, which then takes the name. Whatever fails before that leaves the old file.
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
    return await writeByNeighbour(save, verdict.old);
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
  if (!(await takesNeighbour(save, known === 'absent' ? undefined : known))) return undefined;
  const neighbour = neighbourOf(path, session.newId());
  const before = session.folders.peek(parentOf(path));
  const sent = await sendToNeighbour(save, neighbour, (attempt) =>
    uploadAlongside(save, attempt, neighbour),
  );
  if (sent === 'noNewNames') return undefined;
  if (sent !== 'undecided' && (await isProven(save, sent))) return { neighbour, before, ...sent };
  await removeNeighbour(save, neighbour);
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

async function writeByNeighbour(save: Save, old: RemoteEntry | undefined): Promise<WriteOutcome> {
  const { session, path } = save;
  if (!(await takesNeighbour(save, old))) return writeInPlace(save, old);
  const neighbour = neighbourOf(path, session.newId());
  const before = session.folders.peek(parentOf(path));
  const sent = await sendToNeighbour(save, neighbour, (attempt) =>
    upload(attempt, neighbour, save.source(), path),
  );
  if (sent === 'noNewNames') return writeInPlace(save, old);
  return putInPlace(save, { neighbour, before, sent, old });
}

async function sendToNeighbour<T>(
  save: Save,
  neighbour: RemotePath,
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
    if (begun) await removeNeighbour(save, neighbour);
    if (!forbidsNewNames(error) || request.signal.aborted)
      throw await asTold(save, neighbour, error);
    session.habits.noteNoNeighbour(parentOf(path));
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
  readonly neighbour: RemotePath;
  /** The folder as it was known before. */
  readonly before: Contents | undefined;
  readonly sent: Sent;
  readonly old: RemoteEntry | undefined;
}

async function putInPlace(save: Save, arrival: Arrival): Promise<WriteOutcome> {
  const { session, path, request } = save;
  const { neighbour, sent, old } = arrival;
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
    await removeNeighbour(save, neighbour);
    throw await asTold(save, neighbour, error);
  }
  if (ready.verdict.kind === 'conflict') {
    await removeNeighbour(save, neighbour);
    return ready.verdict;
  }
  const moved = await replace(session, {
    from: neighbour,
    to: path,
    proof: { type: 'file', ...sent },
    attempts: request.attempts,
    old: ready.verdict.old,
    removeOld: (aside) => removeNeighbour(save, aside),
  });
  if (moved.kind === 'unknown') {
    session.folders.forget(parentOf(path));
    throw doubt(path, neighbour, moved.error);
  }
  if (moved.kind === 'refused') return insteadOfRename(save, neighbour, moved, ready.verdict.old);
  session.habits.renames.takesNeighbours();
  return {
    kind: 'written',
    identity: noteWritten(save, { sent, old, entry: moved.entry ?? ready.entry }),
  };
}

// The old file stands, and nothing is on its way any more: that is what refused means.
async function insteadOfRename(
  save: Save,
  neighbour: RemotePath,
  { error, never }: Refused,
  old: RemoteEntry | undefined,
): Promise<WriteOutcome> {
  const { session, path, request } = save;
  await removeNeighbour(save, neighbour);
  const isSure = error instanceof ReplyError || error instanceof RemoteFileError;
  if (!never || !isSure || request.signal.aborted) {
    throw await asTold(save, neighbour, error);
  }
  noteRefusedRename(session, path, error);
  return writeInPlace(save, old);
}

/** A server that cuts names short has made another one: it goes. False where there is none. */
async function removeCutShort(save: Save, { neighbour, before, sent }: Arrival): Promise<boolean> {
  const { session, path } = save;
  const cut = cutShort(neighbour, sent, { before, after: session.folders.peek(parentOf(path)) });
  if (cut === undefined) return false;
  session.logger.warn(`The server cuts names short: ${nameOf(cut)} came of ${nameOf(neighbour)}`);
  session.habits.renames.takesNoNeighbours();
  await removeNeighbour(save, cut);
  return true;
}

// The user knows the file, and not what its bytes are called on their way.
async function asTold(save: Save, neighbour: RemotePath, error: unknown): Promise<unknown> {
  const { session, path, request } = save;
  const told = await session.requests.translate(error, request);
  if (!(told instanceof RemoteFileError)) return told;
  const message = told.message.replaceAll(nameOf(neighbour), nameOf(path));
  return new RemoteFileError(told.reason, path, message, { cause: told.cause });
}

interface Ready {
  readonly verdict: Verdict;
  readonly entry: RemoteEntry | undefined;
}

/** All that is to be known and done before the rename, so that nothing stands between them. */
async function prepare(
  save: Save,
  { neighbour, sent, old }: Arrival,
  attempt: RequestAttempt,
): Promise<Ready> {
  const { session, path, options } = save;
  const [entry, verdict] = await awaitAll(
    verify(session, attempt, neighbour, sent, path),
    checkAgain(session, attempt, path, { rules: options, before: old }),
  );
  if (entry) session.serverClock.measure(entry, session.clock.now());
  if (old?.mode !== undefined && old.mode !== entry?.mode) {
    await keepMode(session, attempt, neighbour, old.mode);
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
async function removeNeighbour({ session, request }: Save, neighbour: RemotePath): Promise<void> {
  const named = { path: neighbour, attempts: request.attempts };
  await session.requests.cleanUp('Removing a file that a save left', named, async (attempt) => {
    const { connection, signal } = attempt;
    try {
      if ((await connection.deleteFile(neighbour, { signal })) === 'gone') return;
    } catch (error) {
      // A name that cannot be sent has made no neighbour either.
      if (error instanceof ArgumentError) return;
      if (!saysNo(error)) throw error;
      if (!(await session.facts.at(attempt, neighbour))) return;
    }
    // A scanner may have held it for a moment.
    if ((await connection.deleteFile(neighbour, { signal })) === 'gone') return;
    throw refusal('unavailable', 'deleteFile', neighbour, 'it is still there');
  });
}
