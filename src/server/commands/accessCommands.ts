import { visibleText } from '../../base/visibleText.ts';
import type { CommandRule, CommandSession } from '../commandRule.ts';
import { longReply, quotedPath, Refusal, reply, type ServerReply } from '../control/serverReply.ts';
import { fromWireText, resolveServedPath, servedRoot } from '../folder/servedFolder.ts';

// How much of a user name the log shows.
const longestNameTold = 64;

const loggedIn = reply(230, 'Logged in');

// RFC 1635: the user names of anonymous logins.
const isAnonymous = (user: string): boolean => /^(anonymous|ftp)$/i.test(user);

function user(session: CommandSession, argument: string): ServerReply {
  const { server, state } = session;
  if (server.requireTls && !session.protected) {
    throw new Refusal(530, 'TLS is required: say AUTH TLS first');
  }
  // RFC 959, 4.1.1: a new USER "has the effect of flushing any user, password, and account
  // information already supplied".
  state.loggedIn = false;
  state.folder = servedRoot;
  state.password = undefined;
  state.user = fromWireText(argument);
  return reply(331, 'Password, please');
}

async function password(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { state } = session;
  if (state.user === undefined || state.loggedIn) throw new Refusal(503, 'Say USER first');
  return decide(session, { password: fromWireText(argument) }, signal);
}

async function account(
  session: CommandSession,
  argument: string,
  signal: AbortSignal,
): Promise<ServerReply> {
  const { state } = session;
  if (state.loggedIn) return reply(202, 'Not needed here');
  if (state.password === undefined) throw new Refusal(503, 'Say USER and PASS first');
  const given = { password: state.password, account: fromWireText(argument) };
  return decide(session, given, signal);
}

async function decide(
  session: CommandSession,
  given: { password: string; account?: string },
  signal: AbortSignal,
): Promise<ServerReply> {
  const { server, state } = session;
  const name = state.user ?? '';
  state.password = undefined;
  const known = server.options.anonymous && isAnonymous(name) ? 'anonymous' : 'named';
  // This slows down guessing, over any number of connections: after a refusal, an address waits before
  // its next password is checked. So a client that closes early learns nothing.
  const delay = known === 'named' ? server.admission.delayOf(session.remote.host) : 0;
  if (delay > 0) await server.clock.sleep(delay, signal);
  const verdict =
    known === 'anonymous' ? true : server.options.authenticate({ user: name, ...given });
  if (verdict === 'accountNeeded' && given.account === undefined) {
    state.password = given.password;
    return reply(332, 'Account, please');
  }
  if (verdict === true) {
    state.loggedIn = true;
    state.badPasswords = 0;
    if (known === 'named') server.admission.accepted(session.remote.host);
    server.logger.info(`${name} logged in from ${session.remote.host}`);
    return loggedIn;
  }
  return refuseLogin(session, signal);
}

// After a few wrong passwords the client needs a new connection.
async function refuseLogin(session: CommandSession, signal: AbortSignal): Promise<ServerReply> {
  const { admission, clock, limits, logger } = session.server;
  const { state } = session;
  const { host } = session.remote;
  const name = visibleText((state.user ?? '').slice(0, longestNameTold));
  state.user = undefined;
  state.badPasswords += 1;
  admission.refused(host);
  logger.warn(`A login as "${name}" from ${host} was refused.`);
  await clock.sleep(limits.badPasswordDelay, signal);
  return state.badPasswords >= limits.badPasswords
    ? reply(421, 'Too many wrong passwords', 'close')
    : reply(530, 'Login incorrect');
}

async function changeFolder(session: CommandSession, argument: string): Promise<ServerReply> {
  const path = resolveServedPath(session.state.folder, argument);
  if (path === undefined) throw new Refusal(501, 'Not a pathname');
  const { folder } = session.server.options;
  if ((await folder.followed(path)).type !== 'directory') throw new Refusal(550, 'Not a folder');
  session.state.folder = path;
  return reply(250, `The folder is now ${quotedPath(path)}`);
}

