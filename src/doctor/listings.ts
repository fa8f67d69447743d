import { FtpError } from '../ftp/errors.ts';
import { holdsUndecoded } from '../ftp/grammar/charset/charset.ts';
import type { Listing } from '../ftp/grammar/listing/listing.ts';
import type { ListingCommand } from '../ftp/options.ts';
import type { Rung } from '../ftp/rung.ts';
import { ServerProfile } from '../ftp/profile/serverProfile.ts';
import type { DataPaths } from './dataPorts.ts';
import type { Note, StageResult } from './examination.ts';
import { entryCount, type Known } from './features.ts';
import type { Finding } from './finding.ts';
import type { Conversation } from './greeting.ts';
import { messageOf } from './reaching.ts';
import { connectOn, folderOf } from './rungTrial.ts';

/** Stage `listing`: what a folder can be listed with. Gives every listing that came. */
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
      return { outcome: 'failed', summary: 'No listing can be had', value: listings };
    }
    const unread = listings.some(({ unreadable }) => unreadable.length > 0);
    const only = rung ? '' : 'Folders can be listed over the control connection only';
    const summary = only || (unread ? 'Some lines cannot be read' : 'Folders can be listed');
    const outcome = unread || !rung ? 'warning' : 'ok';
    return { outcome, summary, value: listings };
  });
  return found ?? [];
}

function quality({ unreadable }: Listing): 'ok' | 'warning' {
  return unreadable.length > 0 ? 'warning' : 'ok';
}

async function listBy(
  { exam, patient }: Conversation,
  command: ListingCommand,
  rung: Rung,
  note: Note,
  signal: AbortSignal,
): Promise<Listing | undefined> {
  try {
    const profile = new ServerProfile([rung], undefined, patient.omissions);
    await using session = await connectOn(patient, { rung, listing: command, profile }, signal);
    return await session.list(await folderOf(patient, session, signal), { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof FtpError)) throw error;
    note(command.toUpperCase(), 'warning', exam.quote(messageOf(error)));
    return undefined;
  }
}

// As many names as a person looks at.
const shownNames = 3;

/** Stage `charset`: whether the names can be read in the site's charset. */
export async function checkNames(
  { exam, patient }: Conversation,
  listings: readonly Listing[],
): Promise<void> {
  const { charset } = patient.options.connect;
  await exam.stage('charset', async (note): Promise<StageResult<never>> => {
    const names = new Set(listings.flatMap(({ entries }) => entries.map(({ name }) => name)));
    if (names.size === 0) return { outcome: 'skipped', summary: 'No name was seen' };
    const strange = [...names].filter(holdsUndecoded);
    for (const name of strange.slice(0, shownNames)) {
      note(exam.quote(name), 'warning', `not in ${charset.name}`);
    }
    if (strange.length === 0) {
      return { outcome: 'ok', summary: `All names can be read in ${charset.name}` };
    }
    const summary = `${strange.length} of ${names.size} names are not in ${charset.name}`;
    return { outcome: 'warning', summary, findings: [otherCharset(charset.name, strange.length)] };
  });
}

// Most of the old servers that are left stand where these letters are used; which code page it is
// nobody but a reader of the names can tell.
const likelyCharset = 'windows-1252';

function otherCharset(charset: string, count: number): Finding {
  const names = count === 1 ? 'One name is' : `${count} names are`;
  return {
    cause: 'charset',
    certainty: 'certain',
    blocks: false,
    explanation:
      `${names} not written in ${charset}. Such files can be opened and saved all the same; their ` +
      'names look strange.',
    advice:
      `Set the charset of the site. ${likelyCharset} is right for most servers in Western Europe; ` +
      'elsewhere it is another one.',
    ...(charset !== likelyCharset && {
      fix: { label: `Read names in ${likelyCharset}`, changes: { charset: likelyCharset } },
    }),
  };
}
