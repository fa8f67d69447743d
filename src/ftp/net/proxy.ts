import type { Socket } from 'node:net';
import { onAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { ProxyFailure } from '../errors.ts';
import type { Proxy } from '../options.ts';
import { asciiHost } from './hostName.ts';
import { connectByHttp } from './httpTunnel.ts';
import { endsOf, SocketTransport } from './socketTransport.ts';
import { systemErrorWords } from './systemErrors.ts';
import type { Network, Transport } from './transport.ts';

/** Dials with the sockets of this machine. */
export type DialSocket = (
  remote: { readonly host: string; readonly port: number },
  options: { readonly signal: AbortSignal },
) => Promise<Socket>;

// Whether the proxy is there shows within a few round trips; the rest of the caller's patience is
// for the server behind it.
const proxyPatienceMs = 8_000;

// RFC 1928, 5, and RFC 1929, 2, have one byte for each length.
const longestText = 255;

/**
 * The network as it is seen through a proxy: it dials for us, and looks up the names too; nobody can
 * dial us. The remote end of a transport is the host that was asked for, not the proxy.
 */
export function proxiedNetwork(proxy: Proxy, dialSocket: DialSocket, clock: Clock): Network {
  return {
    dial: ({ host, port }, { signal }) =>
      dialThrough({ host: targetHost(host), port }, proxy, dialSocket, clock, signal),
    listen: async () => {
      throw new Error('Nobody can connect to this machine through a proxy');
    },
    through: (other) => proxiedNetwork(other, dialSocket, clock),
  };
}

async function dialThrough(
  target: { readonly host: string; readonly port: number },
  proxy: Proxy,
  dialSocket: DialSocket,
  clock: Clock,
  signal: AbortSignal,
): Promise<Transport> {
  const socket = await reachProxy(proxy, dialSocket, clock, signal);
  // Its end is told by what is asked of it; unheard, an error would end the process.
  socket.on('error', () => {});
  using _givenUp = onAbort(signal, () => socket.destroy());
  try {
    await negotiate(socket, target, proxy, signal);
  } catch (error) {
    socket.destroy();
    signal.throwIfAborted();
    throw named(error, proxy);
  }
  const family = target.host.includes(':') ? 6 : 4;
  return new SocketTransport(socket, {
    local: endsOf(socket).local,
    remote: { ...target, family },
  });
}

async function reachProxy(
  { host, port }: Proxy,
  dialSocket: DialSocket,
  clock: Clock,
  signal: AbortSignal,
): Promise<Socket> {
  using patience = clock.deadline(proxyPatienceMs, 'the proxy', signal);
  try {
    return await dialSocket({ host, port }, { signal: patience.signal });
  } catch (cause) {
    signal.throwIfAborted();
    const why = systemErrorWords(cause) ?? 'it does not answer';
    const message = `the proxy ${host}:${port} cannot be reached: ${why}`;
    throw new ProxyFailure('unreachable', message, { cause });
  }
}

async function negotiate(
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  proxy: Proxy,
  signal: AbortSignal,
): Promise<void> {
  if (proxy.kind === 'http') return await connectByHttp(socket, target, proxy, signal);
  const { user = '', password = '' } = proxy;
  if ([user, password].some((text) => Buffer.byteLength(text) > longestText)) {
    throw new ProxyFailure('login', 'cannot be told so long a user name or password');
  }
  if (target.host.length > longestText) {
    throw new ProxyFailure('protocol', 'cannot be told so long a name of a host');
  }
  const { connectBySocks } = await import('./socks.ts');
  const refusal = await connectBySocks(socket, target, proxy, signal);
  if (refusal) throw new ProxyFailure(refusal.problem, refusal.why);
}

function named(error: unknown, { host, port }: Proxy): ProxyFailure {
  const { problem, message, cause } =
    error instanceof ProxyFailure
      ? error
      : new ProxyFailure('protocol', 'failed', { cause: error });
  const sentence = `the proxy ${host}:${port} refused the connection: it ${message}`;
  return new ProxyFailure(problem, sentence, { cause });
}

// What belongs to this machine's network cards means nothing to the proxy.
function targetHost(host: string): string {
  return asciiHost(host).replace(/%.*$/, '');
}
