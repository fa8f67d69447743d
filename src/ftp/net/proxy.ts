import { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { onAbort, raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import { visibleText } from '../../base/visibleText.ts';
import { ProxyFailure, type ProxyProblem } from '../errors.ts';
import type { Proxy } from '../options.ts';
import { asciiHost } from './hostName.ts';
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

/**
 * RFC 9110, 9.3.6, over an open socket: asks the proxy to connect it to `target`. Rejects with a
 * `ProxyFailure`, or the signal's reason. Bytes that the server behind has sent already are given back
 * to the socket.
 */
async function connectByHttp(
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  { user, password = '' }: Proxy,
  signal: AbortSignal,
): Promise<void> {
  const { host, port } = target;
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  // RFC 7617, 2.
  const credentials = Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  // Not request(): VS Code replaces that one for extensions, by one that has a proxy of its own.
  const request = new ClientRequest({
    method: 'CONNECT',
    path: authority,
    headers: {
      Host: authority,
      Connection: 'keep-alive',
      ...(user !== undefined && { 'Proxy-Authorization': `Basic ${credentials}` }),
    },
    createConnection: () => socket,
  });
  request.once('connect', ({ statusCode = 0, statusMessage = '' }, _socket, head) => {
    if (head.length > 0) socket.unshift(head);
    if (statusCode >= 200 && statusCode < 300) resolve();
    else reject(refusalByHttp(statusCode, statusMessage, user !== undefined));
  });
  request.on('error', (error) => reject(tunnelBroke(error)));
  request.end();
  await raceAbort(promise, signal);
}

function refusalByHttp(status: number, text: string, hasUser: boolean): ProxyFailure {
  const problem = problemOfStatus(status);
  const answer = `${status} ${visibleText(text)}`.trim();
  return new ProxyFailure(problem, `${refusalWords(problem, hasUser)} (${answer})`);
}

function problemOfStatus(status: number): ProxyProblem {
  // tinyproxy 1.11 says 401, and not 407, to a wrong password.
  if (status === 407 || status === 401) return 'login';
  if (status === 403) return 'forbidden';
  // RFC 9110, 15.6: 502 and 504 are those of the way behind; 500 and 503 are what proxies say too.
  return [500, 502, 503, 504].includes(status) ? 'serverUnreachable' : 'protocol';
}

function refusalWords(problem: ProxyProblem, hasUser: boolean): string {
  switch (problem) {
    case 'login':
      return hasUser
        ? 'does not accept the user name and password'
        : 'asks for a user name and password';
    case 'forbidden':
      return 'does not allow it by its rules';
    case 'serverUnreachable':
      return 'cannot reach the server';
    case 'unreachable':
    case 'protocol':
      return 'does not connect to other hosts';
    default:
      return problem satisfies never;
  }
}

function tunnelBroke(cause: Error): ProxyFailure {
  const answered = 'code' in cause && String(cause.code).startsWith('HPE_');
  const why = answered ? 'does not speak HTTP' : 'broke off without an answer';
  return new ProxyFailure('protocol', why, { cause });
}
