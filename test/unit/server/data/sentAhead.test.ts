import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { memoryFolder } from '../../../../src/server/folder/memoryFolder.ts';
import { FtpPeer, type PeerData, type PeerTls } from '../../../support/ftpPeer.ts';
import { startTestServer, startTlsServer } from '../testServer.ts';

const securities: [string, PeerTls | undefined][] = [
  ['in the clear', undefined],
  ['under TLS 1.3', { minVersion: 'TLSv1.3' }],
];

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex');

function blockOf(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from([0x40, bytes.length >> 8, bytes.length & 255]), bytes]);
}

async function replies(peer: FtpPeer, count: number): Promise<string[]> {
  const all: string[] = [];
  for (let at = 0; at < count; at++) all.push(await peer.reply());
  return all;
}

const codesOf = (all: readonly string[]): string => all.map((text) => text.slice(0, 3)).join(' ');

/** Opens the data connection by a first listing. */
async function openData(peer: FtpPeer): Promise<PeerData> {
  const accept = await peer.listen();
  peer.write('NLST folder\r\n');
  const data = await accept();
  await data.file();
  await replies(peer, 2);
  return data;
}

describe.each(securities)('commands that are sent ahead %s', (_name, security) => {
  const start = security ? startTlsServer : startTestServer;

  test('a thousand files come in the order in which they were asked for', async () => {
    const names = upTo(1_000).map((number) => `/f${number}`);
    const folder = memoryFolder({
      ...Object.fromEntries(names.map((name) => [name, `content of ${name}`])),
      '/folder/inner.txt': 'inner',
    });
    await using server = await start({ folder });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const data = await openData(peer);
    peer.write(names.map((name) => `RETR ${name}\r\n`).join(''));
    for (const name of names) {
      expect((await data.file()).content.toString()).toBe(`content of ${name}`);
    }
    const codes = codesOf(await replies(peer, 2 * names.length));
    expect(codes).toBe(names.map(() => '125 250').join(' '));
    expect(server.counters.dataOpened).toBe(1);
  });

  test('two hundred listings come in order, a refused one among them', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const data = await openData(peer);
    const listing = 'MLSD folder\r\n'.repeat(100);
    peer.write(`${listing}MLSD absent\r\n${listing}`);
    for (const _ of upTo(200)) expect((await data.file()).content.toString()).toContain('inner');
    const done = upTo(100).map(() => '125 250');
    expect(codesOf(await replies(peer, 401))).toBe([...done, '550', ...done].join(' '));
  });

  test('uploads whose bytes come in one piece before any of their replies are each whole', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const data = await openData(peer);
    const contents = upTo(30).map((number) => `upload ${number} `.repeat(number));
    data.stream.write(Buffer.concat(contents.map(blockOf)));
    peer.write(contents.map((_, at) => `STOR u${at}\r\nHASH u${at}\r\n`).join(''));
    peer.write(contents.map((_, at) => `RNFR u${at}\r\nRNTO v${at}\r\n`).join(''));
    for (const [at, content] of contents.entries()) {
      const [begun, done, hash] = await replies(peer, 3);
      expect(codesOf([begun ?? '', done ?? ''])).toBe('125 250');
      expect(hash).toBe(`213 SHA-256 0-${content.length} ${hashOf(content)} u${at}`);
    }
    for (const _ of contents) expect(codesOf(await replies(peer, 2))).toBe('350 250');
  });

  test('the bytes of a refused upload are those of the next one, and HASH tells', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const data = await openData(peer);
    data.stream.write(Buffer.concat(['one', 'two'].map(blockOf)));
    peer.write('STOR folder\r\nSTOR b\r\nHASH b\r\nSTOR c\r\nHASH c\r\n');
    expect(codesOf(await replies(peer, 1))).toBe('550');
    const [, , hashB, , , hashC] = await replies(peer, 6);
    expect(hashB).toContain(hashOf('one'));
    expect(hashC).toContain(hashOf('two'));
    expect(server.counters.dataOpened).toBe(1);
  });

  test('more bytes ahead than the server takes wait, until STOR comes for them', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const data = await openData(peer);
    const block = blockOf('x'.repeat(60_000));
    const files = 300;
    data.stream.write(Buffer.concat(upTo(files).map(() => block)));
    expect((await peer.say('NOOP')).slice(0, 3)).toBe('200');
    expect(server.counters.bytesReceived).toBe(0);
    expect(data.stream.writableLength).toBeGreaterThan(0);
    peer.write('STOR same\r\n'.repeat(files));
    expect(codesOf(await replies(peer, 2 * files))).toBe(
      upTo(files)
        .map(() => '125 250')
        .join(' '),
    );
    expect(server.counters.bytesReceived).toBe(files * 60_000);
  });

  test('ABOR ends the running upload, and cancels what was sent ahead of it', async () => {
    await using server = await start();
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B', security);
    const data = await openData(peer);
    peer.write(`STOR up\r\n${'RETR hello.txt\r\n'.repeat(1_000)}`);
    expect(codesOf(await replies(peer, 1))).toBe('125');
    peer.write('ABOR\r\n');
    const cancelled = Array.from({ length: 1_001 }, () => '426').join(' ');
    expect(codesOf(await replies(peer, 1_002))).toBe(`${cancelled} 226`);
    await data.closed;
    expect(codesOf([await peer.say('NOOP')])).toBe('200');
  });
});

test('replies to what was sent ahead leave together', async () => {
  await using server = await startTestServer();
  const socket = connect({ host: '127.0.0.1', port: server.endpoint.port });
  await once(socket, 'connect');
  let writes = 0;
  let text = '';
  socket.on('data', (chunk) => {
    writes += 1;
    text += String(chunk);
  });
  socket.write('USER anna\r\nPASS secret\r\n');
  await expect.poll(() => text).toContain('230 Logged in\r\n');
  writes = 0;
  socket.write(`${'NOOP\r\n'.repeat(800)}PWD\r\n`);
  await expect.poll(() => text).toContain('is the current folder\r\n');
  // A write may come in parts of others, never in more parts than there were writes.
  expect(text.match(/^200 /gm)).toHaveLength(800);
  expect(writes).toBeLessThan(120);
  socket.destroy();
});
