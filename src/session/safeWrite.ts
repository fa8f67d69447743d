import type { ByteSource } from '../base/bytes.ts';
import { parentOf, type RemotePath } from '../base/paths.ts';
import { together } from '../base/together.ts';
import { ArgumentError, ReplyError } from '../ftp/errors.ts';
import { saysNo } from './errorTranslation.ts';
import { writeInPlace } from './inPlace.ts';
import { followLinks, type Place, sizeBehind } from './links.ts';
import { neighbourOf } from './neighbours.ts';
import type { RemoteEntry, WriteOptions, WriteOutcome } from './remoteFileSystem.ts';
import { doubt, replace } from './replace.ts';
import { noteWritten, type Save } from './save.ts';
import type { Session, Step, Work } from './session.ts';
import { nothingSent, type Sent, upload, verify } from './upload.ts';
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
    return await writeByNeighbour(save, verdict.old);
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
  if (!mayGoAlongside(save)) return undefined;
  const neighbour = neighbourOf(save.path, save.session.newId());
  const sent = await sendToNeighbour(save, neighbour, (work) =>
    uploadAlongside(save, work, neighbour),
  );
  if (sent === 'noNewNames') return undefined;
  if (sent !== 'undecided' && (await isProven(save, sent))) return { neighbour, ...sent };
  await removeNeighbour(save.session, neighbour);
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

async function writeByNeighbour(save: Save, old: RemoteEntry | undefined): Promise<WriteOutcome> {
  const { session, path } = save;
  if (old && session.habits.takesNoNewNames(parentOf(path))) return writeInPlace(save, old);
  const neighbour = neighbourOf(path, session.newId());
  const sent = await sendToNeighbour(save, neighbour, (work) =>
    upload(work, neighbour, save.source()),
  );
  if (sent === 'noNewNames') return writeInPlace(save, old);
  return putInPlace(save, { neighbour, sent, old });
}

async function sendToNeighbour<T>(
  { session, path, step }: Save,
  neighbour: RemotePath,
  send: (work: Work) => Promise<T>,
): Promise<T | 'noNewNames'> {
  let begun = false;
  try {
    return await session.perform({ ...step, mayRepeat: nothingSent }, (work) => {
      begun = true;
      return send(work);
    });
  } catch (error) {
    if (begun) await removeNeighbour(session, neighbour);
    if (!forbidsNewNames(error) || step.signal.aborted) throw error;
    session.habits.noteNoNewNames(parentOf(path));
    return 'noNewNames';
  }
}

// RFC 959, 4.2.2: 550 "file unavailable (e.g., ... no access)", 553 "file name not allowed": the
// folder takes no new names, or none that begin so.
function forbidsNewNames(error: unknown): boolean {
  return error instanceof ReplyError && [550, 553].includes(error.reply.code);
}

interface Arrival {
  readonly neighbour: RemotePath;
  readonly sent: Sent;
  readonly old: RemoteEntry | undefined;
}

async function putInPlace(save: Save, arrival: Arrival): Promise<WriteOutcome> {
  const { session, path, step } = save;
  const { neighbour, sent, old } = arrival;
  let ready: Ready;
  try {
    ready = await session.perform({ ...step, lane: 'finishing' }, (work) =>
      prepare(save, arrival, work),
    );
    step.signal.throwIfAborted();
  } catch (error) {
    await removeNeighbour(session, neighbour);
    throw error;
  }
  if (ready.verdict.kind === 'conflict') {
    await removeNeighbour(session, neighbour);
    return ready.verdict;
  }
  const moved = await replace(session, {
    from: neighbour,
    to: path,
    proof: { type: 'file', ...sent },
    old: ready.verdict.old,
    removeOld: (aside) => removeNeighbour(session, aside),
  });
  if (moved.kind === 'unknown') {
    session.folders.forget(parentOf(path));
    throw doubt(path, neighbour, moved.error);
  }
  if (moved.kind === 'refused') {
    await removeNeighbour(session, neighbour);
    throw moved.error;
  }
  return {
    kind: 'written',
    identity: noteWritten(save, { sent, old, entry: moved.entry ?? ready.entry }),
  };
}

interface Ready {
  readonly verdict: Verdict;
  readonly entry: RemoteEntry | undefined;
}

/** All that is to be known and done before the rename, so that nothing stands between them. */
async function prepare(save: Save, { neighbour, sent, old }: Arrival, work: Work): Promise<Ready> {
  const { session, path, options } = save;
  const [entry, verdict] = await together(
    verify(session, work, neighbour, sent),
    checkAgain(session, work, path, { rules: options, before: old }),
  );
  if (entry) session.serverClock.measure(entry, session.clock.now());
  if (old?.mode !== undefined && old.mode !== entry?.mode) {
    await keepMode(session, work, neighbour, old.mode);
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
async function removeNeighbour(session: Session, neighbour: RemotePath): Promise<void> {
  await session.cleanUp(
    'Removing a file that a save left',
    neighbour,
    async ({ connection, signal }) => {
      try {
        await connection.deleteFile(neighbour, { signal });
      } catch (error) {
        // A name that cannot be sent has made no neighbour either.
        if (!saysNo(error) && !(error instanceof ArgumentError)) throw error;
      }
    },
  );
}
