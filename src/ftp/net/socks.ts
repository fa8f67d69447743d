import { Socket } from 'node:net';
import { SocksClient } from 'socks';
import { raceAbort } from '../../base/abort.ts';
import type { ProxyProblem } from '../errors.ts';
import type { Proxy } from '../options.ts';

/** Why a SOCKS5 proxy does not connect us. */
export interface SocksRefusal {
  readonly problem: ProxyProblem;
  /** Ends a sentence that begins with the proxy. */
  readonly why: string;
}

/**
 * RFC 1928 over an open socket: asks the proxy to connect it to `target`. Resolves with
 * `undefined` when it is connected; no byte of the server behind is taken from the socket.
 */
export async function connectBySocks(
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  proxy: Proxy,
  signal: AbortSignal,
): Promise<SocksRefusal | undefined> {
  using talk = new SocksTalk(socket);
  const { host, port, user, password } = proxy;
  const established = SocksClient.createConnection({
    proxy: {
      host,
      port,
      type: 5,
      ...(user !== undefined && { userId: user }),
      ...(password !== undefined && { password }),
    },
    command: 'connect',
    destination: { ...target },
    existing_socket: talk.facade,
  });
  try {
    await raceAbort(Promise.race([established, talk.ended]), signal);
    return undefined;
  } catch {
    // The library's error holds the password, and no more than the bytes of the proxy show.
    signal.throwIfAborted();
    return refusalOf(talk.answers, user !== undefined);
  }
}

/**
 * Stands between the library and the socket, and hands over byte by byte: the library takes all that
 * is there, and the server's greeting may come with the proxy's last byte.
 */
class SocksTalk implements Disposable {
  /** What the library takes for the socket; it is never connected. */
  readonly facade: Socket = new Socket();
  /** What the proxy has answered to each request. */
  readonly answers: number[][] = [];
  readonly #socket: Socket;
  readonly #ended: PromiseWithResolvers<never> = Promise.withResolvers();
  readonly #onReadable = (): void => this.#handOver();
  readonly #onEnd = (): void => this.#ended.reject(new Error('The proxy closed the connection'));

  constructor(socket: Socket) {
    this.#socket = socket;
    this.facade.write = (request: Uint8Array | string): boolean => {
      this.answers.push([]);
      return socket.write(request);
    };
    this.#ended.promise.catch(() => {});
    socket.on('readable', this.#onReadable).once('end', this.#onEnd).once('close', this.#onEnd);
  }

  /** Rejects when the proxy has closed the connection, or sends what cannot be read. */
  get ended(): Promise<never> {
    return this.#ended.promise;
  }

  [Symbol.dispose](): void {
    this.#socket
      .off('readable', this.#onReadable)
      .off('end', this.#onEnd)
      .off('close', this.#onEnd);
  }

  #handOver(): void {
    // The library leaves the facade when it is done: what follows is the server's.
    while (this.facade.listenerCount('data') > 0) {
      const byte = this.#socket.read(1) as Uint8Array | null;
      if (!byte) return;
      this.answers.at(-1)?.push(...byte);
      try {
        this.facade.emit('data', byte);
      } catch (error) {
        this.#ended.reject(error);
        return;
      }
    }
  }
}

// RFC 1928, 3 and 6; RFC 1929, 2: the version (of the negotiation: 1), and then the method, the
// status or the reply.
function refusalOf(answers: readonly (readonly number[])[], hasUser: boolean): SocksRefusal {
  const [greeting, ...later] = answers;
  const [version, method] = greeting ?? [];
  if (version !== 5) return { problem: 'protocol', why: 'does not speak SOCKS5' };
  if (method === noMethod) return { problem: 'login', why: loginWords(hasUser) };
  const asksWho = method === userAndPassword;
  const [, status] = later[0] ?? [];
  if (asksWho && later.length === 1) return { problem: 'login', why: loginWords(hasUser) };
  const [, reply = -1] = asksWho ? (later[1] ?? []) : [version, status];
  return replies[reply] ?? { problem: 'protocol', why: 'broke off without an answer' };
}

const userAndPassword = 2;
const noMethod = 0xff;

function loginWords(hasUser: boolean): string {
  return hasUser
    ? 'does not accept the user name and password'
    : 'asks for a user name and password';
}

const replies: Readonly<Record<number, SocksRefusal>> = {
  1: { problem: 'serverUnreachable', why: 'failed' },
  2: { problem: 'forbidden', why: 'does not allow it by its rules' },
  3: { problem: 'serverUnreachable', why: 'finds no way to the network of the server' },
  4: { problem: 'serverUnreachable', why: 'finds no way to the server' },
  5: {
    problem: 'serverUnreachable',
    why: 'found no program that answers at the port of the server',
  },
  6: { problem: 'serverUnreachable', why: 'did not reach the server in time' },
  7: { problem: 'protocol', why: 'does not know the command' },
  8: { problem: 'protocol', why: 'does not know this kind of address' },
};
