import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { ControlConnection } from './control/controlConnection.ts';
import type { ControlOptions } from './control/exchange.ts';
import { expectGreeting, login, negotiate, protect, protectData } from './control/login.ts';
import { UserPI } from './control/userPI.ts';
import { ConnectionError, FtpError, TlsError, toFtpError } from './errors.ts';
import type { FtpConnection } from './ftpConnection.ts';
import { EngineConnection } from './engineConnection.ts';
import { systemErrorWords } from './net/systemErrors.ts';
import type { Network, TlsContext, TlsFactory, Transport } from './net/transport.ts';
import type { Credentials, FtpConnectOptions } from './options.ts';
import { Pipelining } from './profile/pipelining.ts';
import type { ServerProfile } from './profile/serverProfile.ts';

/** What the engine needs of the world, and what is known of the server. */
export interface FtpParts {
  readonly network: Network;
  readonly tls: TlsFactory;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared by all connections of a site; it learns as they go. */
  readonly profile: ServerProfile;
}

/** What one login needs. */
interface LoginRequest {
  readonly options: FtpConnectOptions;
  readonly credentials: Credentials;
  readonly parts: FtpParts;
  readonly tls: TlsContext;
}

/**
 * Connects, protects, proves who the server is, logs in and negotiates. Returns the finished
 * connection, or throws an `FtpError` (or the signal's reason) having closed everything.
 */
export async function connectFtp(
  options: FtpConnectOptions,
  credentials: Credentials,
  parts: FtpParts,
  signal: AbortSignal,
): Promise<FtpConnection> {
  const request = { options, credentials, parts, tls: parts.tls(options.host, options.trust) };
  try {
    return await connectUntilAnswered(request, signal);
  } catch (error) {
    const isUntrusted = error instanceof TlsError && error.reason === 'untrusted';
    const wider = isUntrusted ? request.tls.withSystemAuthorities?.() : undefined;
    if (!wider) throw error;
    return await connectUntilAnswered({ ...request, tls: wider }, signal);
  }
}

// A login that was lost on a question that need not be asked is tried again without it. Each time one
// more of these questions is known, so this ends.
async function connectUntilAnswered(
  request: LoginRequest,
  signal: AbortSignal,
): Promise<FtpConnection> {
  const { logger, clock, profile } = request.parts;
  const { omissions } = profile;
  for (;;) {
    const before = omissions.lessons;
    try {
      return await connectOnce(request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FtpError)) throw error;
      const isNew = omissions.lessons > before;
      if (!isNew && error.remedy === 'reconnect') omissions.doubt();
      if (!isNew) throw error;
      const omitted = omissions.current(clock.now()).join(', ');
      logger.warn(`Logging in again without ${omitted}: ${error.message}`);
    }
  }
}

async function connectOnce(request: LoginRequest, signal: AbortSignal): Promise<FtpConnection> {
  const { options, parts, tls } = request;
  const { clock, logger, profile } = parts;
  const network = options.proxy ? parts.network.through(options.proxy) : parts.network;
  const transport = await dial(options, { ...parts, network }, signal);
  const control = new ControlConnection(transport, controlOptionsOf(request));
  try {
    const { pi, roundTrip } = await logIn(control, request, signal);
    logger.info(`Logged in to ${options.host}:${options.port}, ${protectionWords(control)}`);
    const ladder = profile.enter(control.local, control.remote);
    const found = { pi, network, tls, ladder, roundTrip };
    return new EngineConnection({ ...found, clock, logger, options, profile });
  } catch (error) {
    await control[Symbol.asyncDispose]();
    signal.throwIfAborted();
    throw noConnection(error, options);
  }
}

// RFC 959, 5.4: the greeting comes when the server is ready. Some servers look our name up before.
const lookUpFactor = 4;

function controlOptionsOf({
  options,
  parts: { clock, logger, profile },
}: LoginRequest): ControlOptions {
  const { charset, timeouts, pipelineDepth, skipCommands } = options;
  const { greetsSoon, omissions } = profile;
  const isLearnt = pipelineDepth === undefined;
  return {
    clock,
    logger,
    charset,
    replyTimeout: timeouts.reply,
    greetingTimeout: timeouts.connect * (greetsSoon ? 1 : lookUpFactor),
    greetsSoon,
    pipelining: isLearnt ? profile.pipelining : new Pipelining(pipelineDepth),
    skip: skipCommands,
    omissions,
  };
}

async function dial(
  { host, port, timeouts, proxy }: FtpConnectOptions,
  { network, clock, profile }: FtpParts,
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
    throw noConnection(error, { host, port });
  }
}

async function logIn(
  control: ControlConnection,
  { options, credentials, parts, tls }: LoginRequest,
  signal: AbortSignal,
): Promise<{ readonly pi: UserPI; readonly roundTrip: number }> {
  const { security, timeouts, charset } = options;
  const { clock, logger, profile } = parts;
  const pi = new UserPI(control, profile);
  if (security === 'implicit') {
    using patience = clock.deadline(timeouts.connect, 'TLS', signal);
    await control.secure(tls, patience.signal);
  }
  // The greeting has a time of its own: RFC 959, 5.4, has a server say 120 where it takes longer.
  const dialled = clock.now();
  expectGreeting(await control.greeting(signal));
  profile.greeted(clock.now() - dialled < timeouts.connect / 2 ? 'soon' : 'late');
  {
    using patience = clock.deadline(timeouts.connect, 'TLS', signal);
    await protect(pi, security, tls, patience.signal);
  }
  await login(pi, credentials, signal);
  await protectData(pi, security, signal);
  // A server answers these commands from memory: their time is the network's.
  const [began, before] = [clock.now(), control.commands];
  await negotiate(pi, charset.name, logger, signal);
  profile.meet(pi.features);
  const roundTrip = (clock.now() - began) / Math.max(1, control.commands - before);
  return { pi, roundTrip };
}

function noConnection(error: unknown, { host, port }: { host: string; port: number }): FtpError {
  return toFtpError(error, (message) => {
    const why = systemErrorWords(error) ?? message;
    const sentence = `No connection to ${host}:${port}: ${why}`;
    return new ConnectionError('control', sentence, { cause: error });
  });
}

function protectionWords({ protection }: ControlConnection): string {
  return protection ? `protected by ${protection.version}` : 'not protected';
}
