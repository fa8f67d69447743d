import { createSocket } from 'node:dgram';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { onAbort, raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { type Endpoint, sameAddress } from '../grammar/endpoint.ts';
import { systemLookup } from './lookup.ts';
import { proxiedNetwork } from './proxy.ts';
import { endsOf, SocketTransport } from './socketTransport.ts';
import type { DialOptions, Listener, Network, Transport } from './transport.ts';

// A host with several addresses is tried in the order of its resolver; an address that swallows
// everything must not use up the time of the next one.
const addressPatienceMs = 4_000;

// A control connection is silent while a long file moves: without a sign of life, NATs forget it.
const keepAliveMs = 30_000;

/** The sockets of the operating system. */
export function tcpNetwork(clock: Clock): Network {
  return {
    dial: async (remote, options) => {
      const socket = await dialSocket(remote, options, clock);
      return new SocketTransport(socket, endsOf(socket));
    },
    listen: (local, peer) => listen(local, peer),
    through: (proxy) =>
      proxiedNetwork(proxy, (remote, options) => dialSocket(remote, options, clock), clock),
  };
}

async function dialSocket(
  remote: { readonly host: string; readonly port: number },
  options: DialOptions,
  clock: Clock,
): Promise<Socket> {
  const addresses = await systemLookup(remote.host, options.signal);
  const failures: unknown[] = [];
  for (const [index, address] of addresses.entries()) {
    const isLast = index === addresses.length - 1;
    using patience = isLast
      ? undefined
      : clock.deadline(addressPatienceMs, `a connection to ${address}`, options.signal);
    const signal = patience?.signal ?? options.signal;
    try {
      return await dialAddress({ host: address, port: remote.port }, { ...options, signal });
    } catch (error) {
      options.signal.throwIfAborted();
      failures.push(error);
    }
  }
  const last = failures.at(-1);
  throw last instanceof Error ? last : new Error(`${remote.host} has no address`);
}

async function dialAddress(
  remote: { host: string; port: number },
  { signal, sharedLocalPort }: DialOptions,
): Promise<Socket> {
  // libuv sets SO_REUSEADDR only on sockets that it binds itself: naming the local address makes it
  // bind, and lets a listener share the port (Linux; elsewhere listening fails, and is not used).
  const localAddress = sharedLocalPort ? await routeTo(remote, signal) : undefined;
  const socket = connect({
    ...remote,
    ...(localAddress !== undefined && { localAddress }),
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  });
  await settled(socket, 'connect', signal);
  return socket;
}

/** Waits for `event`; a socket that fails or is given up is destroyed. */
export async function settled(socket: Socket, event: string, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const closed = (): void => reject(new Error('The connection was closed by the other side'));
  socket.once(event, resolve).once('error', reject).once('end', closed).once('close', closed);
  try {
    await raceAbort(promise, signal);
  } catch (error) {
    // The caller has left; but an error event without a listener would end the process.
    socket.on('error', () => {});
    socket.destroy();
    throw error;
  } finally {
    socket.off(event, resolve).off('error', reject).off('end', closed).off('close', closed);
  }
}

/** The local address from which packets to `remote` leave. Nothing is sent to find out. */
async function routeTo(
  remote: { host: string; port: number },
  signal: AbortSignal,
): Promise<string> {
  const udp = createSocket(remote.host.includes(':') ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  udp.once('connect', resolve).once('error', reject);
  try {
    udp.connect(remote.port, remote.host);
    await raceAbort(promise, signal);
    return udp.address().address;
  } finally {
    udp.close();
  }
}

async function listen(local: { host: string; port: number }, peer: string): Promise<Listener> {
  // A kept data connection is one that we accepted: it must outlive NATs too.
  const server = createServer({
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: keepAliveMs,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('listening', resolve).once('error', reject);
  server.listen({ ...local, exclusive: true });
  await promise;
  return new TcpListener(server, peer);
}

class TcpListener implements Listener {
  readonly endpoint: Endpoint;
  readonly #server: Server;
  #arrived: SocketTransport | undefined;
  #accept: ((transport: SocketTransport) => void) | undefined;

  constructor(server: Server, peer: string) {
    this.#server = server;
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('Not a TCP listener');
    this.endpoint = {
      host: address.address,
      port: address.port,
      family: address.family === 'IPv6' ? 6 : 4,
    };
    server.on('error', () => {});
    server.on('connection', (socket) => this.#onConnection(socket, peer));
  }

  // Any source port, for servers dial from L-1 or from anywhere, but the control peer's address
  // only: any other peer could steal data connections.
  #onConnection(socket: Socket, peer: string): void {
    socket.on('error', () => {});
    if (this.#arrived || !sameAddress(socket.remoteAddress ?? '', peer)) {
      socket.destroy();
      return;
    }
    const transport = new SocketTransport(socket, endsOf(socket));
    const accept = this.#accept;
    this.#accept = undefined;
    if (accept) accept(transport);
    else this.#arrived = transport;
  }

  async accept(signal: AbortSignal): Promise<Transport> {
    const arrived = this.#arrived;
    this.#arrived = undefined;
    if (arrived) return arrived;
    const { promise, resolve, reject } = Promise.withResolvers<SocketTransport>();
    this.#accept = resolve;
    using _listening = onAbort(signal, (reason) => {
      if (this.#accept === resolve) this.#accept = undefined;
      reject(reason);
    });
    return await promise;
  }

  discard(): void {
    this.#arrived?.destroy();
    this.#arrived = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.discard();
    // Its callback would wait for the accepted connections too, which have other owners by now.
    this.#server.close();
  }
}
