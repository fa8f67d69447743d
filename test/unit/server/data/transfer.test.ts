import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { memoryFolder } from '../../../../src/server/folder/memoryFolder.ts';
import type { FtpServerOptions } from '../../../../src/server/options.ts';
import { FtpPeer, type PeerData } from '../../../support/ftpPeer.ts';
import { startTestServer } from '../testServer.ts';

/** A logged-in peer that listens on its default data port. */
async function peerOf(
  server: { endpoint: { port: number } },
  mode: 'S' | 'B',
): Promise<{ peer: FtpPeer; accept: () => Promise<PeerData> } & AsyncDisposable> {
  const peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login(mode);
  const accept = await peer.listen();
  return { peer, accept, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

async function codes(peer: FtpPeer, count: number): Promise<string> {
  const all = [];
  for (let at = 0; at < count; at++) all.push((await peer.reply()).slice(0, 3));
  return all.join(' ');
}

/** Sends `lines`, feeds the content to the one transfer among them, gives all codes. */
async function upload(server: StartedServer, lines: string[], content: string): Promise<string> {
  await using client = await peerOf(server, 'S');
  for (const line of lines.slice(0, -1)) await client.peer.say(line);
  client.peer.write(`${lines.at(-1)}\r\n`);
  const data = await client.accept();
  const preliminary = await client.peer.reply();
  data.stream.end(content);
  return `${preliminary} / ${(await client.peer.reply()).slice(0, 3)}`;
}

async function download(server: StartedServer, lines: string[]): Promise<string> {
  await using client = await peerOf(server, 'S');
  for (const line of lines.slice(0, -1)) await client.peer.say(line);
  client.peer.write(`${lines.at(-1)}\r\n`);
  const data = await client.accept();
  const content = (await data.rest()).toString('latin1');
  expect(await codes(client.peer, 2)).toBe('150 226');
  return content;
}

type StartedServer = Awaited<ReturnType<typeof startTestServer>>;
const opening = '150 Opening the data connection';

describe('offsets', () => {
  test('RETR goes on from the offset that REST named, once', async () => {
    await using server = await startTestServer();
    expect(await download(server, ['REST 6', 'RETR hello.txt'])).toBe('world\n');
    await using client = await peerOf(server, 'S');
    await client.peer.say('REST 13');
    expect(await client.peer.say('RETR hello.txt')).toBe('554 The file ends before that offset');
    client.peer.write('RETR hello.txt\r\n');
    expect((await (await client.accept()).rest()).toString()).toBe('hello world\n');
  });

  test.each(['hello.txt', 'new.txt'])(
    'an upload of %s beyond its end is refused, and leaves nothing behind',
    async (name) => {
      await using server = await startTestServer();
      await using client = await peerOf(server, 'S');
      for (const verb of ['STOR', 'APPE']) {
        expect(await client.peer.codes('REST 13', `${verb} ${name}`)).toEqual(['350', '554']);
      }
      const there = name === 'hello.txt';
      expect(await client.peer.say(`SIZE ${name}`)).toBe(
        there ? '213 12' : '550 No such file or folder',
      );
      if (there) expect(await upload(server, ['REST 12', `STOR ${name}`], '!')).toMatch(/226$/);
    },
  );

  test('STOR after REST writes in place and leaves the tail; APPE after REST does the same', async () => {
    await using server = await startTestServer();
    expect(await upload(server, ['REST 2', 'STOR hello.txt'], 'LL')).toBe(`${opening} / 226`);
    expect(await download(server, ['RETR hello.txt'])).toBe('heLLo world\n');
    expect(await upload(server, ['REST 6', 'APPE hello.txt'], 'W')).toBe(`${opening} / 226`);
    expect(await download(server, ['RETR hello.txt'])).toBe('heLLo World\n');
    expect(await upload(server, ['REST 0', 'APPE hello.txt'], 'more')).toBe(`${opening} / 226`);
    expect(await download(server, ['RETR hello.txt'])).toBe('heLLo World\nmore');
  });

  test('APPE makes a file that is not there, STOR empties one that is', async () => {
    await using server = await startTestServer();
    await upload(server, ['APPE new'], 'one');
    await upload(server, ['APPE new'], 'two');
    expect(await download(server, ['RETR new'])).toBe('onetwo');
    await upload(server, ['STOR new'], '');
    expect(await download(server, ['RETR new'])).toBe('');
  });
});

test('STOU names the file it makes and overwrites none', async () => {
  await using server = await startTestServer();
  expect(await upload(server, ['STOU hello.txt'], 'a')).toBe('150 FILE: hello.txt.1 / 226');
  expect(await upload(server, ['STOU hello.txt'], 'b')).toBe('150 FILE: hello.txt.2 / 226');
  expect(await upload(server, ['STOU'], 'c')).toBe('150 FILE: file / 226');
  expect(await download(server, ['RETR hello.txt.2'])).toBe('b');
  expect(await download(server, ['RETR hello.txt'])).toBe('hello world\n');
});

test('TYPE A ends lines with CRLF on the wire and with LF in the file', async () => {
  await using server = await startTestServer();
  await upload(server, ['TYPE A', 'STOR lines'], 'a\r\nb\rc\r\n\r');
  expect(await download(server, ['TYPE I', 'RETR lines'])).toBe('a\nb\rc\n\r');
  expect(await download(server, ['TYPE A', 'RETR lines'])).toBe('a\r\nb\rc\r\n\r');
});

test('a STOR that is refused, or whose data connection never comes, leaves the old file', async () => {
  await using server = await startTestServer();
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  // No program listens.
  expect(await peer.codes('STOR hello.txt', 'NOOP')).toEqual(['150', '425']);
  expect(await peer.reply()).toBe('200 Still here');
  expect(await peer.say('SIZE hello.txt')).toBe('213 12');
});

test('an upload that breaks off inside a block is 426 and leaves what came', async () => {
  await using server = await startTestServer();
  await using client = await peerOf(server, 'B');
  client.peer.write('STOR part\r\n');
  const data = await client.accept();
  await client.peer.reply();
  data.sendBlock('whole', 0);
  data.stream.end(Buffer.from([0x40, 0, 9, 0x68]));
  expect(await client.peer.reply()).toBe('426 The data connection ended inside the file');
  expect(await client.peer.say('SIZE part')).toBe('213 6');
  await expect.poll(() => server.counters.dataOpen).toBe(0);
});

test('what is no block is 426, and the connection is not used again', async () => {
  await using server = await startTestServer();
  await using client = await peerOf(server, 'B');
  client.peer.write('STOR part\r\n');
  const data = await client.accept();
  await client.peer.reply();
  data.stream.write('raw content');
  expect(await client.peer.reply()).toBe('426 The data did not come in blocks');
  await data.closed;
});

test('a restart marker is answered with 110 and is no content', async () => {
  await using server = await startTestServer();
  await using client = await peerOf(server, 'B');
  client.peer.write('STOR marked\r\n');
  const data = await client.accept();
  await client.peer.reply();
  data.sendBlock('before', 0);
  data.sendBlock('M1', 0x10);
  data.sendBlock('after', 0xc0);
  expect(await client.peer.reply()).toBe('110 MARK M1 = 6');
  expect(await client.peer.reply()).toBe('250 Transfer complete');
  expect(await client.peer.say('STAT marked')).toContain(' 11 ');
});

test('two files sent in one write, the second before its reply, end up in their own files', async () => {
  await using server = await startTestServer();
  await using client = await peerOf(server, 'B');
  client.peer.write('STOR one\r\nSTOR two\r\n');
  const data = await client.accept();
  data.stream.write(Buffer.from('\x40\x00\x011\x40\x00\x022!', 'latin1'));
  expect(await codes(client.peer, 4)).toBe('150 250 125 250');
  expect(await client.peer.say('SIZE one')).toBe('213 1');
  expect(await client.peer.say('SIZE two')).toBe('213 2');
});

describe('ABOR', () => {
  const big: Partial<FtpServerOptions> = {
    folder: memoryFolder({ '/big': Buffer.alloc(64 * 1024 * 1024), '/small': 'small' }),
  };

  test.each(['ABOR\r\n', '\xff\xf4\xffABOR\r\n', '\xff\xf4\xff\xf2ABOR\r\n'])(
    'ends a running RETR: 426, then 226, and the next one dials again (%j)',
    async (line) => {
      await using server = await startTestServer(big);
      await using client = await peerOf(server, 'B');
      client.peer.write('RETR big\r\n');
      const data = await client.accept();
      data.stream.pause();
      expect((await client.peer.reply()).slice(0, 3)).toBe('150');
      client.peer.write(line);
      expect(await client.peer.reply()).toBe('426 Transfer aborted');
      expect(await client.peer.reply()).toBe('226 No transfer is running any more');
      data.stream.resume();
      await data.closed;
      client.peer.write('RETR small\r\n');
      expect((await (await client.accept()).file()).content.toString()).toBe('small');
      expect(await codes(client.peer, 2)).toBe('150 250');
    },
  );

  test('ends a STOR that waits for bytes', async () => {
    await using server = await startTestServer();
    await using client = await peerOf(server, 'B');
    client.peer.write('STOR slow\r\n');
    const data = await client.accept();
    await client.peer.reply();
    data.sendBlock('some', 0);
    client.peer.write('ABOR\r\n');
    expect(await codes(client.peer, 2)).toBe('426 226');
    await data.closed;
  });

  test('ends the wait for a passive data connection', async () => {
    await using server = await startTestServer();
    await using client = await peerOf(server, 'S');
    await client.peer.say('EPSV');
    client.peer.write('RETR hello.txt\r\n');
    expect(await codes(client.peer, 1)).toBe('150');
    client.peer.write('ABOR\r\n');
    expect(await codes(client.peer, 2)).toBe('426 226');
  });

  test('takes back the transfers sent ahead of it, and nothing else', async () => {
    await using server = await startTestServer(big);
    await using client = await peerOf(server, 'B');
    client.peer.write('RETR big\r\nRETR small\r\nSIZE small\r\n');
    const data = await client.accept();
    data.stream.pause();
    expect(await codes(client.peer, 1)).toBe('150');
    client.peer.write('ABOR\r\nNOOP\r\n');
    expect(await codes(client.peer, 5)).toBe('426 426 213 226 200');
  });

  test('without a transfer is 226', async () => {
    await using server = await startTestServer();
    await using client = await peerOf(server, 'B');
    expect(await client.peer.say('ABOR')).toBe('226 No transfer is running any more');
  });
});

test('STAT in the middle of a transfer is answered at once, QUIT after its end', async () => {
  await using server = await startTestServer();
  await using client = await peerOf(server, 'B');
  client.peer.write('STOR slow\r\n');
  const data = await client.accept();
  await client.peer.reply();
  expect(await client.peer.say('STAT')).toContain('\n A transfer is running\n');
  client.peer.write('QUIT\r\n');
  data.sendBlock('done');
  expect(await codes(client.peer, 2)).toBe('250 221');
  await client.peer.farewell();
});

test('a transfer whose client stops reading ends in time', async () => {
  await using server = await startTestServer({
    folder: memoryFolder({ '/big': Buffer.alloc(64 * 1024 * 1024) }),
    limits: { stall: 50 },
  });
  await using client = await peerOf(server, 'B');
  client.peer.write('RETR big\r\n');
  const data = await client.accept();
  data.stream.pause();
  expect(await codes(client.peer, 2)).toBe('150 426');
});

test('200 commands in one write are answered in order', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 100 }, (_, at) => [`/f${at}`, 'x'.repeat(at)]),
  );
  await using server = await startTestServer({ folder: memoryFolder(files) });
  await using client = await peerOf(server, 'B');
  const lines = Array.from({ length: 100 }, (_, at) => `SIZE f${at}\r\nMLST f${at}\r\n`);
  client.peer.write(lines.join(''));
  for (let at = 0; at < 100; at++) {
    expect(await client.peer.reply()).toBe(`213 ${at}`);
    expect(await client.peer.reply()).toContain(`;size=${at};`.slice(1));
  }
});

test('a thousand RETR in one write come back whole and in order on one connection', async () => {
  const contents = Array.from({ length: 1_000 }, (_, at) =>
    createHash('sha256').update(`${at}`).digest(),
  );
  const files = Object.fromEntries(contents.map((content, at) => [`/f${at}`, content]));
  await using server = await startTestServer({ folder: memoryFolder(files) });
  await using client = await peerOf(server, 'B');
  client.peer.write(contents.map((_, at) => `RETR f${at}\r\n`).join(''));
  const data = await client.accept();
  for (const content of contents) expect((await data.file()).content.equals(content)).toBe(true);
  expect(await codes(client.peer, 2_000)).toBe(
    ['150 250', ...Array.from({ length: 999 }, () => '125 250')].join(' '),
  );
  expect(server.counters.dataOpened).toBe(1);
});

test('commands that come byte by byte are the same commands', async () => {
  await using server = await startTestServer();
  await using client = await peerOf(server, 'B');
  for (const letter of 'SIZE hello.txt\r\nPWD\n') {
    client.peer.write(letter);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  expect(await codes(client.peer, 2)).toBe('213 257');
});
