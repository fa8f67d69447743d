import { awaitAll } from '../../base/concurrency.ts';
import { nameOf } from '../../base/paths.ts';
import { ReplyError } from '../errors.ts';
import type { Renamed, RenameOptions } from '../ftpConnection.ts';
import type { Command } from '../grammar/command.ts';
import type { RemoteEntry } from '../grammar/entry.ts';
import { formatTimeVal, parseFactsLine } from '../grammar/facts.ts';
import { type Reply, replyText } from '../grammar/reply.ts';
import { parseQuotedPathname } from '../grammar/replyTexts.ts';
import type { TimeCommand, TimeCommands } from '../profile/commandForms.ts';
import type { ExchangeOptions } from './exchange.ts';
import { entryOf, modifiedOf, sizeOf } from './fileFacts.ts';
import type { UserPI } from './userPI.ts';

/**
 * Sends what changes something, and behind it, without waiting for its reply, the questions whose
 * answers show whether it did, and the one that proves all these replies to be in step.
 */
async function provenBy<T, A>(
  pi: UserPI,
  signal: AbortSignal,
  change: () => Promise<T>,
  ask: (options: ExchangeOptions) => Promise<A>,
): Promise<readonly [T, A]> {
  // ftp-srv 4.6 runs the commands of a user side by side, and answers first what is done first: there
  // no question may go out before the change is answered. It is known by its SIZE of a folder.
  const overtakes = !pi.features.has('MLST') && (await pi.sizesFolders(signal));
  const options = { companion: !overtakes };
  const changing = change();
  if (overtakes) await Promise.allSettled([changing]);
  const asking = ask(options);
  const [, told, answers] = await awaitAll(pi.makeSure(signal, options), changing, asking);
  return [told, answers];
}

/**
 * The same for a change of one path. A confirmation that names that very path in quotes, as RFC 959, 5.4,
 * has it for 257, answers no other command: where the questions have shown once on this connection that
 * such a confirmation was true, it is proof by itself, and nothing is asked.
 */
async function provenByName<A>(
  pi: UserPI,
  command: Required<Pick<Command, 'verb' | 'argument'>>,
  signal: AbortSignal,
  ask: (options: ExchangeOptions) => Promise<A>,
  isTrue: (answer: A, reply: Reply) => boolean,
): Promise<boolean> {
  const { verb, argument } = command;
  pi.control.check([command]);
  const isNamed = (reply: Reply): boolean => parseQuotedPathname(replyText(reply)) === argument;
  const say = (): Promise<Reply> => pi.say(command, { signal });
  const alone = pi.namesChanged.has(verb) ? await say() : undefined;
  if (alone && isNamed(alone)) return true;
  pi.namesChanged.delete(verb);
  const change = alone ? async (): Promise<Reply> => alone : say;
  const [reply, answer] = await provenBy(pi, signal, change, ask);
  const isDone = isTrue(answer, reply);
  if (isDone && isNamed(reply)) pi.namesChanged.add(verb);
  return isDone;
}

/**
 * MKD; `unproved` where neither its reply nor the name's facts show that it did.
 */
