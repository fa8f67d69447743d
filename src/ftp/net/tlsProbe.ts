import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { hostIdentity } from './hostName.ts';
import { SocketTransport } from './socketTransport.ts';
import { settled } from './tcp.ts';
import type { Transport } from './transport.ts';

/** Every version of TLS that a server may still speak, the newest first. */
export const tlsVersions = ['TLSv1.3', 'TLSv1.2', 'TLSv1.1', 'TLSv1'] as const;
export type TlsVersion = (typeof tlsVersions)[number];

/**
 * Finds out by a handshake whether a peer speaks TLS, in one version or in any. No peer is trusted and
 * nothing is sent over it: the transport is gone afterwards. `undefined` where no handshake came
 * about.
 */
export type TlsProbe = (
  transport: Transport,
  host: string,
  version: TlsVersion | undefined,
  signal: AbortSignal,
) => Promise<string | undefined>;

/** By Node's TLS, over the transports of `tcpNetwork`. */
export const nodeTlsProbe: TlsProbe = async (transport, host, version, signal) => {
  if (!(transport instanceof SocketTransport)) throw new TypeError('Not a TCP transport');
  const identity = hostIdentity(host);
  try {
    const socket = connect({
      socket: transport.socket,
      host: identity,
      ...(isIP(identity) === 0 && { servername: identity }),
      minVersion: version ?? 'TLSv1.2',
      ...(version && { maxVersion: version }),
      // OpenSSL offers the old versions at this level only; they are asked for, never used.
      ...((version === 'TLSv1' || version === 'TLSv1.1') && { ciphers: 'DEFAULT@SECLEVEL=0' }),
      // It does not matter who answers: nothing is sent to the peer.
      rejectUnauthorized: false,
    });
    await settled(socket, 'secureConnect', signal);
    return socket.getProtocol() ?? undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    transport.destroy();
  }
};
