import { namedZone } from '../ftp/grammar/namedZone.ts';
import { pathOf } from './fileCommands.ts';
import {
  defaultFacts,
  dosLine,
  type FactName,
  factNames,
  factsLine,
  unixLine,
} from './listingFormat.ts';
import { type ServedEntry, type ServedPath, splitServedPath } from './servedFolder.ts';
import { longReply, Refusal, reply, type ServerReply } from './serverReply.ts';
import { expectProtection, sendBytes } from './serverTransfer.ts';
import type { CommandRule, Session } from './session.ts';

interface Asked {
  readonly path: ServedPath;
  /** -a: the folder itself and its parent are shown too; nothing is ever hidden here. */
  readonly all: boolean;
}

/** What LIST and STAT list: of the options that clients write before the pathname, only -a counts. */
async function askedFor(session: Session, argument: string): Promise<Asked> {
  const { folder } = session.server.options;
  const [, options, rest = ''] = /^-([A-Za-z1]+)(?: +(.*))?$/s.exec(argument) ?? [];
  if (options === undefined) return { path: pathOf(session, argument), all: false };
  if (session.server.personality.refusesListOptions) throw new Refusal(501, 'No options, please');
  // A file may well be called -la.
  const named = pathOf(session, argument);
  const isName = await folder.entry(named).then(
    () => true,
    () => false,
  );
  if (isName) return { path: named, all: false };
  return { path: pathOf(session, rest), all: options.includes('a') };
}

async function entriesAt(
  session: Session,
  { path, all }: Asked,
): Promise<{ entries: readonly ServedEntry[]; isFolder: boolean }> {
  const { folder } = session.server.options;
  const followed = await folder.followed(path);
  if (followed.type !== 'directory') {
    return { entries: [await folder.entry(path)], isFolder: false };
  }
  const entries = await folder.list(path);
  const isUnix = session.server.personality.listing !== 'dos';
  if (!all || !isUnix) return { entries, isFolder: true };
  const parent = await folder.followed(splitServedPath(path).folder);
  const around = [
    { ...followed, name: '.' },
    { ...parent, name: '..' },
  ];
  return { entries: [...around, ...entries], isFolder: true };
}

function lines(session: Session, entries: readonly ServedEntry[]): string[] {
  const { personality, clock } = session.server;
  const zone = personality.zone === undefined ? undefined : namedZone(personality.zone);
  const ahead = (time: number): number => (zone?.(time, 'utc') ?? 0) * 60_000;
  const listing = entries.map((entry) => {
    const time = entry.modified.getTime();
    const local = { ...entry, modified: new Date(time + ahead(time)) };
    return personality.listing === 'dos'
      ? dosLine(local)
      : unixLine(local, clock.now() + ahead(time));
  });
  return personality.listing === 'totalLine' ? [`total ${entries.length}`, ...listing] : listing;
}

/** Lists `argument` for STAT: RFC 959, 4.1.3, over the control connection. */
export async function statPath(session: Session, argument: string): Promise<ServerReply> {
  const { entries, isFolder } = await entriesAt(session, await askedFor(session, argument));
  const code = isFolder ? 212 : 213;
  return longReply(code, 'Status follows', lines(session, entries), 'End of status');
}

async function* asBytes(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  yield Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1');
}

async function list(session: Session, argument: string, signal: AbortSignal): Promise<ServerReply> {
  expectProtection(session);
  const { entries } = await entriesAt(session, await askedFor(session, argument));
  return sendBytes(session, asBytes(lines(session, entries)), { what: 'list', signal });
}

async function nameList(
  session: Session,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  expectProtection(session);
  const { entries } = await entriesAt(session, await askedFor(session, argument));
  const names = entries.map((entry) => entry.name);
  return sendBytes(session, asBytes(names), { what: 'list', signal });
}

async function factsList(
  session: Session,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  expectProtection(session);
  const { folder, readOnly = false } = session.server.options;
  const path = pathOf(session, argument);
  // RFC 3659, 7.2.1: 501 for MLSD of what is no folder.
  if ((await folder.followed(path)).type !== 'directory') throw new Refusal(501, 'Not a folder');
  const { facts } = session.state;
  const entries = await folder.list(path);
  const listing = entries.map((entry) => factsLine(entry, entry.name, facts, readOnly));
  return sendBytes(session, asBytes(listing), { what: 'facts', signal });
}

async function factsOf(session: Session, argument: string): Promise<ServerReply> {
  const { folder, readOnly = false } = session.server.options;
  const path = pathOf(session, argument);
  const entry = await folder.entry(path);
  const line = factsLine(entry, path, session.state.facts, readOnly);
  // RFC 3659, 7.2: the entry's line begins with one space.
  return longReply(250, `Listing ${path}`, [` ${line}`], 'End');
}

/** RFC 3659, 7.9: OPTS MLST names the facts that are wanted; unknown ones are passed over. */
export function chooseFacts(session: Session, argument: string): ServerReply {
  const asked = argument.split(';').map((name) => name.trim().toLowerCase());
  const facts = new Set<FactName>(factNames.filter((name) => asked.includes(name.toLowerCase())));
  session.state.facts = facts;
  const chosen = [...facts].map((name) => `${name};`).join('');
  return reply(200, chosen === '' ? 'MLST OPTS' : `MLST OPTS ${chosen}`);
}

/** RFC 3659, 7.8: what FEAT says of MLST; the facts that are on carry a star. */
export function factsFeature({ state }: Session): string {
  return [...defaultFacts].map((name) => `${name}${state.facts.has(name) ? '*' : ''};`).join('');
}

/** RFC 959, 4.1.3, and RFC 3659, 7: what a folder holds. */
export const listingCommands: Readonly<Record<string, CommandRule>> = {
  LIST: { needs: 'login', transfers: true, run: list },
  NLST: { needs: 'login', transfers: true, run: nameList },
  MLSD: { needs: 'login', transfers: true, run: factsList },
  MLST: { needs: 'login', run: factsOf },
};
