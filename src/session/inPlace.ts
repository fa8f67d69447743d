import { collectBytes } from '../base/bytes.ts';
import { parentOf, type RemotePath } from '../base/paths.ts';
import { ReplyError } from '../ftp/errors.ts';
import { refusal, saysNo } from './errorTranslation.ts';
import { sha256Of } from './fileIdentity.ts';
import { lookAt } from './looking.ts';
import { RemoteFileError } from './remoteFileError.ts';
import type { RemoteEntry, WriteOutcome } from './remoteFileSystem.ts';
import { noteWritten, type Save } from './save.ts';
import type { Session, Work } from './session.ts';
import { nothingSent, type Sent, upload, verify } from './upload.ts';
import { checkAgain } from './writeCheck.ts';

// The old bytes are kept in memory until the new ones are there; a larger file is not risked.
const maxKeptBytes = 64 * 1024 * 1024;

/**
 * Writes a file under its own name, where its folder takes no other: not atomic. The old bytes are
 * in our hands before the first new one goes out, and are put back when that fails.
 */
export async function writeInPlace(
  save: Save,
  old: RemoteEntry | undefined,
): Promise<WriteOutcome> {
  const { session, path, options, step } = save;
  session.logger.warn(`Not atomic: ${path} is written in place, its folder takes no other name`);
  const kept = old && (await keep(save, old));
  const verdict = await session.perform(step, (work) =>
    checkAgain(session, work, path, { rules: options, before: old }),
  );
  if (verdict.kind === 'conflict') return verdict;
  // A session that closes ends the upload, and waits until the old bytes stand again.
  return session.unbroken(() => writeOver(save, old, kept));
}

async function writeOver(
  save: Save,
  old: RemoteEntry | undefined,
  kept: Uint8Array | undefined,
): Promise<WriteOutcome> {
  const { session, path, step } = save;
  let begun = false;
  let sent: Sent;
  let entry: RemoteEntry | undefined;
  try {
    sent = await session.perform({ ...step, mayRepeat: nothingSent }, (work) => {
      begun = true;
      return upload(work, path, save.source());
    });
    entry = await session.perform(step, (work) => verify(session, work, path, sent));
  } catch (error) {
    session.habits.forgetNoNewNames(parentOf(path));
    if (begun) await undo(save, kept, error);
    throw error;
  }
  return { kind: 'written', identity: noteWritten(save, { sent, old, entry }) };
}

async function keep(save: Save, old: RemoteEntry): Promise<Uint8Array> {
  const { session, path, step } = save;
  if ((old.size ?? 0) > maxKeptBytes) throw tooLarge(save);
  return session.perform({ ...step, intent: 'read' }, async (work) => {
    await using retrieval = await work.connection.retrieve(path, work);
    return await collectBytes(retrieval.bytes, maxKeptBytes).catch((error: unknown) => {
      throw error instanceof RangeError ? tooLarge(save) : error;
    });
  });
}

function tooLarge({ path }: Save): RemoteFileError {
  const more = 'its folder takes no new names, and it is too large to be written in place safely';
  return refusal('noPermissions', 'write', path, more);
}

// Also after a cancel: what was begun is not left half done.
async function undo(save: Save, kept: Uint8Array | undefined, cause: unknown): Promise<void> {
  const { session, path } = save;
  session.folders.forget(parentOf(path));
  if (!kept) {
    // A refused STOR has made nothing: what is there by now is somebody else's.
    if (cause instanceof ReplyError) return;
    const removed = await session.cleanUp('Removing what was written in part', path, (work) =>
      removePart(session, work, path),
    );
    if (!removed) throw damaged(save, 'and so did removing the part that arrived', cause);
    return;
  }
  try {
    await putBack(save, kept);
  } catch (error) {
    throw damaged(save, `and so did putting back its old bytes: ${String(error)}`, cause);
  }
}

async function removePart(session: Session, work: Work, path: RemotePath): Promise<void> {
  try {
    await work.connection.deleteFile(path, { signal: work.signal });
  } catch (error) {
    // It may never have been made.
    if (!saysNo(error) || (await lookAt(session, work, path, { by: 'listing' }))) throw error;
  }
}

function damaged({ path }: Save, more: string, cause: unknown): RemoteFileError {
  const message = `${path} may be damaged now: writing it in place failed, ${more}`;
  return new RemoteFileError('damaged', path, message, { cause });
}

async function putBack({ session, path }: Save, kept: Uint8Array): Promise<void> {
  const step = { intent: 'write', path, lane: 'finishing', signal: session.lifetime } as const;
  await session.perform(step, async (work) => {
    const { connection, signal } = work;
    if (await stillThere(kept)) return;
    await verify(session, work, path, await upload(work, path, [kept]));

    async function stillThere(bytes: Uint8Array): Promise<boolean> {
      const size = await connection.size(path, { signal }).catch(() => undefined);
      if (size !== undefined && size !== bytes.length) return false;
      await using retrieval = await connection.retrieve(path, work);
      const found = await collectBytes(retrieval.bytes, bytes.length).catch(() => undefined);
      return found !== undefined && sha256Of(found) === sha256Of(bytes);
    }
  });
  session.logger.warn(`The old bytes of ${path} stand again`);
}
