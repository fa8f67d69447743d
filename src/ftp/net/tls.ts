import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import {
  connect,
  createSecureContext,
  getCACertificates,
  type PeerCertificate,
  type SecureContext,
  type TLSSocket,
} from 'node:tls';
import { type CertificateSummary, TlsError } from '../errors.ts';
import { type ClientCertificate, needsPassphrase, type TrustOptions } from '../options.ts';
import { hostIdentity } from './hostName.ts';
import { SocketTransport } from './socketTransport.ts';
import { settled } from './tcp.ts';
import { certificateProblem, certificateProblemWords, handshakeFailure } from './tlsFailure.ts';
import type { TlsContext, TlsFactory, Transport } from './transport.ts';

/** TLS by Node, over the transports of `tcpNetwork`. */
export const nodeTls: TlsFactory = (host, trust) => new NodeTlsContext(hostIdentity(host), trust);

class NodeTlsContext implements TlsContext {
  readonly #host: string;
  readonly #trust: TrustOptions;
  /** The newest ticket of the control connection. */
  #session: Buffer | undefined;
  #controlFingerprint: string | undefined;
  /** The key-exchange groups that the data connections offer, the server's own first. */
  #groups: string | undefined;
  /** Of all data connections: making one takes longer than a handshake that resumes. */
  #dataContext: SecureContext | undefined;
  /** The chain of a certificate whose issuer is not known. */
  #unknownChain: readonly X509Certificate[] = [];

  constructor(host: string, trust: TrustOptions) {
    this.#host = host;
    this.#trust = trust;
  }