export async function makeDirectory(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<'made' | 'unproved'> {
  const tellsFolders = pi.features.has('MLST');
  const isMade = await provenByName(
    pi,
    { verb: 'MKD', argument: path },
    signal,
    async (options) => (tellsFolders ? factsOf(pi, path, signal, options) : undefined),
    // RFC 959, 5.4: 257 is what MKD is answered. Without MLST that has to do.
    (facts, { code }) => (tellsFolders ? facts?.type === 'directory' : code === 257),
  );
  return isMade ? 'made' : 'unproved';
}

/** Sends a command, and makes sure that the reply is its own. */
export async function change(pi: UserPI, command: Command, signal: AbortSignal): Promise<void> {
  pi.control.check([command]);
  await provenBy(pi, signal, () => pi.say(command, { signal }), nothing);
}

/**
 * RNFR and RNTO, and behind them the question what stands under the new name. Where that is told to be
 * `unique`, the very file that was renamed, its answer proves all of it; else the old name is asked about
 * too. Nothing is asked where the caller looks at both names itself.
 */
export async function renameByCommands(
  pi: UserPI,
  { from, to }: { readonly from: string; readonly to: string },
  { signal, unique, isProved = unique !== undefined, provenBy = 'questions' }: RenameOptions,
): Promise<Renamed> {
  pi.control.check([from, to].map((argument) => ({ verb: 'RNTO', argument })));
  const rename = (): Promise<ReplyError | undefined> => pi.rename(from, to, signal, { isProved });
  if (provenBy === 'caller') return { refusal: await rename(), from: undefined, to: undefined };
  if (unique === undefined) return renameAskingBoth(pi, { from, to, rename }, signal);
  const [refusal, atTo] = await awaitAll(rename(), factsOf(pi, to, signal, { companion: true }));
  // RFC 3659, 7.5.2: two names with the same unique fact are one file. No other command is answered so.
  if (!refusal && atTo?.unique === unique) return { refusal, from: undefined, to: atTo };
  return renameAskingBoth(pi, { from, to, rename: async () => refusal }, signal);
}

async function renameAskingBoth(
  pi: UserPI,
  { from, to, rename }: { from: string; to: string; rename: () => Promise<ReplyError | undefined> },
  signal: AbortSignal,
): Promise<Renamed> {
  const [refusal, [atFrom, atTo]] = await provenBy(pi, signal, rename, (options) =>
    Promise.all([from, to].map((path) => factsOf(pi, path, signal, options))),
  );
  return { refusal, from: atFrom, to: atTo };
}

/**
 * RNFR alone, which the next command takes back (RFC 959, 5.4: only RNTO goes on from its 350): what
 * the server has against renaming; `undefined` where it would.
 */
export async function refusalToRename(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<ReplyError | undefined> {
  const command = { verb: 'RNFR', argument: path };
  let isWilling = false;
  pi.holdsName = true;
  const reply = await pi.control.sequence([command, { verb: 'TYPE', argument: 'I' }], {
    signal,
    onIntermediate: () => (isWilling = true),
  });
  if (!isWilling) {
    await pi.makeSure(signal);
    return new ReplyError(command, reply);
  }
  // From then on ProFTPD 1.3.8 answers 501 to every command but RNTO. An RNTO without a name moves
  // nothing.
  if ([501, 503].includes(reply.code)) await pi.control.exchange({ verb: 'RNTO' }, { signal });
  return undefined;
}

/** DELE; `stays` where the server confirms it and still tells facts of the file. */
export async function deleteFile(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
): Promise<'gone' | 'stays'> {
  const isGone = await provenByName<unknown>(
    pi,
    { verb: 'DELE', argument: path },
    signal,
    (options) =>
      pi.features.has('MLST')
        ? factsOf(pi, path, signal, options)
        : sizeOf(pi, path, signal, options).catch(unlessRefused),
    (found) => found === undefined,
  );
  return isGone ? 'gone' : 'stays';
}

// FAT keeps times to two seconds.
const storedWithinMs = 2_000;

/**
 * Sets the time of a file by the command that the server has, and asks whether it took it. False
 * where it cannot; rejects where there is no such file, or it may not be changed.
 */
export async function setTimeByCommand(
  pi: UserPI,
  times: Readonly<TimeCommands>,
  path: string,
  time: Date,
  signal: AbortSignal,
): Promise<boolean> {
  if (times.used === 'none') return false;
  let isUnknown = true;
  for (const name of commandsToTry(pi, times.used)) {
    const tried = await attempt(pi, { name, path, time }, signal);
    if (tried === 'set') {
      times.sets(name);
      return true;
    }
    // The server knows the command, and the file's time is another one all the same.
    if (tried === 'ignored' && times.used === name) return false;
    isUnknown &&= tried === 'unknown';
  }
  if (isUnknown) times.allUnknown();
  return false;
}

function commandsToTry(pi: UserPI, used: TimeCommand | 'unknown'): readonly TimeCommand[] {
  if (used !== 'unknown') return [used];
  // draft-somers-ftp-mfxx: a server that has MFMT says so. Of the others, one that does not know
  // vsftpd's form of MDTM looks for a file of that long name, and finds none.
  return pi.features.has('MFMT') ? ['MFMT'] : ['MDTM', 'SITE UTIME', 'SITE UTIME UTC'];
}

interface TimeRequest {
  readonly name: TimeCommand;
  readonly path: string;
  readonly time: Date;
}

async function attempt(
  pi: UserPI,
  request: TimeRequest,
  signal: AbortSignal,
): Promise<'set' | 'ignored' | 'unknown'> {
  const command = commandOf(request);
  // Not awaited one by one: the question is queued behind the command, and goes out with it where the
  // pipeline is deeper than one.
  const [reply, stored] = await Promise.all([
    pi.control.exchange(command, { signal }),
    storedTime(pi, request.path, signal),
  ]);
  if (reply.replyClass === 'completion') {
    const kept = timeIn(reply, request) ?? stored;
    const isKept = kept && Math.abs(kept.getTime() - request.time.getTime()) < storedWithinMs;
    return isKept ? 'set' : 'ignored';
  }
  const error = new ReplyError(command, reply);
  if (error.unsupported) return 'unknown';
  // To the form of a query 550 means that there is no file of such a name.
  if (request.name === 'MDTM' && error.reply.code === 550 && stored) return 'unknown';
  throw error;
}

function commandOf({ name, path, time }: TimeRequest): Command {
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
function timeIn(reply: Reply, { path }: TimeRequest): Date | undefined {
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

async function factsOf(
  pi: UserPI,
  path: string,
  signal: AbortSignal,
  options: ExchangeOptions,
): Promise<RemoteEntry | undefined> {
  return entryOf(pi, path, signal, options).catch(unlessRefused);
}

async function nothing(): Promise<void> {}

// 450, "file busy", shows nothing.
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ReplyError)) throw error;
  return undefined;
}