const changeWorkingDirectory: CommandRule = {
  needs: 'login',
  argument: 'needed',
  run: changeFolder,
};

const changeToParent: CommandRule = {
  needs: 'login',
  argument: 'none',
  run: (session) => changeFolder(session, '..'),
};

const printWorkingDirectory: CommandRule = {
  needs: 'login',
  argument: 'none',
  run: ({ state }) => reply(257, `${quotedPath(state.folder)} is the current folder`),
};

async function authenticate(session: CommandSession, argument: string): Promise<ServerReply> {
  const { server, state } = session;
  if (server.options.tls === 'none') throw new Refusal(502, 'TLS is not served here');
  if (session.protected) throw new Refusal(503, 'TLS is already on');
  if (state.loggedIn || state.user !== undefined) throw new Refusal(503, 'AUTH comes before USER');
  // RFC 4217, 2: "TLS". The names of old drafts are accepted, too.
  if (!/^(TLS|TLS-C|SSL)$/i.test(argument)) throw new Refusal(504, 'Only TLS is known here');
  session.reset();
  await session.dataPort.reset();
  return reply(234, 'Go on with the TLS handshake', 'startTls');
}

function bufferSize(session: CommandSession, argument: string): ServerReply {
  if (!session.protected) throw new Refusal(503, 'Say AUTH TLS first');
  if (!/^\d{1,10}$/.test(argument)) throw new Refusal(501, 'Not a size');
  session.state.bufferSizeGiven = true;
  // RFC 4217, 9: TLS needs no buffer size: 0.
  return reply(200, 'PBSZ=0');
}

async function protection(session: CommandSession, argument: string): Promise<ServerReply> {
  const { state } = session;
  if (!state.bufferSizeGiven) throw new Refusal(503, 'Say PBSZ 0 first');
  const level = argument.toUpperCase();
  if (level === 'S' || level === 'E') throw new Refusal(536, 'TLS knows only C and P');
  if (level !== 'C' && level !== 'P') throw new Refusal(504, 'Not a protection level');
  // RFC 4217, 9: PROT is for later data connections: one that is kept has the old level.
  await session.dataPort.reset();
  state.parameters = { ...state.parameters, protection: level };
  return reply(200, level === 'P' ? 'Data connections are private' : 'Data connections are clear');
}

/** RFC 959, 4.1.1; RFC 7151: the login, and the working directory. */
export const accessCommands: Readonly<Record<string, CommandRule>> = {
  USER: { needs: 'nothing', argument: 'needed', run: user },
  PASS: { needs: 'nothing', run: password },
  ACCT: { needs: 'nothing', argument: 'needed', run: account },
  // RFC 1123, 4.1.3.1: the experimental forms of RFC 775 are served too.
  CWD: changeWorkingDirectory,
  XCWD: changeWorkingDirectory,
  CDUP: changeToParent,
  XCUP: changeToParent,
  PWD: printWorkingDirectory,
  XPWD: printWorkingDirectory,
  HOST: {
    needs: 'nothing',
    argument: 'needed',
    // RFC 7151, 3.2: HOST after the login is out of sequence. This server has one site only.
    run: ({ state }) => {
      if (state.user !== undefined) throw new Refusal(503, 'HOST comes before USER');
      return reply(220, 'Host accepted');
    },
  },
  REIN: {
    needs: 'nothing',
    argument: 'none',
    run: async (session) => {
      const { options } = session.server;
      session.reset();
      await session.dataPort.reset();
      // RFC 4217, 11: the reply is still protected. With implicit TLS there is no state in the clear to go
      // back to.
      const afterwards = session.protected && options.tls === 'explicit' ? 'stopTls' : undefined;
      return reply(220, 'Ready for a new user', afterwards);
    },
  },
  QUIT: { needs: 'nothing', argument: 'none', run: () => reply(221, 'Goodbye', 'close') },
};

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
