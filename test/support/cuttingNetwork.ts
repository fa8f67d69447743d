import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import type { Network } from '../../src/ftp/net/transport.ts';

/** A network whose passive data connections end where a test wants, without the end of TLS. */
export interface CuttingNetwork extends AsyncDisposable {
  readonly network: Network;
  /** Bytes from the server on each data connection so far. */
  readonly passed: readonly number[];
}

/**
 * Each data connection ends with a FIN, and no close_notify of TLS, once the server has sent as many
 * bytes as `cutAfter` says for that connection (the first is 0). Connections to the port `control` are
 * left whole.
 */
export function cuttingNetwork(
  control: number,
  cutAfter: (connection: number) => number,
): CuttingNetwork {
  const network = tcpNetwork(systemClock);
  const passed: number[] = [];
  const servers: Server[] = [];
  const sockets = new Set<Socket>();

  const relay = (client: Socket, port: number): void => {
    const index = passed.push(0) - 1;
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, server]) {
      sockets.add(socket.on('close', () => sockets.delete(socket)));
      socket.on('error', () => {});
    }
    client.on('data', (chunk) => server.write(chunk));
    client.on('end', () => server.end());
    client.on('close', () => server.destroy());
    server.on('end', () => client.end());
    server.on('data', (chunk) => {
      const left = cutAfter(index) - (passed[index] ?? 0);
      passed[index] = (passed[index] ?? 0) + chunk.length;
      if (left <= 0) return;
      client.write(chunk.subarray(0, left));
      if (left <= chunk.length) client.end();
    });
  };

  return {
    network: {
      ...network,
      dial: async (remote, options) => {
        if (remote.port === control) return await network.dial(remote, options);
        const server = createServer({ allowHalfOpen: true }, (client) =>
          relay(client, remote.port),
        );
        servers.push(server.listen(0, '127.0.0.1'));
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        return await network.dial({ host: '127.0.0.1', port }, options);
      },
    },
    passed,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      for (const server of servers) server.close();
    },
  };
}
