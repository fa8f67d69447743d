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
  /** Clients must show a certificate that one of these authorities, in PEM, has signed. */
  readonly clientCa: string | undefined;
}

/** RFC 8996 forbids TLS 1.1: it is here only for tests with an old server. */
export type ServerTlsVersion = 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

// A data connection may come hours after the control connection's handshake. Its ticket must still be
// valid, or clients and servers that require resumption fail.
const ticketLifetimeSeconds = 24 * 60 * 60;

/** The server's side of TLS. */
export interface ServerTls {
  /** For one control connection and all its data connections. */
  newSession(): SessionTls;
}

/** TLS of one control connection. Its tickets are valid only for its own data connections. */
export interface SessionTls {
  /** Begins a handshake. The server is the TLS server even where it has connected (RFC 4217, 7). */
  wrap(stream: Duplex): tls.TLSSocket;
}

/**
 * Each control connection has a secure context, and so ticket keys, of its own. So a data connection that
 * resumes its session is proved to be of the same client. With common keys, any other client's ticket
 * would do.
 */
export function serverTls(options: ServerTlsOptions): ServerTls {
  // So that a wrong certificate is reported at the start.
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
    // OpenSSL's default security level has no cipher for TLS 1.1.
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
  // By renegotiation a TLS 1.2 client could overload the server, and would stall a transfer.
  secured.disableRenegotiation();
  return secured;
}
