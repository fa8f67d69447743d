import type { Clock } from '../base/clock.ts';
import { TimeoutError } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { ControlConnection } from './control/controlConnection.ts';
import { expectGreeting, login, negotiate, protect, protectData } from './control/login.ts';
import { UserPI } from './control/userPI.ts';
import { UserDTP } from './data/userDTP.ts';
import { ConnectionError, FtpError, FtpTimeoutError } from './errors.ts';
import type { FtpConnection } from './ftpConnection.ts';
import { LoggedInUser } from './loggedInUser.ts';
import type { Network, TlsContext, TlsFactory, Transport } from './net/transport.ts';
import type { Credentials, FtpConnectOptions } from './options.ts';
import type { ServerProfile } from './serverProfile.ts';

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
  const { clock, logger } = environment;
  const tls = environment.tls(options.host, options.trust);
  const transport = await dial(options, environment, signal);
  const control = new ControlConnection(transport, {
    clock,
    logger,
    charset: options.charset,
    replyTimeout: options.timeouts.reply,
    pipelineDepth: options.pipelineDepth,
  });
  try {
    const pi = await logIn(control, options, credentials, environment, tls, signal);
    logger.info(`Logged in to ${options.host}:${options.port}, ${protectionWords(control)}`);
    const dtp = new UserDTP({
      pi,
      network: environment.network,
      tls,
      clock,
      logger,
      timeouts: options.timeouts,
      usePassiveAddress: options.usePassiveAddress,
    });
    return new LoggedInUser({ pi, dtp, clock, logger, options, profile: environment.profile });
  } catch (error) {
    await control[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw translate(error, options);
  }
}

async function dial(
  { host, port, timeouts }: FtpConnectOptions,
  { network, clock, profile }: FtpEnvironment,
  signal: AbortSignal,
): Promise<Transport> {
  using patience = clock.deadline(timeouts.connect, `a connection to ${host}:${port}`, signal);
  try {
    // Whether the local port can be listened on too is decided here, as the socket is bound.
    const sharedLocalPort = profile.ladder.current?.dataPort === 'default';
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
  { clock, logger }: FtpEnvironment,
  tls: TlsContext,
  signal: AbortSignal,
): Promise<UserPI> {
  const pi = new UserPI(control);
  {
    using patience = clock.deadline(timeouts.connect, 'TLS and the greeting', signal);
    if (security === 'implicit') await control.secure(tls, patience.signal);
    expectGreeting(await control.greeting(patience.signal));
    await protect(pi, security, tls, patience.signal);
  }
  await login(pi, credentials, signal);
  await protectData(pi, security, signal);
  await negotiate(pi, charset.name, logger, signal);
  return pi;
}

function translate(error: unknown, { host, port }: { host: string; port: number }): FtpError {
  if (error instanceof FtpError) return error;
  if (error instanceof TimeoutError) return new FtpTimeoutError(error.waitingFor, { cause: error });
  const why = plainWords(error) ?? (error instanceof Error ? error.message : String(error));
  return new ConnectionError('control', `No connection to ${host}:${port}: ${why}`, {
    cause: error,
  });
}

// What the system says names the address once more, and its own call.
const systemErrors: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody answers at this port',
  ECONNRESET: 'the server broke it off',
  EAI_AGAIN: 'the name of the host cannot be looked up now',
  EHOSTUNREACH: 'there is no way to this host',
  ENETUNREACH: 'there is no way to this network',
  ENOTFOUND: 'there is no host of this name',
  ETIMEDOUT: 'the host does not answer',
};

function plainWords(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error)) return undefined;
  return systemErrors[String(error.code)];
}

function protectionWords({ protection }: ControlConnection): string {
  return protection ? `protected by ${protection.version}` : 'not protected';
}
