import {
  type CertificateSummary,
  ConnectionError,
  FtpError,
  FtpTimeoutError,
  LoginError,
  ProtocolError,
  TlsError,
} from '../ftp/errors.ts';
import type { FtpConnectOptions } from '../ftp/options.ts';

/** How the connection was tried. */
export interface Attempt {
  readonly options: Pick<FtpConnectOptions, 'security' | 'trust'>;
  readonly anonymous: boolean;
}

/** What the user can do about an error; empty where the error's own words say all that is known. */
export function adviceFor(error: unknown, attempt: Attempt): string {
  const cause = innermostFtpError(error);
  return adviceForCause(cause, attempt) || (isUnexplained(cause) ? examination : '');
}

const examination = 'portside doctor, with the same address and options, finds out why.';

// These errors tell what was seen, but not its cause. The Doctor asks further.
function isUnexplained(cause: FtpError | undefined): boolean {
  return (
    cause instanceof ProtocolError ||
    cause instanceof FtpTimeoutError ||
    (cause instanceof ConnectionError && cause.on === 'control')
  );
}

function adviceForCause(cause: FtpError | undefined, attempt: Attempt): string {
  if (cause instanceof TlsError) return tlsAdvice(cause, attempt);
  if (cause instanceof LoginError) return loginAdvice(cause, attempt);
  if (cause instanceof FtpTimeoutError) return timeoutAdvice(cause, attempt);
  if (cause instanceof ConnectionError) return connectionAdvice(cause);
  return '';
}

function innermostFtpError(error: unknown): FtpError | undefined {
  const inner = error instanceof Error ? innermostFtpErrorOf(error.cause) : undefined;
  return inner ?? (error instanceof FtpError ? error : undefined);
}

function innermostFtpErrorOf(cause: unknown): FtpError | undefined {
  return cause === undefined ? undefined : innermostFtpError(cause);
}

function tlsAdvice({ reason, problem, certificate }: TlsError, { options }: Attempt): string {
  switch (reason) {
    case 'untrusted':
      return certificate ? certificateAdvice(certificate, options.trust.fingerprints) : '';
    case 'notOffered':
      return '--security none connects all the same; the password and every file then travel unprotected.';
    case 'handshake':
      return handshakeAdvice(problem, options);
    case 'clientCertificate':
      return problem === 'passphrase'
        ? 'If PORTSIDE_KEY_PASSPHRASE is set, check the passphrase in it.'
        : '--cert and --key name a certificate and its key, both in PEM.';
    case 'otherServer':
      return 'Another machine on the way may have answered in place of the server.';
    default:
      return reason satisfies never;
  }
}

function handshakeAdvice(problem: TlsError['problem'], options: Attempt['options']): string {
  if (problem === 'clientCertificateRequired') return '--cert and --key name yours.';
  if (problem === 'version' && options.trust.minVersion === 'TLSv1.3') {
    return '--min-tls 1.2 accepts the older version too.';
  }
  return options.security === 'implicit' && (problem === 'notTls' || problem === undefined)
    ? 'If the server begins TLS only on request, use an address that begins with ftpes://.'
    : '';
}

function certificateAdvice(shown: CertificateSummary, trusted: readonly string[]): string {
  const other = trusted.length > 0 ? 'It is not the one that --fingerprint names. ' : '';
  return (
    `${other}It was issued to ${shown.subject} by ${shown.issuer}, is valid from ` +
    `${shown.validFrom} to ${shown.validTo}, and has the SHA-256 fingerprint ` +
    `${withColons(shown.fingerprint)}. If the owner of the server names the same fingerprint, ` +
    `trust it with --fingerprint ${shown.fingerprint}`
  );
}

function withColons(digits: string): string {
  return digits.toUpperCase().replaceAll(/..(?=.)/g, '$&:');
}

function loginAdvice({ step, remedy, reply }: LoginError, attempt: Attempt): string {
  const { options, anonymous } = attempt;
  if (options.security === 'none' && wantsTls(reply)) {
    return 'It seems to want TLS: use an address that begins with ftpes://.';
  }
  if (remedy !== 'none') return 'Try again later.';
  if (step === 'greeting') return examination;
  if (step === 'account') return 'A site in VS Code can name one.';
  if (anonymous) {
    const scheme = schemes[options.security];
    return `If it takes no anonymous users, name yours in the address: ${scheme}://USER@HOST.`;
  }
  return step === 'user'
    ? `Check the user name. ${examination}`
    : 'Check the user name and the password. If PORTSIDE_PASSWORD is set, the password comes from it.';
}

const schemes: Readonly<Record<FtpConnectOptions['security'], string>> = {
  explicit: 'ftpes',
  explicitIfOffered: 'ftpes',
  implicit: 'ftps',
  none: 'ftp',
};

// RFC 2228, 5.1, has codes for it. Most servers say it in words only: vsftpd, ProFTPD, Pure-FTPd and
// FileZilla Server with 530, 550, 421 or 503.
function wantsTls({ code, lines }: LoginError['reply']): boolean {
  if ([521, 522, 533, 534, 538].includes(code)) return true;
  const text = lines.join(' ');
  return /\b(?:TLS|SSL|encrypt(?:ed|ion)?|cleartext|secure|AUTH)\b/i.test(text);
}

function timeoutAdvice({ waitingFor }: FtpTimeoutError, { options }: Attempt): string {
  const silent = waitingFor.includes('greeting') && options.security !== 'implicit';
  return silent
    ? 'If the server expects TLS at once, use an address that begins with ftps://.'
    : '';
}

function connectionAdvice({ on, cause, proxy }: ConnectionError): string {
  if (proxy === 'login') {
    return (
      'Name the user of the proxy in --proxy, like http://USER@HOST:PORT. If PORTSIDE_PROXY_PASSWORD ' +
      'is set, the password comes from it.'
    );
  }
  if (proxy === 'forbidden' && on === 'data') {
    return 'Many proxies allow few ports only. --listing stat lists folders without a data port.';
  }
  if (proxy) return '';
  if (on === 'data') {
    return (
      'A firewall may block it: --data-port and --mode try another way, and --trace shows what was ' +
      'tried.'
    );
  }
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED')
    return 'No program listens there, or a firewall refuses the connection: check the host and the port.';
  if (code === 'ENOTFOUND') return 'No host of that name is known: check how it is written.';
  return '';
}
