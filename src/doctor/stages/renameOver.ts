import { errorMessage } from '../../base/errorMessage.ts';
import { joinPath, nameOf, type RemotePath } from '../../base/paths.ts';
import { FtpError, TransferError } from '../../ftp/errors.ts';
import type { FtpConnection } from '../../ftp/ftpConnection.ts';
import { ServerProfile } from '../../ftp/profile/serverProfile.ts';
import type { Rung } from '../../ftp/rung.ts';
import { temporaryNameOf } from '../../session/temporaryNames.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { engineError } from '../probes/dialling.ts';
import { connectOn, folderOf } from '../probes/rungTrial.ts';
import type { FreshFile } from './clock.ts';
import type { DataPaths } from './dataPorts.ts';

/** Stage `renameOver`: whether a file can be renamed over another one, as every safe save does. */
export async function tryRenameOver(
  { exam, subject }: Conversation,
  { rung }: DataPaths,
  signal: AbortSignal,
): Promise<FreshFile | undefined> {
  if (!subject.options.writes) {
    exam.skip('renameOver', 'Not allowed: this test writes two small files on the server');
    return undefined;
  }
  if (!rung) {
    exam.skip('renameOver', 'There is no data connection to write with');
    return undefined;
  }
  return await exam.stage('renameOver', async (note): Promise<StageResult<FreshFile>> => {
    try {
      return await writeAndRename({ exam, subject }, rung, note, signal);
    } catch (error) {
      const said = exam.quote(engineError(error, signal).message);
      return { outcome: 'warning', summary: `Files cannot be written here: ${said}` };
    }
  });
}

// Deleting takes two short commands. A user who has cancelled should not wait longer for them.
const clearingMs = 5_000;

// By their different lengths the test sees which of the two is there in the end.
const older = Buffer.from('1');
const newer = Buffer.from('22');

async function writeAndRename(
  { exam, subject }: Pick<Conversation, 'exam' | 'subject'>,
  rung: Rung,
  note: Note,
  signal: AbortSignal,
): Promise<StageResult<FreshFile>> {
  const { newId, clock } = subject.parts;
  const profile = new ServerProfile([rung], undefined, subject.omissions);
  const connect = (until: AbortSignal): Promise<FtpConnection> =>
    connectOn(subject, { rung, listing: 'auto', profile }, until);
  await using session = await connect(signal);
  const folder = await folderOf(subject, session, signal);
  const id = newId();
  const target = temporaryNameOf(joinPath(folder, 'doctor'), id);
  const source = temporaryNameOf(joinPath(folder, 'doctor-new'), id);
  const written = new Set<RemotePath>();
  try {
    await storeNew(session, target, older, written, signal);
    await storeNew(session, source, newer, written, signal);
    note('writing two files', 'ok', 'stored');
    const at = clock.now();
    const entry = await session.entry(source, { signal });
    const refusal = await renameOver(session, source, target, signal);
    if (refusal === undefined) written.delete(source);
    const said = refusal === undefined ? 'replaced' : exam.quote(refusal);
    note('renaming over a file', refusal === undefined ? 'ok' : 'warning', said);
    return { ...renamed(refusal), ...(entry && { value: { entry, at } }) };
  } finally {
    // A user who cancels the test wants nothing left behind either.
    using patience = clock.deadline(clearingMs, 'the deletion of the test files');
    await removeAll({ session, connect }, written, patience.signal, (path, error) => {
      const said = `${nameOf(path)} stayed: ${exam.quote(errorMessage(error))}`;
      note('deleting the two files', 'warning', said);
    });
  }
}

function renamed(refusal: string | undefined): StageResult<never> {
  return refusal === undefined
    ? { outcome: 'ok', summary: 'A file can be renamed over another one' }
    : {
        outcome: 'warning',
        summary: 'A file cannot be renamed over another one: saves are not atomic',
      };
}

// A file whose upload was broken off may be there in part.
async function storeNew(
  session: FtpConnection,
  path: RemotePath,
  content: Uint8Array,
  written: Set<RemotePath>,
  signal: AbortSignal,
): Promise<void> {
  try {
    await session.store(path, [content], { signal });
    written.add(path);
  } catch (error) {
    if (signal.aborted || error instanceof TransferError) written.add(path);
    throw error;
  }
}

/** Why the rename failed; `undefined` where the new file now has the name. */
async function renameOver(
  session: FtpConnection,
  source: RemotePath,
  target: RemotePath,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { refusal } = await session.rename(source, target, { signal });
    if (refusal) return errorMessage(refusal);
  } catch (error) {
    return engineError(error, signal).message;
  }
  const size = await session.size(target, { signal });
  return size === undefined || size === newer.length ? undefined : 'the old file is still there';
}

interface Sessions {
  /** May be lost, after a rename that did not end. */
  readonly session: FtpConnection;
  readonly connect: (signal: AbortSignal) => Promise<FtpConnection>;
}

async function removeAll(
  sessions: Sessions,
  paths: ReadonlySet<RemotePath>,
  signal: AbortSignal,
  onLeftBehind: (path: RemotePath, error: unknown) => void,
): Promise<void> {
  for (const path of paths) {
    try {
      await remove(sessions, path, signal);
    } catch (error) {
      if (!(error instanceof FtpError) && error !== signal.reason) throw error;
      onLeftBehind(path, error);
    }
  }
}

async function remove(
  { session, connect }: Sessions,
  path: RemotePath,
  signal: AbortSignal,
): Promise<void> {
  try {
    await session.deleteFile(path, { signal });
  } catch (error) {
    if (session.usable || signal.aborted) throw error;
    await using another = await connect(signal);
    await another.deleteFile(path, { signal });
  }
}