  async secure(
    transport: Transport,
    role: 'control' | 'data',
    signal: AbortSignal,
  ): Promise<Transport> {
    if (!(transport instanceof SocketTransport)) throw new TypeError('Not a TCP transport');
    if (this.#trust.client && role === 'control') checkClientCertificate(this.#trust.client);
    const socket = this.#connect(transport.socket, role);
    try {
      await settled(socket, 'secureConnect', signal);
    } catch (error) {
      signal.throwIfAborted();
      throw handshakeFailure(error, role, this.#trust.minVersion);
    }
    try {
      return this.#verified(socket, transport, role);
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  withSystemAuthorities(): TlsContext | undefined {
    if (this.#trust.ca !== undefined || this.#unknownChain.length === 0) return undefined;
    const authorities = systemAuthoritiesFor(this.#unknownChain);
    if (authorities.length === 0) return undefined;
    return new NodeTlsContext(this.#host, { ...this.#trust, ca: authorities.join('\n') });
  }

  #connect(socket: Socket, role: 'control' | 'data'): TLSSocket {
    const secureContext =
      role === 'data' ? (this.#dataContext ??= this.#newContext()) : this.#newContext();
    const tls = connect({
      socket,
      secureContext,
      // Node resumes a session only under the identity that it was made under: these two are the
      // same on every connection. SNI cannot carry an address (RFC 6066, 3).
      host: this.#host,
      ...(isIP(this.#host) === 0 && { servername: this.#host }),
      ...(role === 'data' && this.#session && { session: this.#session }),
      // A protocol that shares its certificate with FTP must not be taken for it (ALPACA).
      ALPNProtocols: ['ftp'],
      // `#verified` decides who the peer is, before anything is sent to it.
      rejectUnauthorized: false,
    });
    // The event and not getSession(): under BoringSSL, which desktop VS Code is built with, only
    // the event's session can be resumed in TLS 1.3.
    if (role === 'control') tls.on('session', (session) => (this.#session = session));
    return tls;
  }

  #newContext(): SecureContext {
    const { ca, client, minVersion } = this.#trust;
    return createSecureContext({
      ...(ca !== undefined && { ca }),
      ...(client && {
        cert: client.certificate,
        key: client.key,
        ...(client.passphrase !== undefined && { passphrase: client.passphrase }),
      }),
      ...(this.#groups !== undefined && { ecdhCurve: this.#groups }),
      minVersion,
    });
  }

  #verified(socket: TLSSocket, { local, remote }: Transport, role: 'control' | 'data'): Transport {
    const resumed = socket.isSessionReused();
    const certificate = resumed ? undefined : summaryOf(socket.getPeerCertificate());
    if (typeof socket.alpnProtocol === 'string' && socket.alpnProtocol !== 'ftp') {
      throw new TlsError('otherServer', `The server speaks ${socket.alpnProtocol}, not FTP`);
    }
    if (role === 'control') this.#trustControl(socket, certificate);
    // Only the holder of the control connection's keys can resume its session; it shows no
    // certificate.
    else if (!resumed && certificate?.fingerprint !== this.#controlFingerprint) {
      throw new TlsError(
        'otherServer',
        'The data connection showed another certificate than the control connection',
        certificate && { certificate },
      );
    }
    const protection = { version: socket.getProtocol() ?? 'TLS', resumed, certificate };
    return new SocketTransport(socket, { local, remote }, protection);
  }

  #trustControl(socket: TLSSocket, certificate: CertificateSummary | undefined): void {
    if (!certificate) throw new TlsError('handshake', 'The server showed no certificate');
    this.#groups = groupsFrom(socket);
    this.#controlFingerprint = certificate.fingerprint;
    // A pin counts only where ordinary validation fails: a renewed valid certificate needs none.
    const { fingerprints } = this.#trust;
    if (socket.authorized || fingerprints.includes(certificate.fingerprint)) return;
    const verifyError = String(socket.authorizationError);
    const problem = certificateProblem(verifyError);
    if (problem === 'unknownIssuer' || problem === 'selfSigned') {
      this.#unknownChain = chainOf(socket.getPeerX509Certificate());
    }
    const why = certificateProblemWords(verifyError) + changeWords(certificate, fingerprints);
    throw new TlsError('untrusted', `The server's certificate is not trusted: ${why}`, {
      certificate,
      problem,
    });
  }
}

// What every TLS library of VS Code and Node knows.
const knownGroups: readonly string[] = ['X25519', 'prime256v1', 'secp384r1', 'secp521r1'];

/**
 * RFC 8446, 4.1.4: a server that wants another group than the one a key was sent for asks for a second
 * hello, which costs a round trip. vsftpd and Pure-FTPd want P-256, where Node sends X25519.
 */
function groupsFrom(socket: TLSSocket): string | undefined {
  const agreed = socket.getEphemeralKeyInfo() ?? {};
  const chosen = knownGroups.find((group) => 'name' in agreed && agreed.name === group);
  return chosen && [...new Set([chosen, ...knownGroups])].join(':');
}

function changeWords({ fingerprint }: CertificateSummary, trusted: readonly string[]): string {
  if (trusted.length === 0) return '';
  return (
    `, and it is not the one that was trusted before. Its SHA-256 fingerprint is ${fingerprint}; ` +
    `trusted: ${trusted.join(', ')}`
  );
}

function summaryOf(certificate: PeerCertificate): CertificateSummary | undefined {
  // Node gives an empty object where no certificate was shown.
  if (!certificate.fingerprint256) return undefined;
  return {
    subject: distinguishedName(certificate.subject),
    issuer: distinguishedName(certificate.issuer),
    validFrom: certificate.valid_from,
    validTo: certificate.valid_to,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
  };
}

function distinguishedName(name: PeerCertificate['subject'] | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(', ');
}

/**
 * Throws a `TlsError` where our own certificate cannot be shown: the message of OpenSSL tells neither
 * what is missing nor which of the two files is wrong.
 */
function checkClientCertificate(client: ClientCertificate): void {
  const certificate = clientCertificateOf(client.certificate);
  const key = clientKeyOf(client);
  if (!certificate.checkPrivateKey(key)) {
    throw unusable('The key does not belong to the client certificate');
  }
}

function clientCertificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unusable('The file of the client certificate holds no certificate in PEM', error);
  }
}

function clientKeyOf({ key, passphrase }: ClientCertificate): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw unusable("The file of the client certificate's key holds no key in PEM");
  }
  try {
    return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    if (!needsPassphrase(key)) {
      throw unusable("The client certificate's key cannot be read", error);
    }
    const message = "The passphrase does not open the client certificate's key";
    throw new TlsError('clientCertificate', message, { problem: 'passphrase', cause: error });
  }
}

function unusable(message: string, cause?: unknown): TlsError {
  return new TlsError('clientCertificate', message, { problem: 'unusable', cause });
}

/**
 * The certificates, in PEM, that the store of this system trusts and that have issued one of the
 * chain, or stand in it themselves. Node itself knows only the authorities that come with it, not
 * those that a company has added.
 */
function systemAuthoritiesFor(chain: readonly X509Certificate[]): readonly string[] {
  return [...new Set(getCACertificates('system'))].filter((pem) => {
    const authority = authorityOf(pem);
    if (!authority) return false;
    // A self-signed certificate need not be allowed to sign anything.
    const { fingerprint256 } = authority;
    return chain.some(
      (each) => each.fingerprint256 === fingerprint256 || each.checkIssued(authority),
    );
  });
}

// The store of a system may hold anything.
function authorityOf(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

// No certificate in use has a longer chain; a root names itself as its issuer.
const longestChain = 10;

/** The certificate and those that were shown with it, each followed by its issuer. */
function chainOf(certificate: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = certificate;
  while (next && chain.length < longestChain) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}
