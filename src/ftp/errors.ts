import { errorMessage } from '../base/errorMessage.ts';
import { TimeoutError } from '../base/clock.ts';
import { type Command, redactedLine } from './grammar/command.ts';
import { GrammarError } from './grammar/grammarError.ts';
import type { Reply } from './grammar/reply.ts';
import { quoteReply } from './grammar/reply.ts';

/**
 * What the caller may do next; the pool and the retry policy read nothing else. `retry`: again on
 * this connection; `reconnect`: this connection is lost, again on another one; `none`: it will not
 * help.
 */
export type Remedy = 'none' | 'retry' | 'reconnect';

/** Everything that goes wrong in the engine is one of these. */
export abstract class FtpError extends Error {
  abstract readonly kind:
    | 'argument'
    | 'reply'
    | 'login'
    | 'protocol'
    | 'connection'
    | 'tls'
    | 'timeout'
    | 'transfer';
  abstract readonly remedy: Remedy;
}

/** A name that no command line can carry: nothing was sent. */
export class ArgumentError extends FtpError {
  override readonly name = 'ArgumentError';
  readonly kind = 'argument';
  readonly remedy = 'none';
}

/** The server refused a command: 4yz or 5yz, as a rule. The connection is in step. */
export class ReplyError extends FtpError {
  override readonly name = 'ReplyError';
  readonly kind = 'reply';
  readonly command: Command;
  readonly reply: Reply;

  constructor(command: Command, reply: Reply) {
    super(
      reply.notSent
        ? `${redactedLine(command)} was not sent: ${reply.lines.join(' ')}`
        : `${redactedLine(command)} was answered: ${quoteReply(reply)}`,
    );
    this.command = command;
    this.reply = reply;
  }

  // RFC 959, 4.2.1: 4yz "the user-process ... should return to the beginning of the sequence";
  // 421 announces that the connection closes.
  get remedy(): Remedy {
    if (this.reply.code === 421) return 'reconnect';
    return this.reply.replyClass === 'transientNegative' ? 'retry' : 'none';
  }

  /** RFC 959, 4.2.1: the server does not speak this command or this parameter. */
  get unsupported(): boolean {
    return [500, 501, 502, 504].includes(this.reply.code);
  }
}

export type LoginStep = 'greeting' | 'user' | 'password' | 'account';

// 421 and 4yz say "not now": too many connections, a login server that rests. 430 is not in
// RFC 959; servers that send it mean the user name or the password.
function saysNotNow({ code, replyClass }: Reply): boolean {
  return replyClass === 'transientNegative' && code !== 430;
}

// RFC 959, 4.2.2, has one code, 530 "Not logged in", for a wrong password, an unknown user and all
// other reasons: that it was the password is not known.
function loginWords(step: LoginStep, reply: Reply): string {
  if (saysNotNow(reply)) return 'The server does not let us in now';
  if (step === 'greeting') return 'The server turns us away before the login';
  return step === 'account' && reply.code === 332
    ? 'The server asks for an account'
    : 'The server refused the login';
}

/** The server did not let the user in. */
export class LoginError extends FtpError {
  override readonly name = 'LoginError';
  readonly kind = 'login';
  /** Which step was answered so; `greeting`: no user name was sent yet. */
  readonly step: LoginStep;
  readonly reply: Reply;

  constructor(step: LoginStep, reply: Reply) {
    super(`${loginWords(step, reply)}: ${quoteReply(reply)}`);
    this.step = step;
    this.reply = reply;
  }

  get remedy(): Remedy {
    return saysNotNow(this.reply) ? 'reconnect' : 'none';
  }
}

/** What came is not FTP, or out of step: the connection is dropped. */
export class ProtocolError extends FtpError {
  override readonly name = 'ProtocolError';
  readonly kind = 'protocol';
  readonly remedy = 'reconnect';
}

/**
 * What keeps a proxy from connecting us: no program answers at its address; it wants another user name
 * or password; its rules forbid it; the server behind it cannot be reached; it is no such proxy.
 */
export type ProxyProblem = 'unreachable' | 'login' | 'forbidden' | 'serverUnreachable' | 'protocol';

/** A proxy does not connect us: the cause of a `ConnectionError`, whose message ends with this one. */
export class ProxyFailure extends Error {
  override readonly name = 'ProxyFailure';
  readonly problem: ProxyProblem;

