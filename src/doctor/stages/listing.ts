import type { Listing } from '../../ftp/grammar/listing/listing.ts';
import type { ListingCommand } from '../../ftp/options.ts';
import { ServerProfile } from '../../ftp/profile/serverProfile.ts';
import type { Rung } from '../../ftp/rung.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { engineError } from '../probes/dialling.ts';
import { connectOn, folderOf } from '../probes/rungTrial.ts';
import type { DataPaths } from './dataPorts.ts';
import { entryCount, type Known } from './features.ts';

/** Stage `listing`: which commands can list a folder. Returns every listing that came. */
export async function tryListings(
  conversation: Conversation,
  known: Known,
  { rung, listing }: DataPaths,
  signal: AbortSignal,
): Promise<readonly Listing[]> {
  const { exam } = conversation;
  const found = await exam.stage('listing', async (note): Promise<StageResult<Listing[]>> => {
    const listings: Listing[] = [];
    const take = (what: string, came: Listing | undefined): void => {
      if (came) listings.push(came);
      note(what, came ? quality(came) : 'warning', came ? entryCount(came) : 'no listing');
    };
    take('STAT, over the control connection', known.stat);
    if (rung) take('LIST', listing ?? (await listBy(conversation, 'list', rung, note, signal)));
    if (rung && known.hasMlsd) {
      take('MLSD', await listBy(conversation, 'mlsd', rung, note, signal));
    }
    if (!known.hasMlsd) note('MLSD', 'skipped', 'the server does not offer it');
    if (listings.length === 0) {
      return { outcome: 'failed', summary: 'No command lists the folder', value: listings };
    }
    const unread = listings.some(({ unreadable }) => unreadable.length > 0);
    const only = rung ? '' : 'Folders can be listed only over the control connection';
    const summary = only || (unread ? 'Some lines could not be read' : 'Folders can be listed');
    const outcome = unread || !rung ? 'warning' : 'ok';
    return { outcome, summary, value: listings };
  });
  return found ?? [];
}

function quality({ unreadable }: Listing): 'ok' | 'warning' {
  return unreadable.length > 0 ? 'warning' : 'ok';
}

async function listBy(
  { exam, subject }: Conversation,
  command: ListingCommand,
  rung: Rung,
  note: Note,
  signal: AbortSignal,
): Promise<Listing | undefined> {
  try {
    const profile = new ServerProfile([rung], undefined, subject.omissions);
    await using session = await connectOn(subject, { rung, listing: command, profile }, signal);
    return await session.list(await folderOf(subject, session, signal), { signal });
  } catch (error) {
    const said = exam.quote(engineError(error, signal).message);
    note(command.toUpperCase(), 'warning', said);
    return undefined;
  }
}
