import type { CommandRule, CommandSession } from '../commandRule.ts';
import { Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import { expectProtection, sendBytes, storeBytes } from '../data/serverTransfer.ts';
import {
  FolderError,
  joinServedPath,
  type ServedPath,
  splitServedPath,
  type WriteStart,
} from '../folder/servedFolder.ts';
import { pathOf } from './fileCommands.ts';

async function retrieve(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  expectProtection(session);
  const offset = session.state.restartAt;
  const { folder } = session.server.options;
  try {
    await using file = await folder.openRead(pathOf(session, argument));
    if (offset > file.entry.size) throw new Refusal(554, 'The file ends before that offset');
    return await sendBytes(session, file.pieces(offset), { what: 'file', signal });
  } catch (error) {
    if (session.server.personality.closesDataOnRefusal) session.dataPort.close();
    throw error;
  }
}

async function storeAt(
  session: CommandSession,
  path: ServedPath,
  start: WriteStart,
  signal: AbortSignal,
  announcement?: string,
): Promise<ServerReply> {
  expectProtection(session);
  await using writer = await session.server.options.folder.openWrite(path, start);
  const said = announcement === undefined ? {} : { announcement };
  return await storeBytes(session, writer, { what: 'file', signal, ...said });
}

function store(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { restartAt } = session.state;
  const start: WriteStart =
    restartAt > 0 ? { kind: 'offset', bytes: restartAt } : { kind: 'replace' };
  return storeAt(session, pathOf(session, argument), start, signal);
}

function append(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  // RFC 3659, 5.3: after REST, APPE does what STOR does.
  if (session.state.restartAt > 0) return store(session, argument, signal);
  return storeAt(session, pathOf(session, argument), { kind: 'append' }, signal);
}

const uniqueNames = 1_000;

async function storeUnique(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  const wanted = pathOf(session, argument === '' ? 'file' : argument);
  const { folder, name } = splitServedPath(wanted);
  for (let number = 0; number < uniqueNames; number++) {
    const candidate = number === 0 ? name : `${name}.${number}`;
    const path = joinServedPath(folder, candidate);
    try {
      // RFC 1123, 4.1.2.9: "150 FILE: pppp" names the file.
      return await storeAt(session, path, { kind: 'create' }, signal, `FILE: ${candidate}`);
    } catch (error) {
      if (!(error instanceof FolderError) || error.reason !== 'exists') throw error;
    }
  }
  throw new Refusal(553, 'No free name');
}

/** RFC 959, 4.1.3: files over a data connection. */
export const transferCommands: Readonly<Record<string, CommandRule>> = {
  RETR: { needs: 'login', argument: 'needed', transfers: true, run: retrieve },
  STOR: { needs: 'login', argument: 'needed', writes: true, transfers: true, run: store },
  APPE: { needs: 'login', argument: 'needed', writes: true, transfers: true, run: append },
  STOU: { needs: 'login', writes: true, transfers: true, run: storeUnique },
  ABOR: {
    needs: 'nothing',
    argument: 'none',
    // RFC 959, 4.1.3: 226 and the data connection is closed; a running transfer has ended with 426
    // by now.
    run: ({ dataPort }) => {
      dataPort.abandon();
      return reply(226, 'Nothing is transferred any more');
    },
  },
};
