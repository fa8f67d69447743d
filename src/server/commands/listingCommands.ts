import { yieldToOthers } from '../../base/clock.ts';
import { namedZone } from '../../ftp/grammar/namedZone.ts';
import type { CommandRule, CommandSession } from '../commandRule.ts';
import { longReply, Refusal, type ServerReply } from '../control/serverReply.ts';
import { sendList } from '../data/sending.ts';
import { expectProtection } from '../data/serverTransfer.ts';
import { type ServedEntry, type ServedPath, splitServedPath } from '../folder/servedFolder.ts';
import { pathOf } from './fileCommands.ts';
import { dosLine, factsLine, unixLine } from './listingFormat.ts';
import { sessionStatus } from './accessCommands.ts';

interface Asked {
  readonly path: ServedPath;
  /** -a: also shows "." and "..". No other name is ever hidden. */
  readonly all: boolean;
}

/** What LIST and STAT list. Of the options that clients write before the pathname, only -a has a meaning. */
async function askedFor(session: CommandSession, argument: string): Promise<Asked> {
  const { folder } = session.server.options;
  const [, options, rest = ''] = /^-([A-Za-z1]+)(?: +(.*))?$/s.exec(argument) ?? [];
  if (options === undefined) return { path: pathOf(session, argument), all: false };
  if (session.server.personality.refusesListOptions) throw new Refusal(501, 'No options, please');
  // A file may have the name -la.
  const named = pathOf(session, argument);
  const isName = await folder.entry(named).then(
    () => true,
    () => false,
  );
  if (isName) return { path: named, all: false };
  return { path: pathOf(session, rest), all: options.includes('a') };
}

type Batches = AsyncIterable<readonly ServedEntry[]>;

/** A folder or file to list. It is opened before the first reply, and read after it. */
interface Listed extends AsyncDisposable {
  readonly entries: Batches;
  readonly isFolder: boolean;
}

async function listedAt(session: CommandSession, { path, all }: Asked): Promise<Listed> {
  const { folder } = session.server.options;
  const followed = await folder.followed(path);
  if (followed.type !== 'directory') {
    const entry = await folder.entry(path);
    return { entries: batch([entry]), isFolder: false, [Symbol.asyncDispose]: async () => {} };
  }
  const isUnix = session.server.personality.listing !== 'dos';
  const parent = all && isUnix ? await folder.followed(splitServedPath(path).folder) : undefined;
  const around = parent
    ? [
        { ...followed, name: '.' },
        { ...parent, name: '..' },
      ]
    : [];
  const listing = await folder.openList(path);
  return {
    entries: batch(around, listing.entries()),
    isFolder: true,
    [Symbol.asyncDispose]: () => listing[Symbol.asyncDispose](),
  };
}

async function* batch(
  first: readonly ServedEntry[],
  rest?: Batches,
): AsyncGenerator<readonly ServedEntry[]> {
  yield first;
  if (rest) yield* rest;
}

/** Writes entries in the server's time zone and style. */
function lineWriter(session: CommandSession): (entry: ServedEntry) => string {
  const { personality, clock } = session.server;
  const zone = personality.zone === undefined ? undefined : namedZone(personality.zone);
  const ahead = (time: number): number => (zone?.(time, 'utc') ?? 0) * 60_000;
  return (entry) => {
    const time = entry.modified.getTime();
    const local = { ...entry, modified: new Date(time + ahead(time)) };
    return personality.listing === 'dos'
      ? dosLine(local)
      : unixLine(local, clock.now() + ahead(time));
  };
}

/** All lines of a listing. */
async function allLines(session: CommandSession, entries: Batches): Promise<string[]> {
  const write = lineWriter(session);
  const lines: string[] = [];
  for await (const some of entries) {
    for (const entry of some) lines.push(write(entry));
    await yieldToOthers();
  }
  const { listing } = session.server.personality;
  return listing === 'totalLine' ? [`total ${lines.length}`, ...lines] : lines;
}

// RFC 959, 4.1.3: over the control connection.
async function statPath(session: CommandSession, argument: string): Promise<ServerReply> {
  await using listed = await listedAt(session, await askedFor(session, argument));
  const lines = await allLines(session, listed.entries);
  return longReply(listed.isFolder ? 212 : 213, 'Status follows', lines, 'End of status');
}

/** Entries as bytes, as they come: a large folder is never whole in memory. */
async function* asBytes(
  entries: Batches,
  write: (entry: ServedEntry) => string,
): AsyncGenerator<Uint8Array> {
  for await (const some of entries) {
    if (some.length > 0) yield lineBytes(some.map(write));
  }
}

function lineBytes(lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
}

async function* allBytes(session: CommandSession, entries: Batches): AsyncGenerator<Uint8Array> {
  yield lineBytes(await allLines(session, entries));
}

async function list(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  expectProtection(session);
  await using listed = await listedAt(session, await askedFor(session, argument));
  // The line with the total comes first, so all lines must be known.
  const bytes =
    session.server.personality.listing === 'totalLine'
      ? allBytes(session, listed.entries)
      : asBytes(listed.entries, lineWriter(session));
  return await sendList(session, bytes, { what: 'list', signal });
}

async function nameList(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  expectProtection(session);
  await using listed = await listedAt(session, await askedFor(session, argument));
  const names = asBytes(listed.entries, (entry) => entry.name);
  return await sendList(session, names, { what: 'list', signal });
}

async function factsList(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  expectProtection(session);
  const { folder, readOnly = false } = session.server.options;
  const path = pathOf(session, argument);
  // RFC 3659, 7.2.1: 501 for MLSD of what is no folder.
  if ((await folder.followed(path)).type !== 'directory') throw new Refusal(501, 'Not a folder');
  const { facts } = session.state;
  await using listing = await folder.openList(path);
  const lines = asBytes(listing.entries(), (entry) =>
    factsLine(entry, entry.name, facts, readOnly),
  );
  return await sendList(session, lines, { what: 'facts', signal });
}

async function factsOf(session: CommandSession, argument: string): Promise<ServerReply> {
  const { folder, readOnly = false } = session.server.options;
  const path = pathOf(session, argument);
  const entry = await folder.entry(path);
  const line = factsLine(entry, path, session.state.facts, readOnly);
  // RFC 3659, 7.2: the entry's line begins with one space.
  return longReply(250, `Listing ${path}`, [` ${line}`], 'End');
}

/** RFC 959, 4.1.3, and RFC 3659, 7: listings, and facts of files. */
export const listingCommands: Readonly<Record<string, CommandRule>> = {
  LIST: { needs: 'login', transfers: true, run: list },
  NLST: { needs: 'login', transfers: true, run: nameList },
  MLSD: { needs: 'login', transfers: true, run: factsList },
  MLST: { needs: 'login', run: factsOf },
  STAT: {
    needs: 'nothing',
    run: (session, argument) => {
      if (argument.trim() === '') return sessionStatus(session, false);
      if (!session.state.loggedIn) throw new Refusal(530, 'Log in first');
      return statPath(session, argument);
    },
  },
};
