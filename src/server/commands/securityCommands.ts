import { Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import type { CommandRule, Session } from '../commandRule.ts';

async function authenticate(session: Session, argument: string): Promise<ServerReply> {
  const { server, state } = session;
  if (server.options.tls === 'none') throw new Refusal(502, 'TLS is not served here');
  if (session.protected) throw new Refusal(503, 'TLS stands already');
  if (state.loggedIn || state.user !== undefined) throw new Refusal(503, 'AUTH comes before USER');
  // RFC 4217, 2: "TLS"; the old names of drafts are understood too.
  if (!/^(TLS|TLS-C|SSL)$/i.test(argument)) throw new Refusal(504, 'Only TLS is known here');
  session.reset();
  await session.dataPort.reset();
  return reply(234, 'Go on with the TLS handshake', 'startTls');
}

function bufferSize(session: Session, argument: string): ServerReply {
  if (!session.protected) throw new Refusal(503, 'Say AUTH TLS first');
  if (!/^\d{1,10}$/.test(argument)) throw new Refusal(501, 'Not a size');
  session.state.bufferSizeGiven = true;
  // RFC 4217, 9: TLS needs no buffer size: 0.
  return reply(200, 'PBSZ=0');
}

async function protection(session: Session, argument: string): Promise<ServerReply> {
  const { state } = session;
  if (!state.bufferSizeGiven) throw new Refusal(503, 'Say PBSZ 0 first');
  const level = argument.toUpperCase();
  if (level === 'S' || level === 'E') throw new Refusal(536, 'TLS knows only C and P');
  if (level !== 'C' && level !== 'P') throw new Refusal(504, 'Not a protection level');
  // RFC 4217, 9: PROT binds later data connections: a kept one would be of the old level.
  await session.dataPort.reset();
  state.parameters = { ...state.parameters, protection: level };
  return reply(200, level === 'P' ? 'Data connections are private' : 'Data connections are clear');
}

/** RFC 2228 and RFC 4217: TLS on the control and the data connections. */
export const securityCommands: Readonly<Record<string, CommandRule>> = {
  AUTH: { needs: 'nothing', argument: 'needed', run: authenticate },
  PBSZ: { needs: 'nothing', argument: 'needed', run: bufferSize },
  PROT: { needs: 'nothing', argument: 'needed', run: protection },
  CCC: {
    needs: 'nothing',
    argument: 'none',
    run: (session) =>
      session.protected
        ? reply(534, 'The control connection stays protected')
        : reply(533, 'The control connection is not protected'),
  },
};
