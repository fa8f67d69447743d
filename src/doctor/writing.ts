import { joinPath, nameOf, type RemotePath } from '../base/paths.ts';
import { FtpError } from '../ftp/errors.ts';
import type { FtpConnection } from '../ftp/ftpConnection.ts';
import type { RemoteEntry } from '../ftp/grammar/entry.ts';
import type { Rung } from '../ftp/options.ts';
import { ServerProfile } from '../ftp/serverProfile.ts';
import type { DataPaths } from './dataPorts.ts';
import type { Note, StageResult } from './examination.ts';
import type { Conversation } from './greeting.ts';
import { messageOf } from './reaching.ts';
import { connectOn, folderOf } from './rungTrial.ts';

/** A file that was written just now: what the server says of it, and our time. */
export interface FreshFile {
  readonly entry: RemoteEntry;
  readonly at: number;
}

/** Stage `renameOver`: whether one file can take another one's name, as every safe save does. */
export async function tryRenameOver(
  { exam, patient }: Conversation,
  { rung }: DataPaths,
  signal: AbortSignal,
): Promise<FreshFile | undefined> {
  if (!patient.options.writes) {
    exam.skip('renameOver', 'It takes two small files on the server, and nobody has allowed that');
    return undefined;
  }
  if (!rung) {
    exam.skip('renameOver', 'There is no data connection to write over');
    return undefined;
  }
  return await exam.stage('renameOver', async (note): Promise<StageResult<FreshFile>> => {
    try {
      return await writeAndRename({ exam, patient }, rung, note, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FtpError)) throw error;
      const said = exam.quote(messageOf(error));
      return { outcome: 'warning', summary: `Nothing can be written here: ${said}` };
    }
  });
}

// Different lengths tell which of the two is there in the end.
const older = Buffer.from('1');
const newer = Buffer.from('22');

async function writeAndRename(
  { exam, patient }: Pick<Conversation, 'exam' | 'patient'>,
  rung: Rung,
  note: Note,
  signal: AbortSignal,
): Promise<StageResult<FreshFile>> {
  const { newId, clock } = patient.environment;
  const profile = new ServerProfile([rung]);
  await using session = await connectOn(patient, { rung, listing: 'auto', profile }, signal);
  const folder = await folderOf(patient, session, signal);
  const id = newId();
  const target = joinPath(folder, `.portside-${id}-doctor`);
  const source = joinPath(folder, `.portside-${id}-doctor-new`);
  const written = new Set<RemotePath>();
  try {
    await session.store(target, [older], { signal });
    written.add(target);
    note('writing a file', 'ok', 'stored');
    await session.store(source, [newer], { signal });
    written.add(source);
    const at = clock.now();
    const entry = await session.entry(source, { signal });
    const fresh = entry && { value: { entry, at } };
    try {
      await session.rename(source, target, { signal });
    } catch (error) {
      signal.throwIfAborted();
      note('renaming over a file', 'warning', exam.quote(messageOf(error)));
      const summary = 'A file cannot take the name of another one: saves are not atomic';
      return { outcome: 'warning', summary, ...fresh };
    }
    written.delete(source);
    const size = await session.size(target, { signal });
    const replaced = size === undefined || size === newer.length;
    note(
      'renaming over a file',
      replaced ? 'ok' : 'warning',
      replaced ? 'replaced' : 'not replaced',
    );
    const summary = replaced ? 'A file can take the name of another one' : 'The old file stayed';
    return { outcome: replaced ? 'ok' : 'warning', summary, ...fresh };
  } finally {
    await removeAll(session, written, note, signal);
  }
}

async function removeAll(
  session: FtpConnection,
  paths: ReadonlySet<RemotePath>,
  note: Note,
  signal: AbortSignal,
): Promise<void> {
  for (const path of paths) {
    try {
      await session.deleteFile(path, { signal });
    } catch (error) {
      if (!(error instanceof FtpError)) throw error;
      note('deleting what was written', 'warning', `${nameOf(path)} stayed: ${messageOf(error)}`);
    }
  }
}
