import { createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { FtpPeer, type PeerData, type PeerTls } from '../../../support/ftpPeer.ts';
import { startTestServer, startTlsServer } from '../testServer.ts';
import { freePort } from '../../../support/freePort.ts';
import type { FtpServer } from '../../../../src/server/ftpServer.ts';

type Way = 'default' | 'epsv' | 'pasv' | 'eprt' | 'port';

/** Sets the data port up; the result opens or awaits the data connection of the next transfer. */
async function setUp(peer: FtpPeer, way: Way): Promise<() => Promise<PeerData>> {
  if (way === 'default') return peer.listen();
  if (way === 'epsv') {
    const answer = await peer.say('EPSV');
    expect(answer).toMatch(/^229 Entering extended passive mode \(\|\|\|\d+\|\)$/);
    return () => peer.dialData(Number(/\|(\d+)\|\)/.exec(answer)?.[1]));
  }
  if (way === 'pasv') {
    const answer = await peer.say('PASV');
    expect(answer).toMatch(/^227 Entering passive mode \(127,0,0,1,\d+,\d+\)$/);
    const [high = 0, low = 0] = answer.slice(0, -1).split(',').slice(-2).map(Number);
    return () => peer.dialData(high * 256 + low);
  }
  const accept = await peer.listen(0);
  const port = peer.listenedPort;
  const numbers = `127,0,0,1,${port >> 8},${port & 255}`;
  const line = way === 'eprt' ? `EPRT |1|127.0.0.1|${port}|` : `PORT ${numbers}`;
  expect(await peer.say(line)).toBe('200 The data port is set');
  return accept;
}

const ways: Way[] = ['default', 'epsv', 'pasv', 'eprt', 'port'];
const securities: [string, PeerTls | undefined][] = [
  ['clear', undefined],
  ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
  ['TLS 1.3', { minVersion: 'TLSv1.3' }],
];
const cells = securities.flatMap(([name, tls]) => ways.map((way) => [name, way, tls] as const));

describe.each(cells)('%s, %s', (_name, way, tls) => {
  const start = tls ? startTlsServer : startTestServer;

  test('stream mode: one connection a file, closed by its sender, 226', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('S', tls);
    const openUp = await setUp(peer, way);
    peer.write('STOR up\r\n');
    const up = await openUp();
    expect((await peer.reply()).slice(0, 3)).toBe('150');
    up.stream.end('sent in stream mode');
    expect(await peer.reply()).toBe('226 Transfer complete');

    const passive = way === 'epsv' || way === 'pasv';
    const openDown = passive ? await setUp(peer, way) : openUp;
    peer.write('RETR up\r\n');
    const down = await openDown();
    expect((await down.rest()).toString()).toBe('sent in stream mode');
    down.stream.end();
    expect([await peer.reply(), await peer.reply()]).toEqual([
      '150 Opening the data connection',
      '226 Transfer complete',
    ]);
    await expect.poll(() => server.counters.dataOpen).toBe(0);
    expect(server.counters).toMatchObject({ dataOpened: 2, fullHandshakes: 0 });
  });

  test('block mode: both files on one connection', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', tls);
    const open = await setUp(peer, way);
    peer.write('STOR up\r\n');
    const data = await open();
    expect((await peer.reply()).slice(0, 3)).toBe('150');
    data.sendBlock('sent in ', 0);
    data.sendBlock('blocks', 0x40);
    expect(await peer.reply()).toBe('250 Transfer complete');
    peer.write('RETR up\r\n');
    expect((await data.file()).content.toString()).toBe('sent in blocks');
    expect(await peer.codes('NOOP')).toEqual(['125']);
    expect(server.counters).toMatchObject({ dataOpened: 1, dataOpen: 1 });
  });
});

/** A server with a port L such that no other socket has L-1. */
async function startAboveFreePort(): Promise<FtpServer> {
  return await startTestServer({ listen: { host: '127.0.0.1', port: (await freePort()) + 1 } });
}

test('the server dials from the port next to its own, L-1, where it can have it', async () => {
  await using server = await startAboveFreePort();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  const accept = await peer.listen();
  peer.write('RETR hello.txt\r\n');
  expect((await accept()).stream.remotePort).toBe(server.endpoint.port - 1);
});

test('it dials from another port where L-1 is taken', async () => {
  await using server = await startAboveFreePort();
  const taken = createServer().listen(server.endpoint.port - 1, '127.0.0.1');
  await once(taken, 'listening');
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  const accept = await peer.listen();
  peer.write('RETR hello.txt\r\n');
  const data = await accept();
  expect(data.stream.remotePort).not.toBe(server.endpoint.port - 1);
  expect((await data.file()).content.toString()).toBe('hello world\n');
  taken.close();
});

test('no listener on the default data port is 425, and the session goes on', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  expect(await peer.codes('RETR hello.txt', 'NOOP')).toEqual(['150', '425']);
  expect(await peer.reply()).toBe('200 Still here');
});

test('a client that never comes to the passive port is 425 in time', async () => {
  await using server = await startTestServer({ limits: { dataConnection: 20 } });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S');
  expect(await peer.codes('EPSV', 'RETR hello.txt', 'NOOP')).toEqual(['229', '150', '425']);
});

