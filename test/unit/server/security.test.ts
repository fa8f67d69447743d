import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { FtpPeer, type PeerTls } from '../../support/ftpPeer.ts';
import { testCertificate } from '../../support/testCertificate.ts';
import { startTestServer, startTlsServer } from './testServer.ts';

const versions: [string, PeerTls][] = [
  ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
  ['TLS 1.3', { minVersion: 'TLSv1.3' }],
];

test('no user name is taken in the clear where TLS is required', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.say('USER anna')).toBe('530 TLS is required: say AUTH TLS first');
  expect(await peer.codes('PASS secret', 'PBSZ 0', 'CCC', 'AUTH GSSAPI')).toEqual([
    '503',
    '503',
    '533',
    '504',
  ]);
});

test.each(versions)('%s: AUTH, PBSZ, PROT and the login keep their order', async (_name, tls) => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.say('AUTH TLS')).toBe('234 Go on with the TLS handshake');
  const stream = await peer.startTls(tls);
  expect(stream.alpnProtocol).toBe('ftp');
  expect(await peer.codes('AUTH TLS', 'PROT P', 'PBSZ x', 'PBSZ 0')).toEqual([
    '503',
    '503',
    '501',
    '200',
  ]);
  expect(await peer.codes('PROT S', 'PROT E', 'PROT X', 'PROT P', 'CCC')).toEqual([
    '536',
    '536',
    '504',
    '200',
    '534',
  ]);
  expect(await peer.codes('USER anna', 'PASS secret', 'AUTH TLS', 'PWD')).toEqual([
    '331',
    '230',
    '503',
    '257',
  ]);
});

test('a transfer under PROT C is refused where TLS is required', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B', {});
  expect(await peer.codes('PROT C', 'RETR hello.txt', 'STOR x', 'LIST', 'MLSD', 'NLST')).toEqual([
    '200',
    '521',
    '521',
    '521',
    '521',
    '521',
  ]);
  expect(server.counters.dataOpened).toBe(0);
});

test('bytes in the clear behind AUTH end the connection, unread', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  peer.write('AUTH TLS\r\nUSER anna\r\n');
  expect(await peer.farewell()).toBe('234 Go on with the TLS handshake\r\n');
});

test('half a line in the clear behind AUTH ends the connection too', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  peer.write('AUTH TLS\r\nUS');
  expect(await peer.farewell()).toBe('234 Go on with the TLS handshake\r\n');
});

test('what is no handshake after 234 ends the connection', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.say('AUTH TLS');
  peer.write('USER anna\r\n');
  expect(await peer.farewell()).not.toContain('331');
});

describe.each(versions)('%s', (_name, tls) => {
  test('REIN is answered under TLS, then the connection is clear and everything forgotten', async () => {
    await using server = await startTlsServer();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', tls);
    expect(await peer.say('REIN')).toBe('220 Ready for a new user');
    await peer.stopTls();
    expect(await peer.codes('PWD', 'USER anna', 'AUTH TLS')).toEqual(['530', '530', '234']);
    await peer.startTls(tls);
    expect(await peer.codes('USER anna', 'PASS secret', 'PWD')).toEqual(['331', '230', '257']);
  });

  test('implicit TLS stands from the first byte, and P holds without PROT', async () => {
    const certificate = await testCertificate;
    await using server = await startTestServer({ tls: 'implicit', certificate });
    await using peer = await FtpPeer.dial(server.endpoint.port, tls);
    expect(peer.greeting).toBe('220 Portside is ready');
    expect(await peer.codes('USER anna', 'PASS secret', 'TYPE I', 'MODE B')).toEqual([
      '331',
      '230',
      '200',
      '200',
    ]);
    const accept = await peer.listen();
    peer.write('RETR hello.txt\r\n');
    const data = await accept();
    expect((await data.file()).content.toString()).toBe('hello world\n');
    expect(data.resumed).toBe(true);
    expect(await peer.codes('REIN', 'PWD')).toEqual(['150', '250']);
    expect(await peer.codes('NOOP')).toEqual(['220']);
  });

  test('a data connection that resumes no session is refused where that is demanded', async () => {
    await using server = await startTlsServer({ requireSessionReuse: true, sessionTickets: false });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', tls);
    const accept = await peer.listen();
    peer.write('RETR hello.txt\r\n');
    const data = await accept();
    expect(await peer.reply()).toBe('150 Opening the data connection');
    expect(await peer.reply()).toBe('522 The data connection must resume the TLS session');
    expect((await data.rest()).length).toBe(0);
    expect(server.counters).toMatchObject({ resumedHandshakes: 0, bytesSent: 0 });
  });

  test('one session is resumed by many data connections', async () => {
    await using server = await startTlsServer({ requireSessionReuse: true });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('S', tls);
    for (let round = 0; round < 5; round++) {
      const data = await peer.dialData(passivePort(await peer.say('EPSV')));
      peer.write('RETR hello.txt\r\n');
      expect((await data.rest()).toString()).toBe('hello world\n');
      expect((await peer.reply()).slice(0, 3)).toBe('150');
      expect((await peer.reply()).slice(0, 3)).toBe('226');
    }
    expect(server.counters).toMatchObject({ resumedHandshakes: 5, fullHandshakes: 0 });
  });
});

