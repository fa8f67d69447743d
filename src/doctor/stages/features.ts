import { errorMessage } from '../../base/errorMessage.ts';
import { negotiate } from '../../ftp/control/login.ts';
import type { UserPI } from '../../ftp/control/userPI.ts';
import { ReplyError } from '../../ftp/errors.ts';
import { type Endpoint, sameAddress } from '../../ftp/grammar/endpoint.ts';
import { type Listing, parseListing } from '../../ftp/grammar/listing/listing.ts';
import { type Reply, replyText } from '../../ftp/grammar/reply.ts';
import { parseTimeVal } from '../../ftp/grammar/facts.ts';
import type { Note, StageResult } from '../examination.ts';
import type { Conversation } from '../probes/conversation.ts';
import { engineError } from '../probes/dialling.ts';
import { interrupted } from '../report/finding.ts';
import type { DatedFile } from './clock.ts';

/** What the server can do, as far as the control connection alone shows it. */
export interface Known {
  readonly hasMlsd: boolean;
  /** Its answer to MODE B. */
  readonly blockMode: { readonly accepted: boolean; readonly said: string };
  /** Its reply to STAT with a folder, read as a listing. `undefined` where it is no listing. */
  readonly stat: Listing | undefined;
  /** The folder to list exists. If not, the folder of the login is listed. */
  readonly hasFolder: boolean;
  /** The time of a file in the folder, by the listing and by MDTM. */
  readonly dated: DatedFile | undefined;
}

const features = ['MLST', 'MDTM', 'MFMT', 'SIZE', 'REST', 'UTF8', 'EPSV', 'EPRT', 'HASH'];

/** Stage `features`: what the server says that it can do, and what needs no data connection. */
export async function askFeatures(
  conversation: Conversation,
  signal: AbortSignal,
): Promise<Known | undefined> {
  const { exam, subject, probe } = conversation;
  const { charset } = subject.options.connect;
  return await exam.stage('features', async (note): Promise<StageResult<Known>> => {
    const surviving = { ...conversation, note };
    try {
      await survive(surviving, signal, () =>
        negotiate(probe.pi, { charset: charset.name, logger: subject.parts.logger }, signal),
      );
      const offered = probe.pi.features;
      const known = features.filter((name) => offered.has(name));
      note('FEAT', known.length > 0 ? 'ok' : 'warning', known.join(', ') || 'nothing of use');
      const blockMode = await survive(surviving, signal, () =>
        tryBlockMode(probe.pi, exam.quoteReply.bind(exam), signal),
      );
      if (connectsInClear(conversation) && offered.has('AUTH')) {
        note('AUTH TLS', 'warning', 'offered, but the site does not use it');
      }
      note('MODE B', blockMode.accepted ? 'ok' : 'warning', blockMode.said);
      const told = await askMore(surviving, signal);
      const value = { hasMlsd: offered.has('MLST'), blockMode, ...told };
      return { outcome: 'ok', summary: `${known.length} features of use`, value };
    } catch (error) {
      const message = exam.quote(engineError(error, signal).message);
      return { outcome: 'failed', summary: message, findings: [interrupted(message)] };
    }
  });
}

type Surviving = Conversation & { readonly note: Note };

/** Asks. Where the server does not survive a command, asks again without it on another connection. */
async function survive<T>(
  { subject, probe, address, note, exam }: Surviving,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  const { omissions } = subject;
  for (;;) {
    const before = omissions.lessons;
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (omissions.lessons === before) throw error;
      const lost = omissions.current(subject.parts.clock.now()).at(-1) ?? '';
      note(lost, 'failed', exam.quote(errorMessage(error)));
      await probe.renew(address, signal);
    }
  }
}

function connectsInClear({ probe, subject }: Conversation): boolean {
  return subject.options.connect.security === 'none' && !probe.control.protection;
}

type Told = Pick<Known, 'stat' | 'dated' | 'hasFolder'>;
type MutableTold = { -readonly [K in keyof Told]: Told[K] };

