import type { Endpoint } from '../grammar/endpoint.ts';
import type { CertificateSummary } from '../errors.ts';
import type { Proxy, TrustOptions } from '../options.ts';

/**
 * A byte pipe; TCP, TLS and a test's script look alike from above. It is read by asking, one reader
 * at a time: what was not asked for stays inside, and the peer is slowed down.
 */
export interface Transport extends AsyncDisposable {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** What TLS says of this pipe; `undefined` in the clear. */
  readonly protection: Protection | undefined;
  /** Bytes that have come and were not read yet. */
  readonly buffered: number;
  /**
   * The next bytes; `undefined` at the end of the peer's bytes. Rejects when the pipe breaks, or with
   * the signal's reason: the bytes then stay for the next reader.
   */
  read(signal?: AbortSignal): Promise<Uint8Array | undefined>;
  /** Resolves when the system has taken the bytes. */
  write(chunk: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Half close: we send no more bytes; the peer may still send. */
  end(signal?: AbortSignal): Promise<void>;
  /** Ends it now, both ways. Never throws; may be called again. */
  destroy(): void;
}

export interface Protection {
  /** "TLSv1.3" */
  readonly version: string;
  /** The handshake resumed an earlier session: no certificate was shown, none was needed. */
  readonly resumed: boolean;
  /** Of the peer; `undefined` when resumed. */
  readonly certificate: CertificateSummary | undefined;
}

export interface DialOptions {
  readonly signal: AbortSignal;
  /**
   * Binds the local port to the address of the route in the open, so that it can be listened on
   * too: RFC 959, 3.2, makes it the user's default data port.
   */
  readonly sharedLocalPort?: boolean;
}

/** Waits on a port for connections from one peer; all others are closed at once. */
export interface Listener extends AsyncDisposable {
  readonly endpoint: Endpoint;
  /** The connection that has come already, or the next one. */
  accept(signal: AbortSignal): Promise<Transport>;
  /** Closes a connection that has come and was not accepted: it was meant for an earlier transfer. */
  discard(): void;
}

/** The only door to the sockets of the operating system. */
export interface Network {
  dial(remote: { host: string; port: number }, options: DialOptions): Promise<Transport>;
  /** Port 0 takes any free one. Connections that do not come from `peer` are closed at once. */
  listen(local: { host: string; port: number }, peer: string): Promise<Listener>;
  /** The same network as the proxy sees it; names are looked up there. It cannot be listened on. */
  through(proxy: Proxy): Network;
}

/**
 * TLS for one control connection and its data connections: the identity, the tickets and the trust
 * are its own and not shared.
 */
export interface TlsContext {
  /**
   * Wraps a transport; we are the TLS client, also where the server dialled (RFC 4217, 7). A data
   * connection resumes the control connection's session; where it cannot, its certificate must be the
   * same.
   */
  secure(transport: Transport, role: 'control' | 'data', signal: AbortSignal): Promise<Transport>;
  /**
   * After a certificate was refused for its issuer: a context that trusts it, for another
   * connection, where the store of this system does. `undefined` where it does not, or where the
   * site names authorities of its own.
   */
  withSystemAuthorities?(): TlsContext | undefined;
}

/** Makes the context of one control connection to `host`, a name or an address. */
export type TlsFactory = (host: string, trust: TrustOptions) => TlsContext;
