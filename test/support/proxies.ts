import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy on loopback that a test may watch. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** "host:port" of each server that it was asked for, in order. */
  readonly asked: readonly string[];
  /** Connections of its clients that are open. */
  readonly open: number;
}

export interface ProxyScript {
  /** The login that it asks for; left out: none. */
  readonly login?: { readonly user: string; readonly password: string };
  /** The addresses of host names, in place of DNS. Other hosts are dialled as they are. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Refuses every request with this reply code of SOCKS5 or status of HTTP. */
  readonly refuse?: number;
  /** Accepts connections and never answers. */
  readonly silent?: boolean;
  /** Answers every request with these bytes. */
  readonly babble?: string;
}

/** Reads from the client of a proxy, as many bytes as are asked for. */
class Client {
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  async bytes(count: number): Promise<Buffer> {
    for (;;) {
      const bytes = this.socket.read(count) as Buffer | null;
      if (bytes) return bytes;
      if (this.socket.readableEnded || this.socket.destroyed)
        throw new Error('The client has gone');
      await Promise.race([once(this.socket, 'readable'), once(this.socket, 'close')]);
    }
  }

  async until(end: string): Promise<string> {
    let text = '';
    while (!text.endsWith(end)) text += (await this.bytes(1)).toString('latin1');
    return text;
  }
}

/** What a proxy answers: a refusal, or the server to connect to and the words that grant it. */
type Verdict =
  | { readonly refusal: Uint8Array | string }
  | { readonly host: string; readonly port: number; readonly granted: Uint8Array };

/** RFC 1928 and RFC 1929. */
export function socksProxy(script: ProxyScript = {}): Promise<TestProxy> {
  return proxy(script, async (client) => {
    const [, count = 0] = await client.bytes(2);
    const methods = [...(await client.bytes(count))];
    const wanted = script.login ? 2 : 0;
    if (!methods.includes(wanted)) return { refusal: Uint8Array.of(5, 0xff) };
    client.socket.write(Uint8Array.of(5, wanted));
    if (script.login) {
      const isRight = await saysLogin(client, script.login);
      if (!isRight) return { refusal: Uint8Array.of(1, 1) };
      client.socket.write(Uint8Array.of(1, 0));
    }
    const [, , , kind = 0] = await client.bytes(4);
    const host = await socksHost(client, kind);
    const port = (await client.bytes(2)).readUInt16BE();
    if (script.refuse !== undefined) return { refusal: socksReply(script.refuse) };
    return { host, port, granted: socksReply(0) };
  });
}

function socksReply(code: number): Uint8Array {
  return Uint8Array.of(5, code, 0, 1, 127, 0, 0, 1, 0, 9);
}

async function saysLogin(
  client: Client,
  login: NonNullable<ProxyScript['login']>,
): Promise<boolean> {
  await client.bytes(1);
  const text = async (): Promise<string> => {
    const [length = 0] = await client.bytes(1);
    return length === 0 ? '' : (await client.bytes(length)).toString();
  };
  const [user, password] = [await text(), await text()];
  return user === login.user && password === login.password;
}

async function socksHost(client: Client, kind: number): Promise<string> {
  if (kind === 1) return [...(await client.bytes(4))].join('.');
  if (kind === 3) {
    const [length = 0] = await client.bytes(1);
    return (await client.bytes(length)).toString();
  }
  const words = (await client.bytes(16)).toString('hex').match(/.{4}/g) ?? [];
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}

/** RFC 9110, 9.3.6. */
export function connectProxy(script: ProxyScript = {}): Promise<TestProxy> {
  return proxy(script, async (client) => {
    const head = await client.until('\r\n\r\n');
    const [, host = '', port = ''] = /^CONNECT (.+):(\d+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    const { login, refuse } = script;
    const token = login && Buffer.from(`${login.user}:${login.password}`).toString('base64');
    const isRight = !token || head.includes(`\r\nProxy-Authorization: Basic ${token}\r\n`);
    if (!isRight) return { refusal: 'HTTP/1.1 407 Who are you?\r\n\r\n' };
    if (refuse !== undefined) return { refusal: `HTTP/1.1 ${refuse} No\r\n\r\n` };
    const granted = Buffer.from('HTTP/1.1 200 Go\r\n\r\n');
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(port), granted };
  });
}

async function proxy(
  script: ProxyScript,
  serve: (client: Client) => Promise<Verdict>,
): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  const near = new Set<Socket>();
  const asked: string[] = [];
  const follow = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const converse = async (socket: Socket): Promise<void> => {
    const verdict = await serve(new Client(socket));
    if ('refusal' in verdict) {
      socket.end(verdict.refusal);
      return;
    }
    const { host, port, granted } = verdict;
    asked.push(`${host}:${port}`);
    const target = script.hosts?.[host] ?? host;
    const far = follow(connect({ host: target, port, allowHalfOpen: true }));
    await once(far, 'connect');
    await join(socket, far, granted);
  };
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    near.add(follow(socket).on('close', () => near.delete(socket)));
    if (script.babble !== undefined) socket.end(script.babble, 'latin1');
    if (script.silent === true || script.babble !== undefined) {
      socket.on('end', () => socket.end()).resume();
    } else converse(socket).catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    get open() {
      return near.size;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

// The proxy waits a little for a server that speaks first, so that its first bytes leave together with
// the proxy's own answer. With a fast proxy that happens by chance.
async function join(near: Socket, far: Socket, granted: Uint8Array): Promise<void> {
  const first = await Promise.race([
    once(far, 'readable').then(() => far.read() as Buffer | null),
    new Promise<null>((resolve) => setTimeout(() => resolve(null), 50)),
  ]);
  near.write(first ? Buffer.concat([granted, first]) : granted);
  near.pipe(far);
  far.pipe(near);
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroySoon());
}
