import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { ControlConnection } from './control/controlConnection.ts';
import { expectGreeting, login, negotiate, protect, protectData } from './control/login.ts';
import { UserPI } from './control/userPI.ts';
import { ConnectionError, FtpError, TlsError, toFtpError } from './errors.ts';
import type { FtpConnection } from './ftpConnection.ts';
import { EngineConnection } from './engineConnection.ts';
import { systemErrorWords } from './net/systemErrors.ts';
import type { Network, TlsContext, TlsFactory, Transport } from './net/transport.ts';
import type { Credentials, FtpConnectOptions } from './options.ts';
import type { ServerProfile } from './profile/serverProfile.ts';

/** The world as the engine sees it, and what is known of the server. */
export interface FtpEnvironment {
  readonly network: Network;
  readonly tls: TlsFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared by all connections of a site; it learns as they go. */
  readonly profile: ServerProfile;
}

/**
 * Connects, protects, proves who the server is, logs in and negotiates. Returns the finished
 * connection, or throws an `FtpError` (or the signal's reason) having closed everything.
 */
export async function connectFtp(
  options: FtpConnectOptions,
  credentials: Credentials,
  environment: FtpEnvironment,
  signal: AbortSignal,
): Promise<FtpConnection> {
  const tls = environment.tls(options.host, options.trust);
  try {
    return await connectUntilHeard(tls, options, credentials, environment, signal);
  } catch (error) {
    const isUntrusted = error instanceof TlsError && error.reason === 'untrusted';
    const wider = isUntrusted ? tls.withSystemAuthorities?.() : undefined;
    if (!wider) throw error;
    return await connectUntilHeard(wider, options, credentials, environment, signal);
  }
}

// A login that was lost on a question that need not be asked is tried again without it; each time
// one more of them is known, so this ends.
async function connectUntilHeard(
  ...[tls, options, credentials, environment, signal]: Parameters<typeof connectOver>
): Promise<FtpConnection> {
  const { logger } = environment;
  const { omissions } = environment.profile;
  for (;;) {
    const before = omissions.lessons;
    try {
      return await connectOver(tls, options, credentials, environment, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FtpError)) throw error;
      const isNew = omissions.lessons > before;
      if (!isNew && error.remedy === 'reconnect') omissions.doubt();
      if (!isNew) throw error;
      const unsaid = omissions.current(environment.clock.now()).join(', ');
      logger.warn(`Logging in again without ${unsaid}: ${error.message}`);
    }
  }
}

// RFC 959, 5.4: the greeting comes when the server is ready. Some look our name up before.
const lookUpFactor = 4;

async function connectOver(
  tls: TlsContext,
  options: FtpConnectOptions,
  credentials: Credentials,
  environment: FtpEnvironment,
  signal: AbortSignal,
): Promise<FtpConnection> {
  const { clock, logger } = environment;
  const { greetsSoon } = environment.profile;
  const network = options.proxy ? environment.network.through(options.proxy) : environment.network;
  const transport = await dial(options, { ...environment, network }, signal);
  const control = new ControlConnection(transport, {
    clock,
    logger,
    charset: options.charset,
    replyTimeout: options.timeouts.reply,
    greetingTimeout: options.timeouts.connect * (greetsSoon ? 1 : lookUpFactor),
    greetsSoon,
    pipelineDepth: options.pipelineDepth,
    skip: options.skipCommands,
    omissions: environment.profile.omissions,
  });
  try {
    const { pi, roundTrip } = await logIn(control, options, credentials, environment, tls, signal);
    logger.info(`Logged in to ${options.host}:${options.port}, ${protectionWords(control)}`);
    const { profile } = environment;
    const ladder = profile.enter(control.local, control.remote);
    return new EngineConnection({
      pi,
      network,
      tls,
      clock,
      logger,
      options,
      profile,
      ladder,
      roundTrip,
    });
  } catch (error) {
    await control[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw translate(error, options);
  }
}

async function dial(
  { host, port, timeouts, proxy }: FtpConnectOptions,
  { network, clock, profile }: FtpEnvironment,
  signal: AbortSignal,
): Promise<Transport> {
  const way = proxy ? ` through the proxy ${proxy.host}:${proxy.port}` : '';
  const what = `a connection to ${host}:${port}${way}`;
  using patience = clock.deadline(timeouts.connect, what, signal);
  try {
    // Whether the local port can be listened on too is decided here, as the socket is bound.
    const sharedLocalPort = profile.usesDefaultPort && proxy === undefined;
    return await network.dial({ host, port }, { signal: patience.signal, sharedLocalPort });
  } catch (error) {
    signal.throwIfAborted();
    throw translate(error, { host, port });
  }
}

async function logIn(
  control: ControlConnection,
  { security, timeouts, charset }: FtpConnectOptions,
  credentials: Credentials,
  { clock, logger, profile }: FtpEnvironment,
  tls: TlsContext,
  signal: AbortSignal,
): Promise<{ readonly pi: UserPI; readonly roundTrip: number }> {
  const pi = new UserPI(control, profile);
  if (security === 'implicit') {
    using patience = clock.deadline(timeouts.connect, 'TLS', signal);
    await control.secure(tls, patience.signal);
  }
  // It has a time of its own: RFC 959, 5.4, has a server say 120 where it takes longer.
  const dialled = clock.now();
  expectGreeting(await control.greeting(signal));
  profile.greeted(clock.now() - dialled < timeouts.connect / 2 ? 'soon' : 'late');
  {
    using patience = clock.deadline(timeouts.connect, 'TLS', signal);
    await protect(pi, security, tls, patience.signal);
  }
  await login(pi, credentials, signal);
  await protectData(pi, security, signal);
  // Commands that a server answers from memory: their time is the network's.
  const [began, before] = [clock.now(), control.commands];
  await negotiate(pi, charset.name, logger, signal);
  profile.meet(pi.features);
  const roundTrip = (clock.now() - began) / Math.max(1, control.commands - before);
  return { pi, roundTrip };
}

function translate(error: unknown, { host, port }: { host: string; port: number }): FtpError {
  return toFtpError(error, (message) => {
    const why = systemErrorWords(error) ?? message;
    const sentence = `No connection to ${host}:${port}: ${why}`;
    return new ConnectionError('control', sentence, { cause: error });
  });
}

function protectionWords({ protection }: ControlConnection): string {
  return protection ? `protected by ${protection.version}` : 'not protected';
}
