import {
  type CertificateProblem,
  ConnectionError,
  type FtpError,
  type HandshakeProblem,
  TlsError,
} from '../errors.ts';
import type { TrustOptions } from '../options.ts';

/** What is wrong with a certificate, by the name that OpenSSL and Node have for it. */
export function certificateProblem(verifyError: string): CertificateProblem {
  return certificateProblems.get(verifyError) ?? 'otherProblem';
}

const certificateProblems: ReadonlyMap<string, CertificateProblem> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'selfSigned'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'unknownIssuer'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknownIssuer'],
  ['UNABLE_TO_GET_ISSUER_CERT', 'unknownIssuer'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknownIssuer'],
  ['CERT_UNTRUSTED', 'unknownIssuer'],
  ['CERT_HAS_EXPIRED', 'expired'],
  ['CERT_NOT_YET_VALID', 'notYetValid'],
  ['CERT_REVOKED', 'revoked'],
  ['HOSTNAME_MISMATCH', 'wrongHost'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'wrongHost'],
]);

/** The same for people, to go on with after "it is not trusted: ". */
export function certificateProblemWords(verifyError: string): string {
  const problem = certificateProblem(verifyError);
  if (problem !== 'otherProblem') return problemWords[problem];
  return verifyError.toLowerCase().replaceAll('_', ' ');
}

const problemWords: Readonly<Record<Exclude<CertificateProblem, 'otherProblem'>, string>> = {
  unknownIssuer: 'its issuer is not known here',
  selfSigned: 'it is self-signed',
  expired: 'it has expired',
  notYetValid: 'it is not valid yet',
  wrongHost: 'it is for another host',
  revoked: 'it was revoked',
};

/**
 * A broken handshake in the engine's words. A connection that merely breaks in its handshake is a
 * broken connection, and another one may serve; what TLS itself refuses stays refused.
 */
export function handshakeFailure(
  error: unknown,
  role: 'control' | 'data',
  minVersion: TrustOptions['minVersion'],
): FtpError {
  const code = codeOf(error);
  if (!isTlsCode(code)) {
    const message = `The connection broke in its TLS handshake: ${reasonOf(error)}`;
    return new ConnectionError(role, message, { cause: error });
  }
  // RFC 7301, 3.2: the server knows protocols, and FTP is none of them.
  if (code.includes('NO_APPLICATION_PROTOCOL')) {
    const message = 'The server speaks other protocols than FTP at this port';
    return new TlsError('otherServer', message, { cause: error });
  }
  const problem = handshakeProblem(code);
  const why = problem ? handshakeWords[problem](minVersion) : reasonOf(error);
  return new TlsError('handshake', `The TLS handshake failed: ${why}`, {
    cause: error,
    ...(problem && { problem }),
  });
}

/**
 * What the peer's TLS said after the handshake had ended for us: in TLS 1.3 a server that wants a
 * certificate, or another one, says so only then. `undefined` for an error that is not about the
 * handshake.
 */
export function lateHandshakeFailure(error: unknown): TlsError | undefined {
  const problem = handshakeProblem(codeOf(error));
  if (problem !== 'clientCertificateRequired' && problem !== 'clientCertificateRefused') {
    return undefined;
  }
  const message = `The TLS handshake failed: ${clientCertificateWords[problem]}`;
  return new TlsError('handshake', message, { cause: error, problem });
}

const clientCertificateWords = {
  clientCertificateRequired: 'the server asks for a client certificate',
  clientCertificateRefused: 'the server does not accept the client certificate, or the lack of one',
} as const;

const handshakeWords: Readonly<
  Record<HandshakeProblem, (minVersion: TrustOptions['minVersion']) => string>
> = {
  version: (minVersion) =>
    `the server speaks no version of TLS that is accepted here (${minVersion.replace('v', ' ')} or newer)`,
  cipher: () => 'the server and this side have no cipher or key in common',
  clientCertificateRequired: () => clientCertificateWords.clientCertificateRequired,
  clientCertificateRefused: () => clientCertificateWords.clientCertificateRefused,
  notTls: () => 'what the server sends is not TLS',
};

// Node's codes are made of the names that OpenSSL (3.0 and newer) and BoringSSL have for their
// reasons; alerts are the server's words, the others our own side's.
const handshakeProblems: readonly (readonly [RegExp, HandshakeProblem])[] = [
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS|VERSION_TOO_LOW|INAPPROPRIATE_FALLBACK/,
    'version',
  ],
  [/CERTIFICATE_REQUIRED/, 'clientCertificateRequired'],
  [
    /ALERT_(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_\w+|UNKNOWN_CA|ACCESS_DENIED)/,
    'clientCertificateRefused',
  ],
  [
    /WRONG_VERSION_NUMBER|HTTPS?_(?:PROXY_)?REQUEST|PACKET_LENGTH_TOO_LONG|RECORD_(?:LAYER_FAILURE|TYPE)/,
    'notTls',
  ],
  [/INSUFFICIENT_SECURITY|CIPHER|KEY_TOO_SMALL|BAD_ECPOINT|GROUP/, 'cipher'],
];

function handshakeProblem(code: string): HandshakeProblem | undefined {
  return handshakeProblems.find(([names]) => names.test(code))?.[1];
}

function isTlsCode(code: string): boolean {
  return /^(?:ERR_SSL|ERR_TLS|EPROTO)/.test(code);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

// OpenSSL's messages begin with a stack of codes; its reason is the one word for people.
function reasonOf(error: unknown): string {
  // The alert for everything without an alert of its own; before TLS 1.3 also for our certificate.
  if (/ALERT_HANDSHAKE_FAILURE/.test(codeOf(error))) {
    return 'the server takes nothing of what is offered here; it may want a client certificate';
  }
  const reason = error instanceof Error && 'reason' in error ? error.reason : undefined;
  return String(reason ?? (error instanceof Error ? error.message : error));
}