test('FEAT names AUTH, PBSZ and PROT where there is explicit TLS', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  const features = (await peer.say('FEAT')).split('\n');
  expect(features).toEqual(expect.arrayContaining([' AUTH TLS', ' PBSZ', ' PROT', ' UTF8']));
});

test('ABOR ends a data connection whose handshake the client never begins', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B', {});
  const dialled = createServer().listen(peer.port, '127.0.0.1');
  await once(dialled, 'listening');
  peer.write('RETR hello.txt\r\n');
  const [socket] = (await once(dialled, 'connection')) as [Socket];
  const closed = once(socket.resume(), 'close');
  expect((await peer.reply()).slice(0, 3)).toBe('150');
  peer.write('ABOR\r\n');
  expect([await peer.reply(), await peer.reply()]).toEqual([
    '426 Transfer aborted',
    '226 No transfer is running any more',
  ]);
  await closed;
  dialled.close();
});

test('a passive data connection closed before its handshake is 425, and nothing stays open', async () => {
  await using server = await startTlsServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S', {});
  const port = passivePort(await peer.say('EPSV'));
  const socket = connect({ host: '127.0.0.1', port });
  await once(socket, 'connect');
  const closed = once(socket.resume(), 'close');
  socket.end();
  await closed;
  expect(await peer.codes('RETR hello.txt')).toEqual(['150']);
  expect((await peer.reply()).slice(0, 3)).toBe('425');
});

test('the third wrong password ends the connection', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  const wrong = ['USER anna', 'PASS wrong'];
  expect(await peer.codes(...wrong, ...wrong)).toEqual(['331', '530', '331', '530']);
  expect(await peer.codes('REIN', ...wrong)).toEqual(['220', '331', '421']);
  await peer.farewell();
});

test('an account is asked for where the server wants one', async () => {
  await using server = await startTestServer({
    authenticate: ({ account }) => (account === undefined ? 'accountNeeded' : account === 'a'),
  });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.codes('ACCT a', 'USER anna', 'PASS x', 'PWD', 'ACCT a', 'PWD')).toEqual([
    '503',
    '331',
    '332',
    '530',
    '230',
    '257',
  ]);
});

test('anonymous users are let in only where the server says so', async () => {
  await using open = await startTestServer({ anonymous: true });
  await using guest = await FtpPeer.dial(open.endpoint.port);
  expect(await guest.codes('HOST example.org', 'USER anonymous', 'PASS me@')).toEqual([
    '220',
    '331',
    '230',
  ]);
  await using shut = await startTestServer();
  await using refused = await FtpPeer.dial(shut.endpoint.port);
  expect(await refused.codes('USER anonymous', 'PASS me@')).toEqual(['331', '530']);
});

test('a read-only server refuses every change and says so in the facts', async () => {
  await using server = await startTestServer({ readOnly: true });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  const changes = ['STOR x', 'APPE x', 'STOU', 'MKD x', 'RMD folder', 'DELE hello.txt'];
  const more = ['RNFR hello.txt', 'MFMT 20200101000000 hello.txt', 'SITE CHMOD 600 hello.txt'];
  expect(new Set(await peer.codes(...changes, ...more))).toEqual(new Set(['550']));
  expect(await peer.say('MLST hello.txt')).toContain(';perm=r;');
  expect(await peer.say('MLST folder')).toContain(';perm=el;');
});

test('a client that says nothing for too long is sent away', async () => {
  await using server = await startTestServer({ limits: { idle: 20 } });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.farewell()).toBe('421 No command came for too long\r\n');
});

test('one client too many hears 421, and there is room again when another has gone', async () => {
  await using server = await startTestServer({ limits: { connections: 1 } });
  await using first = await FtpPeer.dial(server.endpoint.port);
  await using second = await FtpPeer.dial(server.endpoint.port);
  expect(second.greeting).toBe('421 Too many connections');
  await first.say('QUIT');
  await first.farewell();
  await first[Symbol.asyncDispose]();
  await expect.poll(() => server.counters.controlOpen).toBe(0);
  await using third = await FtpPeer.dial(server.endpoint.port);
  expect(third.greeting).toBe('220 Portside is ready');
});

test('a command line without end closes the connection', async () => {
  await using server = await startTestServer();
  const socket = connect({ host: '127.0.0.1', port: server.endpoint.port });
  socket.on('error', () => {});
  socket.resume();
  socket.write(Buffer.alloc(64 * 1024, 'x'));
  await once(socket, 'close');
  await expect.poll(() => server.counters.controlOpen).toBe(0);
});

function passivePort(answer: string): number {
  return Number(/\|(\d+)\|\)/.exec(answer)?.[1]);
}
