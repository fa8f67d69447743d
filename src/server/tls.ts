import { constants, randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';

/** PEM texts. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface ServerTlsOptions {
  readonly certificate: ServerCertificate;
  /** False: no session can be resumed (Pure-FTPd under TLS 1.3). */
  readonly tickets: boolean;
  readonly minVersion: ServerTlsVersion;
  readonly maxVersion: ServerTlsVersion;
  /** Whoever shows no certificate is turned away; PEM of those who may sign it. */
  readonly clientCa: string | undefined;
}

/** RFC 8996 forbids TLS 1.1: it is for tests of clients that meet an old server. */
export type ServerTlsVersion = 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

// A data connection may come hours after the control connection's handshake; its ticket must still
// be good, or every server and client that insists on resumption fails.
const ticketLifetimeSeconds = 24 * 60 * 60;

/** The server's side of TLS. */
export interface ServerTls {
  /** For one control connection and all its data connections. */
  newSession(): SessionTls;
}

/** TLS of one control connection; its tickets are good for its own data connections and no others. */
export interface SessionTls {
  /** Begins a handshake; the server is the TLS server whoever dialled (RFC 4217, 7). */
  wrap(stream: Duplex): tls.TLSSocket;
}

/**
 * Each control connection has a secure context, and so ticket keys, of its own: that a data
 * connection resumes a session proves that it is of the same client. With keys for all, the ticket of
 * any other client would do.
 */
export function serverTls(options: ServerTlsOptions): ServerTls {
  // What is wrong with the certificate is seen at the start.
  tls.createSecureContext(contextOptions(options));
  return {
    newSession: () => {
      const secureContext = tls.createSecureContext({
        ...contextOptions(options),
        ticketKeys: randomBytes(48),
      });
      return { wrap: (stream) => secure(stream, secureContext, options) };
    },
  };
}

function contextOptions({
  certificate,
  tickets,
  minVersion,
  maxVersion,
  clientCa,
}: ServerTlsOptions): tls.SecureContextOptions {
  return {
    ...certificate,
    ...(clientCa !== undefined && { ca: clientCa }),
    minVersion,
    maxVersion,
    // OpenSSL's usual level has no cipher for it.
    ...(minVersion === 'TLSv1.1' && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    sessionIdContext: 'portside',
    sessionTimeout: ticketLifetimeSeconds,
    secureOptions: tickets ? 0 : constants.SSL_OP_NO_TICKET,
  };
}

function secure(
  stream: Duplex,
  secureContext: tls.SecureContext,
  { clientCa }: ServerTlsOptions,
): tls.TLSSocket {
  const options: tls.TLSSocketOptions = {
    isServer: true,
    secureContext,
    ALPNProtocols: ['ftp'],
    requestCert: clientCa !== undefined,
    rejectUnauthorized: clientCa !== undefined,
  };
  const secured = new tls.TLSSocket(stream, options);
  // A TLS 1.2 client could make the server work without end, and would stall a transfer.
  secured.disableRenegotiation();
  return secured;
}
