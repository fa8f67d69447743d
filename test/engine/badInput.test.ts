import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { ArgumentError, ProtocolError, TlsError } from '../../src/ftp/errors.ts';
import type { RemotePath } from '../../src/base/paths.ts';
import {
  at,
  connectEngine,
  type EngineOverrides,
  live,
  startTestServer,
} from '../support/engine.ts';
import { testCertificate } from '../support/testCertificate.ts';
import { flood, loginAnswers, type ScriptedPeer, scriptedPeer } from '../support/scriptedPeer.ts';

describe('what must be protected is not said in the clear', () => {
  test.each(['500 What?', '431 Not now', '530 Log in first', '502 No'])(
    'TLS refused with "%s" sends no user name',
    async (refusal) => {
      await using peer = await scriptedPeer({
        greeting: '220 Hi\r\n',
        answer: () => `${refusal}\r\n`,
      });
      await expect(connectEngine(peer.port)).rejects.toMatchObject({
        kind: 'tls',
        reason: 'notOffered',
      });
      await peer.allClosed;
      expect(peer.received).toMatch(/^AUTH TLS\r\n(?:AUTH SSL\r\n)?$/);
    },
  );

  test('a greeting that says the user is logged in already changes nothing', async () => {
    await using peer = await scriptedPeer({
      greeting: '230 Welcome, no password needed\r\n',
      answer: () => '500 What?\r\n',
    });
    await expect(connectEngine(peer.port)).rejects.toBeInstanceOf(TlsError);
    expect(peer.received).toBe('AUTH TLS\r\nAUTH SSL\r\n');
  });

  test('a certificate that is not trusted gets no user name, and is shown with its fingerprint', async () => {
    await using server = await startTestServer();
    const { fingerprint } = await testCertificate;
    const failure = connectEngine(server.endpoint.port, {
      trust: { fingerprints: ['00'.repeat(32)] },
    });
    await expect(failure).rejects.toMatchObject({
      kind: 'tls',
      reason: 'untrusted',
      certificate: { fingerprint },
    });
    expect([...server.counters.commands.keys()]).toEqual(['AUTH']);
  });

  test('clear text behind the 234 is an attack and ends the connection', async () => {
    await using peer = await scriptedPeer({
      greeting: '220 Hi\r\n',
      answer: () => '234 Go on\r\n230 You are in\r\n',
    });
    await expect(connectEngine(peer.port)).rejects.toBeInstanceOf(ProtocolError);
    await peer.allClosed;
    expect(peer.received).toBe('AUTH TLS\r\n');
  });

  test('half a reply in the clear behind the 234 is one too', async () => {
    await using peer = await scriptedPeer({
      greeting: '220 Hi\r\n',
      answer: () => '234 Go on\r\n230-',
    });
    await expect(connectEngine(peer.port)).rejects.toBeInstanceOf(ProtocolError);
    expect(peer.received).toBe('AUTH TLS\r\n');
  });

  test('PROT P refused ends the connection before any file', async () => {
    await using server = await startTestServer({ faults: { refusals: { PROT: 536 } } });
    await expect(connectEngine(server.endpoint.port)).rejects.toMatchObject({
      kind: 'tls',
      reason: 'notOffered',
    });
    expect(server.counters.dataOpened).toBe(0);
  });

  test('another protocol behind the same certificate is not taken for FTP', async () => {
    const { cert, key } = await testCertificate;
    const lines: string[] = [];
    const other = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => lines.push(chunk.toString()));
    });
    other.on('tlsClientError', () => {});
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    await expect(connectEngine(port, { security: 'implicit' })).rejects.toMatchObject({
      kind: 'tls',
    });
    expect(lines).toEqual([]);
    other.close();
  });
});

describe('a pathname that could become a second command', () => {
  test.each(['/a\r\nDELE b', '/a\nb', '/a\rb', '/a\0b'])(
    '%j is refused before a byte is written',
    async (name) => {
      await using server = await startTestServer();
      await using connection = await connectEngine(server.endpoint.port);
      const before = server.counters.commands.size;
      // Such a path cannot be made; whoever forges one gets no further than the grammar.
      const path = name as RemotePath;
      await expect(connection.deleteFile(path, { signal: live })).rejects.toBeInstanceOf(
        ArgumentError,
      );
      await expect(connection.rename(at('/x'), path, { signal: live })).rejects.toBeInstanceOf(
        ArgumentError,
      );
      await connection.probe({ signal: live });
      expect(server.counters.commands.size).toBe(before + 1);
    },
  );

  test('a user name with a line break is refused too', async () => {
    await using server = await startTestServer();
    const credentials = { user: 'anna\r\nDELE x', password: 'secret' };
    await expect(connectEngine(server.endpoint.port, { credentials })).rejects.toThrow(
      'line break',
    );
    expect(server.counters.commands.has('USER')).toBe(false);
  });
});

