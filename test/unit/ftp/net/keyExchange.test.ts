import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { tcpNetwork } from '../../../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../../../src/ftp/net/tls.ts';
import { live } from '../../../support/engine.ts';
import { testCertificate } from '../../../support/testCertificate.ts';

/** The ClientHellos in what a client sends; they are in the clear, one to a record at most. */
function hellosIn(sent: Buffer): number {
  let hellos = 0;
  for (let at = 0; at + 5 < sent.length; at += 5 + sent.readUInt16BE(at + 3)) {
    if (sent[at] === 22 && sent[at + 5] === 1) hellos += 1;
  }
  return hellos;
}

/** A server with TLS behind a relay that counts, for each connection, how often it was greeted. */
async function countingServer(options: TlsOptions) {
  const { cert, key } = await testCertificate;
  const server = createTlsServer({ cert, key, ALPNProtocols: ['ftp'], ...options });
  server.on('secureConnection', (socket) => socket.on('error', () => {}).resume());
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const sent: Buffer[] = [];
  const sockets = new Set<Socket>();
  const relay = createServer((client) => {
    const at = sent.push(Buffer.alloc(0)) - 1;
    const behind = connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (const socket of [client, behind]) sockets.add(socket.on('error', () => {}));
    client.on('data', (chunk) => (sent[at] = Buffer.concat([sent[at] ?? Buffer.alloc(0), chunk])));
    client.pipe(behind).pipe(client);
  });
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (relay.address() as AddressInfo).port,
    get hellos() {
      return sent.map(hellosIn);
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      for (const each of [relay, server]) await new Promise((resolve) => each.close(resolve));
    },
  };
}

/** A control connection and two data connections. */
async function hellosTo(options: TlsOptions): Promise<readonly number[]> {
  await using server = await countingServer(options);
  const { fingerprint } = await testCertificate;
  const tls = nodeTls('127.0.0.1', { fingerprints: [fingerprint], minVersion: 'TLSv1.2' });
  const network = tcpNetwork(systemClock);
  for (const role of ['control', 'data', 'data'] as const) {
    const remote = { host: '127.0.0.1', port: server.port };
    const transport = await network.dial(remote, { signal: live });
    const secured = await tls.secure(transport, role, live);
    secured.destroy();
  }
  return server.hellos;
}

test('data connections offer the group that the server wanted on the control connection', async () => {
  // Node sends a key for another one at first.
  expect(await hellosTo({ ecdhCurve: 'prime256v1' })).toEqual([2, 1, 1]);
});

test('a server that takes what is offered is greeted once', async () => {
  expect(await hellosTo({})).toEqual([1, 1, 1]);
});

test('the group of a server that wants a rare one is found out each time', async () => {
  expect(await hellosTo({ ecdhCurve: 'X448' })).toEqual([2, 2, 2]);
});
