import type { Logger } from '../../base/logger.ts';
import {
  ConnectionError,
  FtpTimeoutError,
  LoginError,
  ProtocolError,
  ReplyError,
  TlsError,
} from '../errors.ts';
import { parseFeatures } from '../grammar/features.ts';
import { quoteReply, type Reply } from '../grammar/reply.ts';
import type { TlsContext } from '../net/transport.ts';
import type { Credentials, Security } from '../options.ts';
import type { ControlConnection } from './controlConnection.ts';
import type { UserPI } from './userPI.ts';

/**
 * RFC 4217, 4: protects the control connection before anything is said that others must not hear.
 * Where protection is required and not had, this throws, and no user name has been sent.
 */
export async function protect(
  pi: UserPI,
  security: Security,
  tls: TlsContext,
  signal: AbortSignal,
): Promise<void> {
  if (security === 'none' || security === 'implicit') return;
  const reply = await startTls(pi.control, tls, signal);
  if (pi.control.protection) return;
  // "Not now" is no word on what the server offers: nothing goes on in the clear for that.
  if (reply.code === 421 || (reply.code < 500 && security === 'explicitIfOffered')) {
    throw new ConnectionError('control', `The server turned us away: ${quoteReply(reply)}`);
  }
  if (security === 'explicitIfOffered') return;
  throw new TlsError(
    'notOffered',
    `The server does not offer TLS (${quoteReply(reply)}), and the site requires it`,
  );
}

// RFC 4217, 4: TLS is the name. Older servers know SSL, or the mechanism with its data connections
// protected (TLS-P) or not (TLS-C). Whichever it is, PROT P is asked for behind it.
const oldMechanisms = ['SSL', 'TLS-P', 'TLS-C'];

/**
 * Asks for TLS by each name that there is for it, and goes on under it where the server says 234.
 * Resolves with the reply that agreed, or with the one that refused the proper name.
 */
export async function startTls(
  control: ControlConnection,
  tls: TlsContext,
  signal: AbortSignal,
): Promise<Reply> {
  const first = await control.startTls({ verb: 'AUTH', argument: 'TLS' }, tls, signal);
  // "Not now" holds for every name. Only who says 504, "does not understand the mechanism", tells
  // names apart so well that it is asked for the rarest ones.
  if (first.replyClass !== 'permanentNegative') return first;
  try {
    for (const argument of first.code === 504 ? oldMechanisms : oldMechanisms.slice(0, 1)) {
      const reply = await control.startTls({ verb: 'AUTH', argument }, tls, signal);
      if (reply.code === 234) return reply;
    }
  } catch (error) {
    // Whoever takes its leave of those who ask twice, or says nothing more, has answered before.
    const isLate = error instanceof FtpTimeoutError && error.waitingFor === 'the reply to AUTH';
    if (!isLate && !(error instanceof ConnectionError) && error !== signal.reason) throw error;
  }
  return first;
}

/** RFC 959, 5.4: USER, PASS, ACCT, each as far as the server asks. */
export async function login(pi: UserPI, who: Credentials, signal: AbortSignal): Promise<void> {
  let reply = await pi.control.exchange({ verb: 'USER', argument: who.user }, { signal });
  let step: LoginError['step'] = 'user';
  if (reply.code === 331) {
    step = 'password';
    const password = { verb: 'PASS', argument: who.password ?? '' };
    reply = await pi.control.exchange(password, { signal });
  }
  const isAsked = reply.code === 332;
  if (isAsked) {
    step = 'account';
    // Nothing to say: an empty account would be one more failed login in the server's books.
    if (who.account === undefined) throw new LoginError(step, reply);
    reply = await pi.control.exchange({ verb: 'ACCT', argument: who.account }, { signal });
  }
  // RFC 4217, 4: 232 logs in by what TLS has proved. 202: no account was needed.
  if (reply.replyClass !== 'completion') throw new LoginError(step, reply);
  if (isAsked || who.account === undefined) return;
  // RFC 959, 4.1.1: a server may ask for it only later, with 532 to a STOR. Told before, it need
  // not; one that knows no accounts says so, and nothing is wrong.
  await pi.control.exchange({ verb: 'ACCT', argument: who.account }, { signal });
}

/**
 * RFC 4217, 9: PBSZ 0 and PROT P. Everything that moves on data connections is protected then, or
 * nothing moves at all.
 */
export async function protectData(
  pi: UserPI,
  security: Security,
  signal: AbortSignal,
): Promise<void> {
  if (!pi.control.protection) return;
  // RFC 2228, 3, wants it before PROT; what counts is what PROT is answered.
  await pi.control.exchange({ verb: 'PBSZ', argument: '0' }, { signal });
  try {
    await pi.agree({ protection: 'P' }, signal);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    // Servers with implicit TLS may know neither: their data connections are protected unasked.
    if (security === 'implicit') return pi.assume({ protection: 'P' });
    throw new TlsError('notOffered', 'The server does not protect data connections', {
      cause: error,
    });
  }
}

/** RFC 2389: what the server can do, asked anew under TLS and after login; UTF-8 where it may. */
export async function negotiate(
  pi: UserPI,
  charset: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const reply = await pi.control.exchange({ verb: 'FEAT' }, { signal });
  if (reply.code === 211) pi.features = parseFeatures(reply.lines);
  if (pi.features.has('UTF8')) {
    // RFC 2640 knows no such command, yet some servers speak UTF-8 only after it, and others speak
    // nothing else until it is off (IIS). What they answer changes nothing: Pure-FTPd refuses both
    // and hands on the bytes as they are.
    const argument = charset === 'utf-8' ? 'UTF8 ON' : 'UTF8 OFF';
    await pi.control.exchange({ verb: 'OPTS', argument }, { signal });
  }
  const facts = unselectedFacts(pi.features.get('MLST'));
  if (facts !== undefined) await pi.ask('OPTS', `MLST ${facts}`, signal);
  try {
    await pi.agree({ type: 'I' }, signal);
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    // RFC 959, 5.1, lets a server know ASCII alone; files would not arrive as they are.
    logger.error(`The server has no binary transfers: ${error.message}`);
    throw error;
  }
}

// RFC 3659, 7.8: FEAT marks by "*" the facts that are told. Where the type, the size or the time is
// not among them, OPTS MLST (7.9) asks for all that we read.
function unselectedFacts(offered: string | undefined): string | undefined {
  const facts = (offered ?? '').split(';').map((fact) => fact.trim().toLowerCase());
  if (!['type', 'size', 'modify'].some((fact) => facts.includes(fact))) return undefined;
  const offers = (fact: string): boolean => facts.includes(fact) || facts.includes(`${fact}*`);
  const read = readFacts.filter((fact) => offers(fact.toLowerCase()));
  return read.map((fact) => `${fact};`).join('');
}

const readFacts = ['type', 'size', 'modify', 'perm', 'unique', 'UNIX.mode'];

/** RFC 959, 5.4: 220, or 230 of a server that lets everybody in. Anything else is a refusal. */
export function expectGreeting(reply: Reply): void {
  if (reply.replyClass === 'completion') return;
  if (reply.replyClass === 'transientNegative' || reply.replyClass === 'permanentNegative') {
    throw new LoginError('greeting', reply);
  }
  throw new ProtocolError(`Not a greeting: ${quoteReply(reply)}`);
}
