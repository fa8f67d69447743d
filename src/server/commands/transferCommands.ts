import {
  type Endpoint,
  formatHostPort,
  parseExtendedPort,
  parseHostPort,
  sameAddress,
} from '../../ftp/grammar/endpoint.ts';
import type { CommandRule, CommandSession } from '../commandRule.ts';
import { Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import { sendFile } from '../data/sending.ts';
import { expectProtection } from '../data/serverTransfer.ts';
import { storeBytes } from '../data/storing.ts';
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
    return await sendFile(session, file, offset, signal);
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
    // RFC 959, 4.1.3: 226, and the data connection is closed. A running transfer has already ended with
    // 426.
    run: ({ dataPort }) => {
      dataPort.abandon();
      return reply(226, 'No transfer is running any more');
    },
  },
};

function type({ state }: CommandSession, argument: string): ServerReply {
  const [, letter, rest] = /^([A-Za-z]) ?(.*)$/.exec(argument) ?? [];
  const wanted = letter?.toUpperCase();
  const ascii = wanted === 'A' && /^(N|)$/i.test(rest ?? '');
  const image = (wanted === 'I' && rest === '') || (wanted === 'L' && rest === '8');
  if (!ascii && !image) throw new Refusal(504, 'Only TYPE A, I and L 8 are served');
  state.parameters = { ...state.parameters, type: ascii ? 'A' : 'I' };
  return reply(200, `The type is ${ascii ? 'ASCII' : 'image'}`);
}

function mode({ state, server, dataPort }: CommandSession, argument: string): ServerReply {
  const wanted = argument.toUpperCase();
  if (wanted !== 'S' && wanted !== 'B') throw new Refusal(504, 'Only MODE S and B are served');
  if (wanted === 'B' && server.personality.blockMode === 'refused') {
    throw new Refusal(504, 'Only MODE S is served');
  }
  if (wanted === 'S') dataPort.close();
  state.parameters = { ...state.parameters, mode: wanted };
  return reply(200, `The mode is ${wanted === 'B' ? 'block' : 'stream'}`);
}

function structure(_session: CommandSession, argument: string): ServerReply {
  if (argument.toUpperCase() !== 'F') throw new Refusal(504, 'Only STRU F is served');
  return reply(200, 'The structure is file');
}

function expectDataPorts({ server, state }: CommandSession, verb: 'EPSV' | 'other'): void {
  if (server.options.defaultPortOnly) {
    throw new Refusal(502, 'Only the default data port is served');
  }
  // RFC 2428, 4: after EPSV ALL the server "MUST reject all data connection setup commands other
  // than EPSV".
  if (verb === 'other' && state.onlyExtendedPassive) throw new Refusal(501, 'EPSV ALL was said');
}

async function passive(session: CommandSession): Promise<ServerReply> {
  expectDataPorts(session, 'other');
  if (session.local.family === 6) throw new Refusal(522, 'PASV knows only IPv4: say EPSV (2)');
  const endpoint = await session.dataPort.listen(session.state.parameters.protection);
  const host = session.server.faults.passiveHost ?? endpoint.host;
  return reply(227, `Entering passive mode (${formatHostPort({ ...endpoint, host })})`);
}

async function extendedPassive(session: CommandSession, argument: string): Promise<ServerReply> {
  expectDataPorts(session, 'EPSV');
  if (argument.toUpperCase() === 'ALL') {
    session.state.onlyExtendedPassive = true;
    return reply(200, 'Only EPSV from now on');
  }
  const family = session.local.family === 6 ? '2' : '1';
  if (argument !== '' && argument !== family) {
    throw new Refusal(522, `That network is not served here, use (${family})`);
  }
  const { port } = await session.dataPort.listen(session.state.parameters.protection);
  return reply(229, `Entering extended passive mode (|||${port}|)`);
}

// CERT CA-1997-27: a client that can name any address and port can make the server attack others.
async function dialTo(session: CommandSession, remote: Endpoint | undefined): Promise<ServerReply> {
  if (!remote) throw new Refusal(501, 'Not an address');
  // The client does not name the zone of a link-local address: it is the one of the control connection.
  const { host } = session.remote;
  if (!sameAddress(remote.host, host.replace(/%.*$/, '')) || remote.port < 1024) {
    throw new Refusal(504, 'Only your own address, and no port below 1024');
  }
  await session.dataPort.dialTo({ ...remote, host });
  return reply(200, 'The data port is set');
}

function port(session: CommandSession, argument: string): Promise<ServerReply> {
  expectDataPorts(session, 'other');
  return dialTo(session, parseHostPort(argument));
}

function extendedPort(session: CommandSession, argument: string): Promise<ServerReply> {
  expectDataPorts(session, 'other');
  // RFC 2428, 2: 522 names the protocols that are served.
  if (/^([!-~])(?![12]\1)\d+\1/.test(argument)) {
    throw new Refusal(522, 'That network is not served here, use (1,2)');
  }
  return dialTo(session, parseExtendedPort(argument));
}

function restart({ state }: CommandSession, argument: string): ServerReply {
  if (!/^\d{1,15}$/.test(argument)) throw new Refusal(501, 'Not a byte offset');
  // RFC 3659, 5: byte offsets are for stream mode, and count the bytes of TYPE I.
  if (state.parameters.mode !== 'S') throw new Refusal(504, 'REST needs MODE S');
  if (state.parameters.type !== 'I' && argument !== '0')
    throw new Refusal(504, 'REST needs TYPE I');
  state.restartAt = Number(argument);
  return reply(350, `Restarting at ${argument}: say RETR or STOR`);
}

// RFC 959, 5.3: ALLO <SP> <decimal-integer> [<SP> R <SP> <decimal-integer>].
function allocate(_session: CommandSession, argument: string): ServerReply {
  if (!/^\d+(?: R \d+)? *$/i.test(argument)) throw new Refusal(501, 'ALLO bytes [R bytes]');
  return reply(202, 'No storage needs to be allocated');
}

/** RFC 959, 4.1.2, RFC 2428 and RFC 3659, 5: the parameters of the next transfer. */
export const transferParameterCommands: Readonly<Record<string, CommandRule>> = {
  TYPE: { needs: 'login', argument: 'needed', run: type },
  MODE: { needs: 'login', argument: 'needed', run: mode },
  STRU: { needs: 'login', argument: 'needed', run: structure },
  PASV: { needs: 'login', argument: 'none', run: passive },
  EPSV: { needs: 'login', run: extendedPassive },
  PORT: { needs: 'login', argument: 'needed', run: port },
  EPRT: { needs: 'login', argument: 'needed', run: extendedPort },
  REST: { needs: 'login', argument: 'needed', run: restart },
  ALLO: { needs: 'login', argument: 'needed', run: allocate },
};