test('a passive port serves one connection; the next transfer needs another port', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S');
  const open = await setUp(peer, 'epsv');
  const data = await open();
  peer.write('RETR hello.txt\r\n');
  await data.rest();
  expect(await peer.codes('NOOP', 'NOOP', 'RETR hello.txt')).toEqual(['150', '226', '200']);
  expect(await peer.reply()).toBe('200 Still here');
  expect((await peer.reply()).slice(0, 3)).toBe('150');
  expect((await peer.reply()).slice(0, 3)).toBe('425');
});

test.each([
  'PORT 10,0,0,5,200,10',
  'PORT 127,0,0,1,0,22',
  'EPRT |1|192.0.2.1|5000|',
  'EPRT |1|127.0.0.1|1023|',
  'EPRT |2|::1|5000|',
])('%s, a foreign address or a port of the system, is refused', async (line) => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S');
  expect((await peer.say(line)).slice(0, 3)).toBe('504');
});

test('EPSV ALL refuses every other way', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S');
  expect(
    await peer.codes(
      'EPSV ALL',
      'PASV',
      'PORT 127,0,0,1,20,1',
      'EPRT |1|127.0.0.1|9999|',
      'EPSV 1',
    ),
  ).toEqual(['200', '501', '501', '501', '229']);
});

test('with the default port only, no other data port is served, and stream mode is', async () => {
  await using server = await startTestServer({ defaultPortOnly: true });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S');
  const others = ['EPSV', 'PASV', 'PORT 127,0,0,1,20,1', 'EPRT |1|127.0.0.1|9999|', 'EPSV ALL'];
  expect(new Set(await peer.codes(...others))).toEqual(new Set(['502']));
  expect(await peer.say('FEAT')).not.toMatch(/EPSV|EPRT|PASV/);
  const accept = await peer.listen();
  peer.write('RETR hello.txt\r\n');
  expect((await (await accept()).rest()).toString()).toBe('hello world\n');
});

test('PORT stands for later transfers: no command leads back to the default port but REIN', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S');
  const chosen = await setUp(peer, 'port');
  for (let round = 0; round < 2; round++) {
    peer.write('RETR hello.txt\r\n');
    expect((await (await chosen()).rest()).toString()).toBe('hello world\n');
    expect([(await peer.reply()).slice(0, 3), (await peer.reply()).slice(0, 3)]).toEqual([
      '150',
      '226',
    ]);
  }
  expect(await peer.say('REIN')).toBe('220 Ready for a new user');
  await peer.login('S');
  const accept = await peer.listen();
  peer.write('RETR hello.txt\r\n');
  expect((await (await accept()).rest()).toString()).toBe('hello world\n');
});

test.each([
  'MODE S',
  'EPSV',
  'PASV',
  'PORT 127,0,0,1,200,1',
  'EPRT |1|127.0.0.1|9999|',
  'REIN',
  'ABOR',
])('%s closes the kept data connection', async (line) => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  const accept = await peer.listen();
  peer.write('RETR hello.txt\r\n');
  const data = await accept();
  await data.file();
  await peer.reply();
  await peer.reply();
  expect(data.ended).toBe(false);
  expect((await peer.say(line)).slice(0, 1)).toBe('2');
  expect((await data.rest()).length).toBe(0);
});

test.each(['PROT P', 'PROT C', 'QUIT'])(
  '%s closes the kept data connection under TLS',
  async (line) => {
    await using server = await startTlsServer();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', {});
    const accept = await peer.listen();
    peer.write('RETR hello.txt\r\n');
    const data = await accept();
    await data.file();
    await peer.reply();
    await peer.reply();
    expect((await peer.say(line)).slice(0, 1)).toBe('2');
    expect((await data.rest()).length).toBe(0);
  },
);

test('a kept connection that the client closes is dialled again', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  const accept = await peer.listen();
  peer.write('RETR hello.txt\r\n');
  const first = await accept();
  await first.file();
  first.stream.end();
  await expect.poll(() => server.counters.dataOpen).toBe(0);
  peer.write('RETR hello.txt\r\n');
  const second = await accept();
  expect((await second.file()).content.toString()).toBe('hello world\n');
  const codes = [];
  for (let at = 0; at < 4; at++) codes.push((await peer.reply()).slice(0, 3));
  expect(codes).toEqual(['150', '250', '150', '250']);
});

test('the end of the control connection ends the kept data connection', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  const accept = await peer.listen();
  peer.write('RETR hello.txt\r\n');
  const data = await accept();
  await data.file();
  peer.end();
  expect((await data.rest()).length).toBe(0);
  await expect.poll(() => server.counters.controlOpen).toBe(0);
});

test('a data connection over IPv6 is dialled and listened for', async (context) => {
  const server = await startTestServer({ listen: { host: '::1', port: 0 } }).catch(() => undefined);
  if (!server) {
    context.skip('this machine has no IPv6 loopback');
    return;
  }
  await using running = server;
  await using peer = await FtpPeer.dial(running.endpoint.port, undefined, '::1');
  await peer.login('B');
  expect(await peer.codes('PASV', 'EPSV 1')).toEqual(['522', '522']);
  const answer = await peer.say('EPSV 2');
  const data = await peer.dialData(Number(/\|(\d+)\|\)/.exec(answer)?.[1]));
  peer.write('RETR hello.txt\r\n');
  expect((await data.file()).content.toString()).toBe('hello world\n');
});
