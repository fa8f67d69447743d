import { constants, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import * as tls from 'node:tls';
import { type Clock, systemClock } from '../base/clock.ts';

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

/** A certificate and what a client pins it by. */
export interface OwnCertificate extends ServerCertificate {
  /** SHA-256 of the whole certificate: 64 hex digits in lower case, no colons. */
  readonly fingerprint: string;
}

const fileName = 'certificate.pem';
const yearsValid = 10;

/**
 * The server's own certificate, signed by itself: the one kept in `folder`, else a new one for these
 * host names, kept there for the next start until it expires. The file holds the key too and is the user's alone.
 */
export async function loadOrMakeCertificate(
  folder: string,
  hostNames: readonly string[],
  clock: Clock = systemClock,
): Promise<OwnCertificate> {
  const kept = await readKept(join(folder, fileName));
  if (kept && Date.parse(new X509Certificate(kept.cert).validTo) > clock.now()) return kept;
  const made = await makeCertificate(hostNames, clock);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Written beside and renamed: two servers that start at once never read half a file.
  const fresh = join(folder, `${fileName}.${process.pid}`);
  await writeFile(fresh, `${made.key}\n${made.cert}\n`, { mode: 0o600 });
  await rename(fresh, join(folder, fileName));
  return made;
}

/** SHA-256 of the first certificate in a PEM text: 64 hex digits in lower case. */
export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
}

async function readKept(path: string): Promise<OwnCertificate | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(text);
  const cert = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/.exec(text);
  if (!key || !cert) return undefined;
  return { key: key[0], cert: cert[0], fingerprint: fingerprintOf(cert[0]) };
}

async function makeCertificate(
  hostNames: readonly string[],
  clock: Clock,
): Promise<OwnCertificate> {
  // Loaded only when it is needed: it is more code than all the rest of the server.
  const { generate } = await import('selfsigned');
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hostNames])];
  const notAfterDate = new Date(clock.now() + yearsValid * 365 * 24 * 60 * 60 * 1000);
  const made = await generate([{ name: 'commonName', value: 'Portside' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) =>
          isIP(name) ? { type: 7, ip: name } : { type: 2, value: name },
        ),
      },
    ],
  });
  const cert = made.cert.trim();
  return { key: made.private.trim(), cert, fingerprint: fingerprintOf(cert) };
}
