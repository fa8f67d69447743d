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
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** Whoever shows no certificate is turned away; PEM of those who may sign it. */
  readonly clientCa: string | undefined;
}

/** RFC 8996 forbids TLS 1.1: it is for tests of clients that meet an old server. */
export type TlsVersion = 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';

// A data connection may come hours after the control connection's handshake; its ticket must still
// be good, or every server and client that insists on resumption fails.
const ticketLifetimeSeconds = 24 * 60 * 60;

/** The server's side of TLS, on control and data connections alike. */
export interface ServerTls {
  /** Begins a handshake; the server is the TLS server whoever dialled (RFC 4217, 7). */
  wrap(stream: Duplex): tls.TLSSocket;
}

/**
 * One secure context for all connections: its tickets are what lets a data connection resume the
 * control connection's session.
 */
export function serverTls(options: ServerTlsOptions): ServerTls {
  const { certificate, tickets, minVersion, maxVersion, clientCa } = options;
  const secureContext = tls.createSecureContext({
    ...certificate,
    ...(clientCa !== undefined && { ca: clientCa }),
    minVersion,
    maxVersion,
    // OpenSSL's usual level has no cipher for it.
    ...(minVersion === 'TLSv1.1' && { ciphers: 'DEFAULT@SECLEVEL=0' }),
    sessionIdContext: 'portside',
    sessionTimeout: ticketLifetimeSeconds,
    ticketKeys: randomBytes(48),
    secureOptions: tickets ? 0 : constants.SSL_OP_NO_TICKET,
  });
  return {
    wrap: (stream) => {
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
    },
  };
}
