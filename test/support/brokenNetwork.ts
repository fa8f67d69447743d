import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How a connection breaks. */
export type Break = 'end' | 'reset' | 'freeze';

export interface BrokenNetworkOptions {
  /** The server's port on loopback. */
  readonly to: number;
  /** The connection breaks once the server has sent so many bytes, over all connections of the kind. */
  readonly control?: { readonly after: number; readonly how: Break };
  readonly data?: { readonly after: number; readonly how: Break };
  /** Hands on each byte from the server alone, in a packet and a turn of the event loop of its own. */
  readonly torn?: boolean;
}

/** A network between an engine and a server in which connections break where a test wants it. */
export interface BrokenNetwork extends AsyncDisposable {
  readonly port: number;
  /** Bytes that the server has sent. */
  readonly passed: { readonly control: number; readonly data: number };
  /** True once a connection has broken. */
  readonly hasBroken: boolean;
  /** Connections of the engine that are open. */
  readonly open: number;
}

export async function brokenNetwork(options: BrokenNetworkOptions): Promise<BrokenNetwork> {
  const passed = { control: 0, data: 0 };
  const sockets = new Set<Socket>();
  const near = new Set<Socket>();
  const servers: Server[] = [];

  const listen = async (to: () => number, kind: 'control' | 'data'): Promise<number> => {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      near.add(client.on('close', () => near.delete(client)));
      relay(client, connect({ port: to(), host: '127.0.0.1', allowHalfOpen: true }), kind);
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };

  let hasBroken = false;
  let dataPort = 0;
  const dataRelay = await listen(() => dataPort, 'data');

  const relay = (client: Socket, server: Socket, kind: 'control' | 'data'): void => {
    const pair = [client, server] as const;
    let broken = false;
    for (const socket of pair) {
      sockets.add(socket.on('close', () => sockets.delete(socket)));
      socket.on('error', () => {});
    }
    client.on('data', (chunk) => !broken && server.write(chunk));
    client.on('end', () => (broken ? client.destroy() : server.end()));
    client.on('close', () => server.destroy());
    server.on('end', () => !broken && client.end());
    server.on('close', () => !broken && client.destroySoon());
    const breakNow = (how: Break): void => {
      broken = true;
      hasBroken = true;
      if (how === 'reset') client.resetAndDestroy();
      if (how === 'end') client.end();
      if (how !== 'freeze') server.destroy();
    };
    server.on('data', (chunk) => {
      if (broken) return;
      const limit = options[kind];
      const left = limit ? limit.after - passed[kind] : Infinity;
      const whole = chunk.subarray(0, Math.max(0, Math.min(left, chunk.length)));
      passed[kind] += whole.length;
      pass(client, kind === 'control' ? redirected(whole) : whole);
      if (limit && whole.length < chunk.length) breakNow(limit.how);
    });
  };

  // The engine dials the relay in place of the server's passive port.
  const redirected = (chunk: Buffer): Buffer => {
    const text = chunk.toString('latin1');
    const named = /\(\|\|\|(\d+)\|\)/.exec(text);
    if (!named) return chunk;
    dataPort = Number(named[1]);
    return Buffer.from(text.replace(named[0], `(|||${dataRelay}|)`), 'latin1');
  };

  const pass = (client: Socket, bytes: Buffer): void => {
    if (!options.torn) client.write(bytes);
    else for (const byte of bytes) client.write(Uint8Array.of(byte));
  };

  const port = await listen(() => options.to, 'control');
  return {
    port,
    passed,
    get hasBroken() {
      return hasBroken;
    },
    get open() {
      // A frozen server never ends its side.
      return [...near].filter(({ readableEnded }) => !readableEnded).length;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}
