import { createHash } from 'node:crypto';
import { formatTimeVal, parseTimeVal } from '../../ftp/grammar/facts.ts';
import type { CommandRule, CommandSession } from '../commandRule.ts';
import { quotedPath, Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import { bytesOfFile } from '../data/fileBytes.ts';
import {
  type FileReader,
  resolveServedPath,
  type ServedEntry,
  type ServedPath,
} from '../folder/servedFolder.ts';

/** The path that an argument means; 501 where it is not a path. */
export function pathOf(session: CommandSession, argument: string): ServedPath {
  const path = resolveServedPath(session.state.folder, argument);
  if (path === undefined) throw new Refusal(501, 'Not a pathname');
  return path;
}

async function fileOf(session: CommandSession, argument: string): Promise<ServedEntry> {
  const entry = await session.server.options.folder.followed(pathOf(session, argument));
  if (entry.type !== 'file') throw new Refusal(550, 'Not a file');
  return entry;
}

async function size(session: CommandSession, argument: string): Promise<ServerReply> {
  // RFC 3659, 4: SIZE gives the exact number of bytes of a transfer. In TYPE A only a transfer would
  // tell.
  if (session.state.parameters.type !== 'I') throw new Refusal(550, 'SIZE needs TYPE I');
  return reply(213, String((await fileOf(session, argument)).size));
}

async function modified(session: CommandSession, argument: string): Promise<ServerReply> {
  const set = session.server.personality.setsTimeBy === 'MDTM' ? timeAndName(argument) : undefined;
  if (set) {
    if (session.server.options.readOnly) throw new Refusal(550, 'The server is read-only');
    return reply(213, `Modify=${formatTimeVal(await storeTime(session, set))}; ${set.name}`);
  }
  return reply(213, formatTimeVal((await fileOf(session, argument)).modified));
}

async function setModified(session: CommandSession, argument: string): Promise<ServerReply> {
  const set = timeAndName(argument);
  if (!set) throw new Refusal(501, 'Not a time: YYYYMMDDHHMMSS pathname');
  return reply(213, `Modify=${formatTimeVal(await storeTime(session, set))}; ${set.name}`);
}

interface TimeAndName {
  readonly time: Date;
  readonly name: string;
}

function timeAndName(argument: string): TimeAndName | undefined {
  const [, stamp = '', name = ''] = /^(\S+) (.+)$/s.exec(argument) ?? [];
  const time = parseTimeVal(stamp);
  return time && { time, name };
}

/** Returns the time as it was stored: a file system may keep it less exactly. */
async function storeTime(session: CommandSession, { time, name }: TimeAndName): Promise<Date> {
  const path = pathOf(session, name);
  const { folder } = session.server.options;
  await folder.setModified(path, time);
  return (await folder.followed(path)).modified;
}

async function hash(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { options, hashes } = session.server;
  await using file = await options.folder.openRead(pathOf(session, argument));
  const sha256 = hashes.of(file.entry) ?? (await hashOf(file, signal));
  return reply(213, `SHA-256 0-${file.entry.size} ${sha256} ${argument}`);
}

async function hashOf(file: FileReader, signal: AbortSignal): Promise<string> {
  const digest = createHash('sha256');
  for await (const piece of bytesOfFile(file, 0)) {
    signal.throwIfAborted();
    digest.update(piece);
  }
  return digest.digest('hex');
}

async function makeDirectory(session: CommandSession, argument: string): Promise<ServerReply> {
  const path = pathOf(session, argument);
  await session.server.options.folder.makeDirectory(path);
  return reply(257, `${quotedPath(path)} was made`);
}

async function renameFrom(session: CommandSession, argument: string): Promise<ServerReply> {
  const path = pathOf(session, argument);
  await session.server.options.folder.entry(path);
  session.state.renameFrom = path;
  return reply(350, 'Say RNTO');
}

async function renameTo(session: CommandSession, argument: string): Promise<ServerReply> {
  const { state, server } = session;
  const from = state.renameFrom;
  state.renameFrom = undefined;
  if (from === undefined) throw new Refusal(503, 'Say RNFR first');
  const to = pathOf(session, argument);
  if (server.personality.keepsOnRename && (await exists(session, to))) {
    throw new Refusal(550, 'Cannot create a file when that file already exists.');
  }
  await server.options.folder.rename(from, to);
  return reply(250, 'Renamed');
}

async function exists({ server }: CommandSession, path: ServedPath): Promise<boolean> {
  return server.options.folder.entry(path).then(
    () => true,
    () => false,
  );
}

async function site(session: CommandSession, argument: string): Promise<ServerReply> {
  const utime = /^UTIME (.+)$/is.exec(argument)?.[1];
  if (utime !== undefined && session.server.personality.setsTimeBy === 'SITE UTIME') {
    return siteUtime(session, utime);
  }
  const [, mode, name] = /^CHMOD ([0-7]{3,4}) (.+)$/is.exec(argument) ?? [];
  if (/^HELP$/i.test(argument)) return reply(214, 'SITE CHMOD mode pathname');
  if (mode === undefined || name === undefined) {
    throw new Refusal(/^CHMOD/i.test(argument) ? 501 : 504, 'SITE CHMOD mode pathname');
  }
  if (session.server.options.readOnly) throw new Refusal(550, 'The server is read-only');
  const bits = Number.parseInt(mode, 8);
  // A client could upload a program that would then run as the server's user.
  if (bits > 0o777) throw new Refusal(550, 'Set-uid, set-gid and sticky bits are not set here');
  await session.server.options.folder.setMode(pathOf(session, name), bits);
  return reply(200, 'The mode was changed');
}

// Pure-FTPd knows two forms: one time before the pathname, or three times after it.
async function siteUtime(session: CommandSession, argument: string): Promise<ServerReply> {
  if (session.server.options.readOnly) throw new Refusal(550, 'The server is read-only');
  const [, name, stamp] = /^(.+) \d{14} (\d{14}) \d{14} UTC$/s.exec(argument) ?? [];
  const set = timeAndName(name === undefined ? argument : `${stamp} ${name}`);
  if (!set) throw new Refusal(501, 'SITE UTIME YYYYMMDDHHMMSS pathname');
  await storeTime(session, set);
  return reply(200, 'The time was changed');
}

const makeRule: CommandRule = {
  needs: 'login',
  argument: 'needed',
  writes: true,
  run: makeDirectory,
};

const removeRule: CommandRule = {
  needs: 'login',
  argument: 'needed',
  writes: true,
  run: async (session, argument) => {
    await session.server.options.folder.removeDirectory(pathOf(session, argument));
    return reply(250, 'Removed');
  },
};

/** RFC 959, 4.1.3, RFC 3659, 3 and 4, and the drafts of MFMT and HASH: files and folders by name. */
export const fileCommands: Readonly<Record<string, CommandRule>> = {
  SIZE: { needs: 'login', argument: 'needed', run: size },
  MDTM: { needs: 'login', argument: 'needed', run: modified },
  MFMT: { needs: 'login', argument: 'needed', writes: true, run: setModified },
  HASH: { needs: 'login', argument: 'needed', abortable: true, run: hash },
  // RFC 1123, 4.1.3.1: the experimental forms of RFC 775 are served too.
  MKD: makeRule,
  XMKD: makeRule,
  RMD: removeRule,
  XRMD: removeRule,
  DELE: {
    needs: 'login',
    argument: 'needed',
    writes: true,
    run: async (session, argument) => {
      const path = pathOf(session, argument);
      await session.server.options.folder.removeFile(path);
      // As a 257 names the folder that was made: a client sees which command this answers.
      return reply(250, `${quotedPath(path)} was removed`);
    },
  },
  RNFR: { needs: 'login', argument: 'needed', writes: true, run: renameFrom },
  RNTO: { needs: 'login', argument: 'needed', writes: true, run: renameTo },
  SITE: { needs: 'login', argument: 'needed', run: site },
};
