import { nameOf } from '../../base/paths.ts';
import type { UserPI } from './userPI.ts';
import { ReplyError } from '../errors.ts';
import { entryOf, modifiedOf } from './fileFacts.ts';
import type { Command } from '../grammar/command.ts';
import { formatTimeVal, parseFactsLine } from '../grammar/facts.ts';
import { type Reply, replyText } from '../grammar/reply.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import type { TimeCommand } from '../profile/commandForms.ts';

interface Parts {
  readonly pi: UserPI;
  readonly profile: ServerProfile;
}

// FAT keeps every other second.
const storedWithinMs = 2_000;

/**
 * Sets the time of a file by the command that the server has, and asks whether it took it. False
 * where it cannot; rejects where there is no such file, or it may not be changed.
 */
export async function setModified(
  { pi, profile }: Parts,
  path: string,
  time: Date,
  signal: AbortSignal,
): Promise<boolean> {
  const { times } = profile;
  if (times.used === 'none') return false;
  let isUnknown = true;
  for (const name of commandsToTry(pi, times.used)) {
    const tried = await attempt(pi, { name, path, time }, signal);
    if (tried === 'set') {
      times.sets(name);
      return true;
    }
    // The command is there, and this file's time is another one all the same.
    if (tried === 'ignored' && times.used === name) return false;
    isUnknown &&= tried === 'unknown';
  }
  if (isUnknown) times.allUnknown();
  return false;
}

function commandsToTry(pi: UserPI, used: TimeCommand | 'unknown'): readonly TimeCommand[] {
  if (used !== 'unknown') return [used];
  // draft-somers-ftp-mfxx: who has it says so. Of the others, a server that does not know the form
  // of vsftpd's MDTM looks for a file of that long name, and finds none.
  return pi.features.has('MFMT') ? ['MFMT'] : ['MDTM', 'SITE UTIME', 'SITE UTIME UTC'];
}

interface Wish {
  readonly name: TimeCommand;
  readonly path: string;
  readonly time: Date;
}

async function attempt(
  pi: UserPI,
  wish: Wish,
  signal: AbortSignal,
): Promise<'set' | 'ignored' | 'unknown'> {
  const command = commandOf(wish);
  // Not awaited one by one: the question goes out together with the command.
  const [reply, stored] = await Promise.all([
    pi.control.exchange(command, { signal }),
    storedTime(pi, wish.path, signal),
  ]);
  if (reply.replyClass === 'completion') {
    const kept = timeIn(reply, wish) ?? stored;
    const isKept = kept && Math.abs(kept.getTime() - wish.time.getTime()) < storedWithinMs;
    return isKept ? 'set' : 'ignored';
  }
  const error = new ReplyError(command, reply);
  if (error.unsupported) return 'unknown';
  // To the form of a query 550 means that there is no file of such a name.
  if (wish.name === 'MDTM' && error.reply.code === 550 && stored) return 'unknown';
  throw error;
}

function commandOf({ name, path, time }: Wish): Command {
  const stamp = formatTimeVal(time);
  if (name === 'MFMT' || name === 'MDTM') return { verb: name, argument: `${stamp} ${path}` };
  const argument =
    name === 'SITE UTIME'
      ? `UTIME ${stamp} ${path}`
      : `UTIME ${path} ${stamp} ${stamp} ${stamp} UTC`;
  return { verb: 'SITE', argument };
}

// MFMT answers with the fact as it was stored: "213 Modify=20230203040506; name". Pure-FTPd says
// "213 UTIME OK".
function timeIn(reply: Reply, { path }: Wish): Date | undefined {
  const [fact] = /^modify=[^;]*;/i.exec(replyText(reply)) ?? [];
  const facts = fact === undefined ? undefined : parseFactsLine(`${fact} ${nameOf(path)}`);
  return typeof facts === 'object' ? facts.modified : undefined;
}

// A folder has a time by MLST alone.
async function storedTime(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<Date | undefined> {
  if (!pi.features.has('MLST')) return await modifiedOf(pi, path, signal);
  return (await entryOf(pi, path, signal))?.modified;
}
