import type { Logger } from '../../base/logger.ts';
import {
  ConnectionError,
  FtpTimeoutError,
  LoginError,
  ProtocolError,
  ReplyError,
  TlsError,
} from '../errors.ts';
import {
  noFeatures,
  parseFeatures,
  sameFeatures,
  type ServerFeatures,
} from '../grammar/features.ts';
import { quoteReply, type Reply } from '../grammar/reply.ts';
import type { TlsContext } from '../net/transport.ts';
import type { Credentials, Security } from '../options.ts';
import type { UsualLogin } from '../profile/loginHabits.ts';
import type { TransferModeName } from '../rung.ts';
import type { ControlConnection } from './controlConnection.ts';
import type { ExchangeOptions } from './exchange.ts';
import type { UserPI } from './userPI.ts';

/** The feature of a server that may be asked for TLS before it has greeted. */
export const earlyAuth = 'EARLY-AUTH';

/** `companion`: said without waiting for the replies to what was said before. */
export type Saying = Pick<ExchangeOptions, 'companion'>;

/**
 * RFC 4217, 4: protects the control connection before any secret is sent. Where protection is required
 * and cannot be had, this throws, and no user name has been sent.
 */
export async function protect(
  pi: UserPI,
  security: Security,
  tls: TlsContext,
  signal: AbortSignal,
  saying: Saying = {},
): Promise<void> {
  if (security === 'none' || security === 'implicit') return;
  const reply = await startTls(pi.control, tls, signal, saying);
  if (pi.control.protection) return;
  // "Not now" does not mean that the server has no TLS: the login must not go on in the clear.
  if (reply.code === 421 || (reply.code < 500 && security === 'explicitIfOffered')) {
    throw new ConnectionError('control', `The server refuses TLS for now: ${quoteReply(reply)}`);
  }
  if (security === 'explicitIfOffered') return;
  throw new TlsError(
    'notOffered',
    `The server does not offer TLS (${quoteReply(reply)}), and the site requires it`,
  );
}

// RFC 4217, 4: TLS is the name. Older servers know SSL, or the mechanism with its data connections
// protected (TLS-P) or not (TLS-C). PROT P follows in each case.
const oldMechanisms = ['SSL', 'TLS-P', 'TLS-C'];

/**
 * Asks for TLS by each of its names, and goes on under it where the server answers 234.
 * Resolves with the reply that agreed, or with the one that refused the proper name.
 */
export async function startTls(
  control: ControlConnection,
  tls: TlsContext,
  signal: AbortSignal,
  saying: Saying = {},
): Promise<Reply> {
  const first = await control.startTls({ verb: 'AUTH', argument: 'TLS' }, tls, signal, saying);
  // "Not now" holds for every name. The rarest names are worth a try only where the server tells
  // names apart: it answers 504, "does not understand the mechanism".
  if (first.replyClass !== 'permanentNegative') return first;
  try {
    for (const argument of first.code === 504 ? oldMechanisms : oldMechanisms.slice(0, 1)) {
      const reply = await control.startTls({ verb: 'AUTH', argument }, tls, signal);
      if (reply.code === 234) return reply;
    }
  } catch (error) {
    // A server may close the connection, or fall silent, when it is asked twice: its first answer
    // holds.
    const isLate = error instanceof FtpTimeoutError && error.waitingFor === 'the reply to AUTH';
    if (!isLate && !(error instanceof ConnectionError) && error !== signal.reason) throw error;
  }
  return first;
}

/**
 * RFC 959, 5.4: USER, PASS, ACCT, each as far as the server asks. Resolves with true where it has asked
 * for the password and for nothing else: where that is known from before, the password goes out with
 * the name.
 */
export async function login(
  pi: UserPI,
  who: Credentials,
  signal: AbortSignal,
  { companion = false }: Saying = {},
): Promise<boolean> {
  const password = { verb: 'PASS', argument: who.password ?? '' };
  const asked = pi.control.exchange({ verb: 'USER', argument: who.user }, { signal });
  const answered = companion
    ? begun(pi.control.exchange(password, { signal, companion }))
    : undefined;
  let reply = await asked;
  let step: LoginError['step'] = 'user';
  const asksPassword = reply.code === 331;
  if (answered && !asksPassword) throw new LoginError(step, reply);
  if (asksPassword) {
    step = 'password';
    reply = await (answered ?? pi.control.exchange(password, { signal }));
  }
  const isAsked = reply.code === 332;
  if (isAsked) {
    step = 'account';
    // Without an account none is sent: an empty one would count as one more failed login.
    if (who.account === undefined) throw new LoginError(step, reply);
    reply = await pi.control.exchange({ verb: 'ACCT', argument: who.account }, { signal });
  }
  // RFC 4217, 4: 232 logs in by what TLS has proved. 202: no account was needed.
  if (reply.replyClass !== 'completion') throw new LoginError(step, reply);
  if (who.account === undefined) return asksPassword;
  if (isAsked) return false;
  // RFC 959, 4.1.1: a server may ask for the account only later, with 532 to a STOR. It is sent
  // before that; a server that knows no accounts answers so, and nothing is wrong.
  await pi.control.exchange({ verb: 'ACCT', argument: who.account }, { signal });
  return false;
}

/** True where a login may have failed because its commands were sent without waiting for replies. */
export function mayBeAboutHaste(error: unknown): boolean {
  if (error instanceof TlsError) return ['handshake', 'notOffered'].includes(error.reason);
  if (!(error instanceof LoginError)) return true;
  // "Not now" comes as well to who waits. A wrong password is tried once: 503 alone, "bad sequence of
  // commands", is not about the password.
  if (error.remedy === 'reconnect' || error.step === 'greeting') return false;
  return error.step !== 'password' || error.reply.code === 503;
}

