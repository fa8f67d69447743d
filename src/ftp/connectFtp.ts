import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { ControlConnection } from './control/controlConnection.ts';
import type { ControlOptions } from './control/exchange.ts';
import {
  begun,
  earlyAuth,
  expectGreeting,
  login,
  mayBeAboutHaste,
  type Negotiation,
  negotiate,
  protect,
  protectData,
  type Saying,
} from './control/login.ts';
import { UserPI } from './control/userPI.ts';
import { ConnectionError, FtpError, type ReplyError, TlsError, toFtpError } from './errors.ts';
import type { FtpConnection } from './ftpConnection.ts';
import { EngineConnection } from './engineConnection.ts';
import { systemErrorWords } from './net/systemErrors.ts';
import type { Network, TlsContext, TlsFactory, Transport } from './net/transport.ts';
import type { Credentials, FtpConnectOptions } from './options.ts';
import type { Ladder } from './profile/ladder.ts';
import type { UsualLogin } from './profile/loginHabits.ts';
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

// A login that was lost on a question that need not be asked is tried again without it, and one that
// failed with commands sent ahead is tried again in lockstep. Each time more is known, so this ends.
async function connectUntilAnswered(
  request: LoginRequest,
  signal: AbortSignal,
): Promise<FtpConnection> {
  const { logger, clock, profile } = request.parts;
  const { omissions, login: habits } = profile;
  for (;;) {
    const before = omissions.lessons;
    const wasDoubted = habits.isDoubted;
    try {
      return await connectOnce(request, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FtpError)) throw error;
      if (habits.isDoubted && !wasDoubted) {
        logger.warn(`Logging in again, one command after the other: ${error.message}`);
        continue;
      }
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
    const ladder = profile.enter(control.local, control.remote);
    const { pi, roundTrip } = await new Login(control, request, ladder).logIn(signal);
    logger.info(`Logged in to ${options.host}:${options.port}, ${protectionWords(control)}`);
    const found = { pi, network, tls, ladder, roundTrip };
    return new EngineConnection({ ...found, clock, logger, options, profile });
  } catch (error) {
    await control[Symbol.asyncDispose]();
    signal.throwIfAborted();
    if (control.hasSentAhead && mayBeAboutHaste(error)) profile.login.doubt();
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

/**
 * The login on one control connection. On a server that is known it takes for granted what the last
 * login was answered, and says at once what follows from that; the answers are read all the same.
 */
class Login {
  readonly #request: LoginRequest;
  readonly #pi: UserPI;
  readonly #ladder: Readonly<Ladder>;

  constructor(control: ControlConnection, request: LoginRequest, ladder: Readonly<Ladder>) {
    this.#request = request;
    this.#ladder = ladder;
    this.#pi = new UserPI(control, request.parts.profile);
  }

  async logIn(signal: AbortSignal): Promise<{ readonly pi: UserPI; readonly roundTrip: number }> {
    const pi = this.#pi;
    const { options, credentials, parts } = this.#request;
    const { clock, profile } = parts;
    await this.#reach(signal);
    const usual = this.#usual;
    const isUsual = usual !== undefined && this.#asksPassword(usual);
    const saying = { companion: this.#mayGoAhead };
    const letIn = begun(login(pi, credentials, signal, { companion: isUsual }));
    if (!isUsual) await letIn;
    const isPrivate = begun(protectData(pi, options.security, signal, saying));
    if (!saying.companion) await isPrivate;
    // A server answers these commands from memory: their time is the network's.
    const [began, before] = [clock.now(), pi.control.commands];
    const negotiated = begun(negotiate(pi, this.#negotiation(usual), signal, saying));
    const asksPassword = await letIn;
    await isPrivate;
    await negotiated;
    const waits = saying.companion ? (usual ? 1 : 2) : pi.control.commands - before;
    profile.meet(pi.features);
    profile.login.went({ features: pi.features, asksPassword });
    return { pi, roundTrip: (clock.now() - began) / Math.max(1, waits) };
  }

  // What is asked for in the same go costs no time: the mode of the first transfer, and the folder of
  // the login where the first listing will want to know it.
  #negotiation(usual: UsualLogin | undefined): Negotiation {
    const { options, parts } = this.#request;
    const { logger, clock, profile } = parts;
    const basis = { charset: options.charset.name, logger, usual };
    if (!this.#mayGoAhead) return basis;
    const onModeRefused = ({ message }: ReplyError): void => {
      logger.info(`No block mode: ${message}`);
      this.#ladder.leaveBlockMode({ why: message, now: clock.now() });
    };
    const mode = this.#ladder.current?.mode;
    const asksHome = profile.ways.mlsd !== 'path' && profile.stat.state !== 'proved';
    return { ...basis, mode, onModeRefused, asksHome };
  }

  /** As far as the user name: greeted, and under TLS. */
  async #reach(signal: AbortSignal): Promise<void> {
    const { options, parts, tls } = this.#request;
    const { timeouts, security } = options;
    const { clock, profile } = parts;
    const { control } = this.#pi;
    if (security === 'implicit') {
      using patience = clock.deadline(timeouts.connect, 'TLS', signal);
      await control.secure(tls, patience.signal);
    }
    // The greeting has a time of its own: RFC 959, 5.4, has a server say 120 where it takes longer.
    const dialled = clock.now();
    const greeted = control.greeting(signal);
    const isEarly = this.#usual?.features.has(earlyAuth) === true;
    const early = isEarly ? begun(this.#protect(signal, { companion: true })) : undefined;
    expectGreeting(await greeted);
    profile.greeted(clock.now() - dialled < timeouts.connect / 2 ? 'soon' : 'late');
    await (early ?? this.#protect(signal));
  }

  async #protect(signal: AbortSignal, saying?: Saying): Promise<void> {
    const { options, parts, tls } = this.#request;
    const { timeouts, security } = options;
    using patience = parts.clock.deadline(timeouts.connect, 'TLS', signal);
    await protect(this.#pi, security, tls, patience.signal, saying);
  }

  // Whether a password is to go over an unprotected connection all the same is decided step by step.
  #asksPassword({ asksPassword }: UsualLogin): boolean {
    const { options, credentials } = this.#request;
    const isAsMeant = this.#pi.control.protection !== undefined || options.security === 'none';
    return asksPassword && isAsMeant && credentials.account === undefined;
  }

  get #mayGoAhead(): boolean {
    return this.#pi.control.takesBatches && !this.#request.parts.profile.login.isDoubted;
  }

  get #usual(): UsualLogin | undefined {
    return this.#mayGoAhead ? this.#request.parts.profile.login.usual : undefined;
  }
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