describe('a server that never ends, or never begins', () => {
  test.each([
    ['one line', Buffer.alloc(65_536, 'x')],
    ['many lines', Buffer.from('220-more\r\n'.repeat(6_000))],
  ])('a reply without end in %s is refused within its bound', async (_name, piece) => {
    const count = { sent: 0 };
    await using peer = await scriptedPeer({
      greeting: '220 Hi\r\n',
      answer: (_line, socket) => {
        flood(socket, piece, gigabyte, count);
        return undefined;
      },
    });
    await expect(connectEngine(peer.port)).rejects.toMatchObject({ kind: 'protocol' });
    expect(count.sent).toBeLessThan(64 * 1024 * 1024);
  });

  test('an HTTP server is told apart at its first line', async () => {
    await using peer = await scriptedPeer({ greeting: 'HTTP/1.1 400 Bad Request\r\n\r\n' });
    await expect(connectEngine(peer.port)).rejects.toThrow('Not an FTP reply');
    expect(peer.received).toBe('');
  });

  test.each([
    ['before its greeting', {}, 'the greeting'],
    ['after AUTH', { greeting: '220 Hi\r\n' }, 'TLS'],
  ])('a server that is silent %s is given up', async (_when, script, waitingFor) => {
    await using peer = await scriptedPeer(script);
    await expect(connectEngine(peer.port, { timeouts: { connect: 50 } })).rejects.toMatchObject({
      kind: 'timeout',
      waitingFor,
    });
    await peer.allClosed;
  });

  test('a server that is silent after a command is given up with the name of the command', async () => {
    await using server = await startTestServer({ faults: { silent: ['NOOP'] } });
    await using connection = await connectEngine(server.endpoint.port, {
      timeouts: { reply: 100 },
    });
    await expect(connection.probe({ signal: live })).rejects.toMatchObject({
      kind: 'timeout',
      waitingFor: 'the reply to NOOP',
    });
    expect(connection.usable).toBe(false);
  });

  test('a reply that answers nothing ends the connection', async () => {
    await using peer = await scriptedPeer({
      greeting: '220 Hi\r\n',
      answer: (line) => (line === 'NOOP' ? '200 Fine\r\n226 And more\r\n' : loginAnswers(line)),
    });
    await using connection = await connectEngine(peer.port, { security: 'none' });
    await connection.probe({ signal: live });
    expect(await connection.closed).toBeInstanceOf(ProtocolError);
  });

  test('an endless listing ends in a typed error within its bound', async () => {
    const lines = Buffer.from('type=file;size=1; a name that comes again\r\n'.repeat(20_000));
    const count = { sent: 0 };
    await using data = await scriptedPeer({
      onConnect: (socket) => flood(socket, lines, gigabyte, count),
    });
    await using peer = await listingPeer(data.port);
    await using connection = await connectEngine(peer.port, streamInClear);
    await expect(connection.list(at('/'), { signal: live })).rejects.toThrow('does not end');
    expect(count.sent).toBeLessThan(200 * 1024 * 1024);
  });
});

test('only one segment of a path is a name in a listing; the rest is reported, not used', async () => {
  const names = [
    '../../etc/passwd',
    '/etc/passwd',
    'a/b',
    '..',
    '.',
    'a\u0007b',
    '\u001b[31m',
    'good',
  ];
  const listing = names.map((name) => `type=file;size=1; ${name}\r\n`).join('');
  await using data = await scriptedPeer({ onConnect: (socket) => void socket.end(listing) });
  await using peer = await listingPeer(data.port);
  await using connection = await connectEngine(peer.port, streamInClear);
  const { entries, unreadable } = await connection.list(at('/'), { signal: live });
  expect(entries.map((entry) => entry.name)).toEqual(['a\u0007b', '\u001b[31m', 'good']);
  expect(unreadable.map(({ line }) => line)).toEqual([1, 2, 3]);
});

test('a size that cannot be counted with is not believed', async () => {
  await using peer = await scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) =>
      line.startsWith('SIZE') ? '213 18446744073709551615\r\n' : loginAnswers(line),
  });
  await using connection = await connectEngine(peer.port, { security: 'none' });
  expect(await connection.size(at('/x'), { signal: live })).toBeUndefined();
});

const gigabyte = 1024 ** 3;

const streamInClear = {
  security: 'none',
  rungs: [{ mode: 'stream', dataPort: 'epsv' }],
} as const satisfies EngineOverrides;

/** A server whose listings come from another port of loopback, and are always confirmed. */
function listingPeer(dataPort: number): Promise<ScriptedPeer> {
  return scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) => {
      if (line === 'EPSV') return `229 Here (|||${dataPort}|)\r\n`;
      if (line.startsWith('MLSD')) return '150 Coming\r\n226 Done\r\n';
      return line === 'ABOR' ? '226 Nothing to abort\r\n' : loginAnswers(line);
    },
  });
}
