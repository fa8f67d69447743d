import { parentOf, type RemotePath } from '../../base/paths.ts';
import { ReplyError } from '../../ftp/errors.ts';
import type { Contents } from '../known/entries.ts';
import type { RequestAttempt } from '../connections/requests.ts';
import { refusal, saysNo } from '../errorTranslation.ts';
import type { KeptBytes } from './oldBytes.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { RemoteEntry, WriteOutcome } from '../remoteFileSystem.ts';
import {
  mayUploadAgain,
  noteWritten,
  NotThereError,
  type Save,
  type SavingParts,
  type Sent,
  upload,
  verify,
} from './save.ts';
import { shortenedName } from './temporaryFiles.ts';
import { checkAgain, hashOf } from './writeCheck.ts';

/**
 * Writes a file under its own name, where no other file can take that name. This is not atomic: the
 * old bytes are kept here before the first new one is sent, and are put back when the write fails.
 */
export async function writeInPlace(
  save: Save,
  old: RemoteEntry | undefined,
): Promise<WriteOutcome> {
  const { parts, connection, path, options, request } = save;
  parts.logger.warn(`Not atomic: ${path} is written in place, no other file can take its name`);
  await connection.beAlone();
  const kept = old && (await keepOldBytes(save));
  try {
    const verdict = await connection.perform(request, (attempt) =>
      checkAgain(parts, attempt, path, { rules: options, before: old }),
    );
    if (verdict.kind === 'conflict') {
      await kept?.discard();
      return verdict;
    }
  } catch (error) {
    await kept?.discard();
    throw error;
  }
  // A session that closes ends the upload, and waits until the old bytes are put back.
  return parts.lifetime.uninterrupted(() => writeOver(save, old, kept));
}

async function writeOver(
  save: Save,
  old: RemoteEntry | undefined,
  kept: KeptBytes | undefined,
): Promise<WriteOutcome> {
  const { parts, connection, path, request } = save;
  const before = parts.folders.peek(parentOf(path));
  const written: Written = { begun: false, before };
  let entry: RemoteEntry | undefined;
  let sent: Sent;
  try {
    sent = await connection.perform({ ...request, mayRepeat: mayUploadAgain }, (attempt) => {
      written.begun = true;
      return upload(attempt, path, save.source());
    });
    written.sent = sent;
    entry = await connection.perform(request, (attempt) => verify(parts, attempt, path, sent));
  } catch (error) {
    parts.habits.forgetRefusal(parentOf(path));
    if (written.begun) await undoWrite(save, kept, written, error);
    await kept?.discard();
    throw error;
  }
  await kept?.discard();
  return { kind: 'written', identity: noteWritten(save, { sent, old, entry }) };
}

interface Written {
  begun: boolean;
  /** What was confirmed. */
  sent?: Sent;
  readonly before: Contents | undefined;
}

async function keepOldBytes(save: Save): Promise<KeptBytes> {
  const { parts, connection, path, request } = save;
  const kept = await connection.perform({ ...request, intent: 'read' }, async (attempt) => {
    await using retrieval = await attempt.connection
      .retrieve(path, attempt)
      .catch((error: unknown) => {
        throw saysNo(error) ? notKept(save, 'its old bytes cannot be read', error) : error;
      });
    return await parts.oldBytes.keep(path, retrieval.bytes).catch((error: unknown) => {
      throw error instanceof RangeError ? notKept(save, 'it is too large', error) : error;
    });
  });
  if (kept.place !== undefined) {
    parts.logger.info(
      `The old bytes of ${path} are kept in ${kept.place} until the new ones stand`,
    );
  }
  return kept;
}

function notKept({ path }: Save, why: string, cause: unknown): RemoteFileError {
  const more =
    `no other file can take its name, and ${why}, so that they could not be put back if writing ` +
    'it in place broke off';
  const { message } = refusal('noPermissions', 'write', path, more);
  return new RemoteFileError('noPermissions', path, message, { cause });
}

// Also after a cancel: no half-written file stays.
async function undoWrite(
  save: Save,
  kept: KeptBytes | undefined,
  written: Written,
  cause: unknown,
): Promise<void> {
  const { parts, path } = save;
  if (written.sent && cause instanceof NotThereError) {
    const after = parts.folders.peek(parentOf(path));
    const cut = shortenedName(path, written.sent, { before: written.before, after });
    if (cut !== undefined) await remove(save, cut);
  }
  parts.folders.forget(parentOf(path));
  if (!kept) {
    // A refused STOR has made nothing: a file that is there now was made by another program.
    if (cause instanceof ReplyError) return;
    if (await remove(save, path)) return;
    throw damaged(save, 'and so did removing the part that arrived', cause);
  }
  try {
    await restoreOldBytes(save, kept);
  } catch (error) {
    const where = kept.place === undefined ? '' : ` They are kept in ${kept.place}.`;
    throw damaged(save, `and so did putting back its old bytes: ${String(error)}${where}`, cause);
  }
}

function remove(save: Save, path: RemotePath): Promise<boolean> {
  const { parts, connection, request } = save;
  const part = { path, attempts: request.attempts };
  return connection.cleanUp('Removing what was written in part', part, (attempt) =>
    removePart(parts, attempt, path),
  );
}

async function removePart(
  parts: SavingParts,
  attempt: RequestAttempt,
  path: RemotePath,
): Promise<void> {
  try {
    await attempt.connection.deleteFile(path, { signal: attempt.signal });
  } catch (error) {
    // It may never have been made.
    if (!saysNo(error) || (await parts.facts.at(attempt, path, { by: 'listing' }))) throw error;
  }
}

function damaged({ path }: Save, more: string, cause: unknown): RemoteFileError {
  const message = `${path} may be damaged now: writing it in place failed, ${more}`;
  return new RemoteFileError('damaged', path, message, { cause });
}

async function restoreOldBytes(save: Save, kept: KeptBytes): Promise<void> {
  const { parts, connection, path } = save;
  const { ended: signal } = parts.lifetime;
  const { afterwards: attempts } = save.request.attempts;
  const request = { intent: 'write', path, lane: 'finishing', signal, attempts } as const;
  await connection.perform(request, async (attempt) => {
    if (await isUnchanged(attempt, path, kept)) return;
    await verify(parts, attempt, path, await upload(attempt, path, kept.read()));
  });
  parts.logger.warn(`The old bytes of ${path} stand again`);
}

async function isUnchanged(
  attempt: RequestAttempt,
  path: RemotePath,
  kept: KeptBytes,
): Promise<boolean> {
  const { connection, signal } = attempt;
  const size = await connection.size(path, { signal }).catch(() => undefined);
  if (size !== undefined && size !== kept.size) return false;
  return (await hashOf(attempt, path).catch(() => undefined)) === kept.sha256;
}
