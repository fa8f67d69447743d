import type { CommandSession } from '../commandRule.ts';
import { longReply, type ServerReply } from '../control/serverReply.ts';

/** RFC 959, 4.1.3: the reply to STAT without a pathname, also during a transfer. */
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