// A server that closes the connection here may still pass all other tests.
async function askMore(surviving: Surviving, signal: AbortSignal): Promise<Told> {
  const told: MutableTold = {
    stat: undefined,
    dated: undefined,
    hasFolder: true,
  };
  const { exam, note } = surviving;
  try {
    await survive(surviving, signal, () => ask(surviving, told, signal));
  } catch (error) {
    note('the conversation', 'warning', exam.quote(engineError(error, signal).message));
  }
  return told;
}

async function ask(
  { exam, subject, probe, note }: Surviving,
  told: MutableTold,
  signal: AbortSignal,
): Promise<void> {
  const { pi } = probe;
  const system = await pi.ask('SYST', undefined, signal);
  if (system) note('SYST', 'ok', exam.quoteReply(system));
  const { folder, connect } = subject.options;
  if (folder !== undefined) told.hasFolder = !!(await pi.ask('CWD', folder, signal));
  if (!told.hasFolder)
    note('the folder', 'warning', 'not found: the folder of the login is listed');
  told.stat = await listByStat(pi, subject.parts.clock.now(), note, signal);
  told.dated = told.stat && (await datedFile(pi, told.stat, signal));
  // Through a proxy the server's own address is not known, and PASV cannot name an IPv6 address.
  const { host, family } = pi.control.remote;
  const isTold = !connect.proxy && family === 4;
  const passive = isTold ? await passiveAddress(pi, signal) : undefined;
  if (passive && !sameAddress(passive.host, host)) {
    exam.picture.passiveAddress = passive.host;
    note('PASV', 'warning', `names the address ${passive.host}, which is not its own`);
  }
}

// RFC 959, 4.1.2: block mode is optional. Whether 200 is true shows at the data ports.
async function tryBlockMode(
  pi: UserPI,
  quote: (reply: Reply) => string,
  signal: AbortSignal,
): Promise<Known['blockMode']> {
  try {
    await pi.agree({ mode: 'B' }, signal);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    return { accepted: false, said: quote(error.reply) };
  }
  await pi.agree({ mode: 'S' }, signal);
  return { accepted: true, said: 'accepted' };
}

// Many servers answer STAT with a listing of many lines, for which no data connection is needed.
async function listByStat(
  pi: UserPI,
  now: number,
  note: Note,
  signal: AbortSignal,
): Promise<Listing | undefined> {
  const reply = await pi.ask('STAT', '.', signal);
  const lines = reply?.lines.slice(1, -1) ?? [];
  const listing = parseListing(lines, { now, zone: 0 });
  const read = listing.entries.length > 0;
  note('STAT of a folder', read ? 'ok' : 'warning', read ? entryCount(listing) : 'no listing');
  return read ? listing : undefined;
}

/** "17 entries, 1 unreadable" */
export function entryCount({ entries, unreadable }: Listing): string {
  const count = entries.length === 1 ? '1 entry' : `${entries.length} entries`;
  return unreadable.length === 0 ? count : `${count}, ${unreadable.length} unreadable`;
}

// At how many files the test gives up looking for an exact time.
const mostAsked = 3;

// vsftpd 3.0.3 takes such a name for a time, and sets the time of the file that follows.
const setsTime = /^\d{8,} /;

async function datedFile(
  pi: UserPI,
  { entries }: Listing,
  signal: AbortSignal,
): Promise<DatedFile | undefined> {
  const candidates = entries.filter(
    ({ name, type, precision }) =>
      type === 'file' && (precision === 'minute' || precision === 'second') && !setsTime.test(name),
  );
  for (const { name, modified, precision } of candidates.slice(0, mostAsked)) {
    const reply = await pi.ask('MDTM', name, signal);
    const exact = reply && parseTimeVal(replyText(reply));
    if (exact && modified) return { listed: modified, precision, exact };
  }
  return undefined;
}

async function passiveAddress(pi: UserPI, signal: AbortSignal): Promise<Endpoint | undefined> {
  try {
    return await pi.passive(signal);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    return undefined;
  }
}