/** What was begun is awaited later; by then it may have failed. */
export function begun<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/**
 * RFC 4217, 9: PBSZ 0 and PROT P. Everything that moves on data connections is protected then, or
 * nothing moves at all.
 */
export async function protectData(
  pi: UserPI,
  security: Security,
  signal: AbortSignal,
  saying: Saying = {},
): Promise<void> {
  if (!pi.control.protection) return;
  // RFC 2228, 3, wants it before PROT; what counts is what PROT is answered.
  const sized = begun(pi.control.exchange({ verb: 'PBSZ', argument: '0' }, { ...saying, signal }));
  if (saying.companion !== true) await sized;
  try {
    await pi.agree({ protection: 'P' }, signal, saying);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    // Servers with implicit TLS may know neither command: their data connections are protected anyway.
    if (security === 'implicit') return pi.assume({ protection: 'P' });
    throw new TlsError('notOffered', 'The server does not protect data connections', {
      cause: error,
    });
  }
}

/** What a negotiation begins with. */
export interface Negotiation {
  readonly charset: string;
  readonly logger: Logger;
  /** Where the features are known from before, what they call for is said at once. */
  readonly usual?: UsualLogin | undefined;
  /** The mode of the first transfer, so that it need not be agreed on then. */
  readonly mode?: TransferModeName | undefined;
  /** Called where it is refused. */
  readonly onModeRefused?: (refusal: ReplyError) => void;
  /** The first listing will ask for the folder of the login. */
  readonly asksHome?: boolean;
}

/** RFC 2389: asks what the server can do, under TLS and after login; UTF-8 where it offers that. */
export async function negotiate(
  pi: UserPI,
  negotiation: Negotiation,
  signal: AbortSignal,
  saying: Saying = {},
): Promise<void> {
  const { usual } = negotiation;
  const asked = begun(pi.control.exchange({ verb: 'FEAT' }, { ...saying, signal }));
  if (!usual) {
    pi.features = featuresOf(await asked);
    return await choose(pi, negotiation, signal, saying);
  }
  pi.features = usual.features;
  const chosen = begun(choose(pi, negotiation, signal, saying));
  const features = featuresOf(await asked);
  await chosen;
  if (sameFeatures(features, usual.features)) return;
  pi.features = features;
  await choose(pi, negotiation, signal, saying);
}

function featuresOf(reply: Reply): ServerFeatures {
  return reply.code === 211 ? parseFeatures(reply.lines) : noFeatures;
}

/** Says what the features call for. */
async function choose(
  pi: UserPI,
  { charset, logger, mode, onModeRefused, asksHome }: Negotiation,
  signal: AbortSignal,
  saying: Saying,
): Promise<void> {
  const options = { ...saying, signal };
  const steps: (() => Promise<unknown>)[] = [];
  if (pi.features.has('UTF8')) {
    // RFC 2640 knows no such command, yet some servers speak UTF-8 only after it, and others speak
    // nothing else until it is off (IIS). What they answer changes nothing: Pure-FTPd refuses both
    // and hands on the bytes as they are.
    const argument = charset === 'utf-8' ? 'UTF8 ON' : 'UTF8 OFF';
    steps.push(() => pi.control.exchange({ verb: 'OPTS', argument }, options));
  }
  const facts = unselectedFacts(pi.features.get('MLST'));
  if (facts !== undefined) steps.push(() => pi.ask('OPTS', `MLST ${facts}`, signal, saying));
  steps.push(() => agreeOnBinary(pi, logger, signal, saying));
  if (mode !== undefined) {
    const parameters = { mode: mode === 'block' ? 'B' : 'S' } as const;
    steps.push(() => unlessRefused(pi.agree(parameters, signal, saying), onModeRefused));
  }
  if (asksHome === true) steps.push(() => unlessRefused(pi.homeDirectory(signal, saying)));
  if (saying.companion === true) await Promise.all(steps.map((step) => step()));
  else for (const step of steps) await step();
}

// The login can do without it.
async function unlessRefused(
  asked: Promise<unknown>,
  onRefused?: (refusal: ReplyError) => void,
): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    onRefused?.(error);
  }
}

async function agreeOnBinary(
  pi: UserPI,
  logger: Logger,
  signal: AbortSignal,
  saying: Saying,
): Promise<void> {
  try {
    await pi.agree({ type: 'I' }, signal, saying);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    // RFC 959, 5.1, lets a server know ASCII alone; files would not arrive as they are.
    logger.error(`The server has no binary transfers: ${error.message}`);
    throw error;
  }
}

// RFC 3659, 7.8: FEAT marks by "*" the facts that MLST tells. Where the type, the size or the time is
// not among them, OPTS MLST (7.9) asks for all that we read.
function unselectedFacts(offered: string | undefined): string | undefined {
  const facts = (offered ?? '').split(';').map((fact) => fact.trim().toLowerCase());
  if (!['type', 'size', 'modify'].some((fact) => facts.includes(fact))) return undefined;
  const offers = (fact: string): boolean => facts.includes(fact) || facts.includes(`${fact}*`);
  const read = readFacts.filter((fact) => offers(fact.toLowerCase()));
  return read.map((fact) => `${fact};`).join('');
}

const readFacts = ['type', 'size', 'modify', 'perm', 'unique', 'UNIX.mode'];

/** RFC 959, 5.4: 220, or 230 of a server that asks for no login. Anything else is a refusal. */
export function expectGreeting(reply: Reply): void {
  if (reply.replyClass === 'completion') return;
  if (reply.replyClass === 'transientNegative' || reply.replyClass === 'permanentNegative') {
    throw new LoginError('greeting', reply);
  }
  throw new ProtocolError(`Not a greeting: ${quoteReply(reply)}`);
}
