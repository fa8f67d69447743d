import { chooseFacts, factsFeature, statPath } from './listingCommands.ts';
import { longReply, Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import type { CommandRule, CommandSession } from '../commandRule.ts';

function features(session: CommandSession): ServerReply {
  const { options, personality } = session.server;
  const lines = [
    ...(options.tls === 'explicit' ? ['AUTH TLS'] : []),
    ...(options.defaultPortOnly ? [] : ['EPRT', 'EPSV']),
    'HASH SHA-256*',
    'HOST',
    'MDTM',
    'MFMT',
    `MLST ${factsFeature(session)}`,
    ...(options.tls === 'none' ? [] : ['PBSZ', 'PROT']),
    'REST STREAM',
    'SIZE',
    'TVFS',
    'UTF8',
  ];
  const unknown = new Set(personality.unknown);
  const known = lines.filter((line) => !unknown.has(line.split(' ', 1)[0] ?? ''));
  // RFC 2389, 3.2: each feature line begins with one space.
  return longReply(
    211,
    'Features',
    known.map((line) => ` ${line}`),
    'End',
  );
}

function chooseOption(session: CommandSession, argument: string): ServerReply {
  const [, name = '', value = ''] = /^(\S+)(?: (.*))?$/.exec(argument) ?? [];
  switch (name.toUpperCase()) {
    case 'UTF8':
      // Pathnames are bytes here: UTF-8 is always on, and cannot be turned off.
      if (/^(ON|)$/i.test(value)) return reply(200, 'UTF-8 is on');
      throw new Refusal(504, 'UTF-8 is always on');
    case 'MLST':
      return chooseFacts(session, value);
    case 'HASH':
      if (/^(SHA-256|)$/i.test(value)) return reply(200, 'SHA-256');
      throw new Refusal(504, 'Only SHA-256 is known');
    default:
      throw new Refusal(501, 'No such option');
  }
}

/** RFC 959, 4.1.3: STAT without a pathname, also in the middle of a transfer. */
export function sessionStatus(session: CommandSession, transferring: boolean): ServerReply {
  const { state, remote, dataPort } = session;
  const { type, mode, protection } = state.parameters;
  const lines = [
    `Connected from ${remote.host}`,
    state.loggedIn ? `Logged in as ${state.user ?? ''}` : 'Not logged in',
    `TYPE ${type}, STRU F, MODE ${mode}, PROT ${protection}`,
    `Control connection ${session.protected ? 'under TLS' : 'in the clear'}`,
    `Data port: ${dataPort.description}`,
    transferring ? 'A transfer is running' : 'No transfer is running',
  ];
  return longReply(
    211,
    'Status of the session',
    lines.map((line) => ` ${line}`),
    'End of status',
  );
}

/** RFC 959, 4.1.3, and RFC 2389: what the server is and can do. */
export const informationCommands: Readonly<Record<string, CommandRule>> = {
  FEAT: { needs: 'nothing', argument: 'none', run: features },
  OPTS: { needs: 'nothing', argument: 'needed', run: chooseOption },
  SYST: {
    needs: 'nothing',
    argument: 'none',
    run: ({ server }) => reply(215, server.personality.system ?? 'UNIX Type: L8'),
  },
  STAT: {
    needs: 'nothing',
    run: (session, argument) => {
      if (argument.trim() === '') return sessionStatus(session, false);
      if (!session.state.loggedIn) throw new Refusal(530, 'Log in first');
      return statPath(session, argument);
    },
  },
  NOOP: { needs: 'nothing', argument: 'none', run: () => reply(200, 'Still here') },
};