  constructor(problem: ProxyProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

/** A connection could not be had, or broke. */
export class ConnectionError extends FtpError {
  override readonly name = 'ConnectionError';
  readonly kind = 'connection';
  readonly on: 'control' | 'data';
  /** What keeps the proxy in between from connecting us; `undefined` where it is not the proxy. */
  readonly proxy: ProxyProblem | undefined;
  /** `noDataPath`: every data port that the settings leave has failed, and none is tried now. */
  readonly reason: 'noDataPath' | undefined;

  constructor(
    on: 'control' | 'data',
    message: string,
    options?: ErrorOptions & { readonly reason?: 'noDataPath' },
  ) {
    super(message, options);
    this.on = on;
    this.proxy = proxyProblemOf(options?.cause);
    this.reason = options?.reason;
  }

  // What a proxy does not take or allow it will not take the next time either, though another data
  // port may do; and another session would meet the same firewalls.
  get remedy(): Remedy {
    if (this.reason === 'noDataPath' || this.proxy === 'login') return 'none';
    const isRefused = this.proxy === 'forbidden' || this.proxy === 'protocol';
    return isRefused && this.on === 'control' ? 'none' : 'reconnect';
  }
}

function proxyProblemOf(cause: unknown): ProxyProblem | undefined {
  if (cause instanceof ProxyFailure) return cause.problem;
  return cause instanceof ConnectionError ? cause.proxy : undefined;
}

/** A certificate as shown to a person who is asked whether to trust it. */
export interface CertificateSummary {
  readonly subject: string;
  readonly issuer: string;
  /** As the certificate writes them. */
  readonly validFrom: string;
  readonly validTo: string;
  /** SHA-256 of the whole certificate: 64 hex digits in lower case, no colons. */
  readonly fingerprint: string;
}

/** Why a certificate is not trusted; where it is several things, the one that no other explains. */
export type CertificateProblem =
  | 'unknownIssuer'
  | 'selfSigned'
  | 'expired'
  | 'notYetValid'
  | 'wrongHost'
  | 'revoked'
  | 'otherProblem';

/**
 * What a handshake failed of: no version of TLS that both sides take; no cipher or key that both
 * take; the server wants a certificate of ours, or does not take the one that it got; what answers
 * does not speak TLS.
 */
export type HandshakeProblem =
  | 'version'
  | 'cipher'
  | 'clientCertificateRequired'
  | 'clientCertificateRefused'
  | 'notTls';

/** Why our own certificate cannot be shown: the passphrase does not open its key; it is broken. */
export type ClientCertificateProblem = 'passphrase' | 'unusable';

/** There is no protected connection: not offered, not agreed, or with a peer of unproved identity. */
export class TlsError extends FtpError {
  override readonly name = 'TlsError';
  readonly kind = 'tls';
  readonly remedy = 'none';
  readonly reason: 'untrusted' | 'handshake' | 'notOffered' | 'otherServer' | 'clientCertificate';
  /**
   * The same more closely, as far as it is known: of `untrusted`, `handshake`, `clientCertificate`.
   */
  readonly problem: CertificateProblem | HandshakeProblem | ClientCertificateProblem | undefined;
  /** What the server showed, where it is a question of trust. */
  readonly certificate: CertificateSummary | undefined;

  constructor(
    reason: TlsError['reason'],
    message: string,
    options?: ErrorOptions & {
      readonly certificate?: CertificateSummary;
      readonly problem?: TlsError['problem'];
    },
  ) {
    super(message, options);
    this.reason = reason;
    this.problem = options?.problem;
    this.certificate = options?.certificate;
  }
}

/** An answer did not come in time. It would go to a wrong command later: the connection is lost. */
export class FtpTimeoutError extends FtpError {
  override readonly name = 'FtpTimeoutError';
  readonly kind = 'timeout';
  readonly remedy: Remedy;
  readonly waitingFor: string;
  /** What did not come: a reply, or a data connection. */
  readonly on: 'control' | 'data';

  /** `remedy`: `none` where all the time there was is over. */
  constructor(
    waitingFor: string,
    options?: ErrorOptions & { readonly on?: 'data'; readonly remedy?: 'none' },
  ) {
    super(`The server did not answer in time: waited for ${waitingFor}`, options);
    this.waitingFor = waitingFor;
    this.on = options?.on ?? 'control';
    this.remedy = options?.remedy ?? 'reconnect';
  }
}

/** The file moved in part. `cause` says why. */
export class TransferError extends FtpError {
  override readonly name = 'TransferError';
  readonly kind = 'transfer';
  /** File bytes that moved before it broke off. */
  readonly bytes: number;
  readonly remedy: Remedy;

  constructor(message: string, details: { bytes: number; remedy: Remedy; cause?: unknown }) {
    super(message, { cause: details.cause });
    this.bytes = details.bytes;
    this.remedy = details.remedy;
  }
}

/** An upload was confirmed and is not whole: a repetition goes another way, so it may be tried. */
export class DamagedStoreError extends TransferError {}

/** The bytes were sent before the server took the file, and may have come into another one. */
export class SentAheadError extends TransferError {}

/**
 * What was thrown, in the engine's words: every translation into an `FtpError` goes this way. The
 * engine's own errors stay as they are; what is no FTP, and what came too late, have their classes.
 * For everything else `otherwise` decides by its message: which error it is, or `undefined` where
 * it is not the engine's, such as that of the source of an upload.
 */
export function toFtpError<T extends FtpError | undefined>(
  thrown: unknown,
  otherwise: (message: string) => T,
): FtpError | T {
  if (thrown instanceof FtpError) return thrown;
  if (thrown instanceof GrammarError) return new ProtocolError(thrown.message, { cause: thrown });
  if (thrown instanceof TimeoutError) {
    return new FtpTimeoutError(thrown.waitingFor, { cause: thrown });
  }
  return otherwise(errorMessage(thrown));
}

/** True when a data connection did not come about: the next attempt begins on another rung. */
export function isAboutDataPort(error: unknown): boolean {
  if (error instanceof TransferError) return error.bytes === 0 && isAboutDataPort(error.cause);
  return (
    (error instanceof ConnectionError || error instanceof FtpTimeoutError) && error.on === 'data'
  );
}
