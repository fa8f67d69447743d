import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import { type Faults, personalities, personalityOf } from '../../../src/server/personality.ts';
import { FtpPeer, type PeerData } from '../../support/ftpPeer.ts';
import { startTestServer } from './testServer.ts';

interface Client extends AsyncDisposable {
  readonly peer: FtpPeer;
  readonly accept: () => Promise<PeerData>;
}

async function clientOf(server: FtpServer): Promise<Client> {
  const peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  const accept = await peer.listen();
  return { peer, accept, [Symbol.asyncDispose]: () => peer[Symbol.asyncDispose]() };
}

async function codes(peer: FtpPeer, count: number): Promise<string> {
  const all = [];
  for (let at = 0; at < count; at++) all.push((await peer.reply()).slice(0, 3));
  return all.join(' ');
}

/** The port below a peer's own may belong to another program: another peer has another one. */
async function peerWithPortBelow(
  server: FtpServer,
): Promise<{ peer: FtpPeer; below: () => Promise<PeerData> }> {
  for (;;) {
    const peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B');
    const below = await peer.listen(peer.port - 1).catch(() => undefined);
    if (below) return { peer, below };
    await peer[Symbol.asyncDispose]();
  }
}

const stillClock = { ...systemClock, now: () => Date.UTC(2026, 10, 22, 18, 5) };

describe('personalities', () => {
  test('IIS lists as DOS does, keeps the connection with 226, and renames over nothing', async () => {
    const folder = memoryFolder({ '/a file': 'abc', '/sub/x': '', '/other': '' }, stillClock);
    await using server = await startTestServer({ folder, personality: personalities.iis });
    await using client = await clientOf(server);
    client.peer.write('LIST\r\n');
    const data = await client.accept();
    expect((await data.file()).content.toString()).toBe(
      '11-22-26  06:05PM                    3 a file\r\n' +
        '11-22-26  06:05PM       <DIR>          sub\r\n' +
        '11-22-26  06:05PM                    0 other\r\n',
    );
    expect(await codes(client.peer, 2)).toBe('150 226');
    expect(data.ended).toBe(false);
    expect(
      await client.peer.codes('MLSD', 'RNFR a file', 'RNTO other', 'RNFR a file', 'RNTO b'),
    ).toEqual(['500', '350', '550', '350', '250']);
  });

  test('one that does not frame says 200 to MODE B and sends raw', async () => {
    await using server = await startTestServer({ personality: personalities['no-framing'] });
    await using client = await clientOf(server);
    client.peer.write('RETR hello.txt\r\n');
    expect((await (await client.accept()).rest()).toString()).toBe('hello world\n');
    expect(await codes(client.peer, 2)).toBe('150 226');
  });

  test('one that refuses block mode says 504', async () => {
    await using server = await startTestServer({ personality: { blockMode: 'refused' } });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    expect(await peer.codes('USER anna', 'PASS secret', 'MODE B', 'MODE S')).toEqual([
      '331',
      '230',
      '504',
      '200',
    ]);
  });

  test('server "a" ends files on the last block, and not at all at a multiple of its length', async () => {
    const folder = memoryFolder({
      '/odd': Buffer.alloc(4097),
      '/even': Buffer.alloc(8192),
      '/0': '',
    });
    await using server = await startTestServer({
      folder,
      personality: personalities['framed-eof-on-data'],
    });
    await using client = await clientOf(server);
    client.peer.write('RETR odd\r\n');
    const data = await client.accept();
    expect((await data.file()).headers).toEqual(['001000', '400001']);
    expect(await codes(client.peer, 2)).toBe('150 226');
    client.peer.write('RETR even\r\nRETR 0\r\n');
    expect(await codes(client.peer, 4)).toBe('125 226 125 226');
    const bytes = await data.take(8192 + 6);
    expect(bytes.subarray(0, 3).toString('hex')).toBe('001000');
    expect(bytes.subarray(4099, 4102).toString('hex')).toBe('001000');
    expect(await client.peer.say('RETR absent')).toBe('550 No such file or folder');
    expect((await data.rest()).length).toBe(0);
  });

  test('server "b" closes after each transfer, marks records, and lists raw', async () => {
    await using server = await startTestServer({ personality: personalities['close-each'] });
    await using client = await clientOf(server);
    client.peer.write('RETR hello.txt\r\n');
    expect((await (await client.accept()).rest()).toString('latin1')).toBe(
      '\xc0\0\x0chello world\n',
    );
    expect(await codes(client.peer, 2)).toBe('150 226');
    client.peer.write('LIST folder\r\n');
    expect((await (await client.accept()).rest()).toString()).toMatch(/^total 1\r\n-rw-r--r-- /);
    expect(await codes(client.peer, 2)).toBe('150 226');
  });

  test('MLSD raw comes over a connection of its own, as RFC 3659 has it', async () => {
    await using server = await startTestServer({ personality: { rawMlsd: true } });
    await using client = await clientOf(server);
    client.peer.write('RETR hello.txt\r\n');
    const kept = await client.accept();
    await kept.file();
    client.peer.write('MLSD\r\n');
    expect((await (await client.accept()).rest()).toString()).toMatch(/^type=file;/);
    expect(await codes(client.peer, 4)).toBe('150 250 150 226');
  });

  test('the end of a file may be marked on its last block, or the connection one port lower', async () => {
    await using server = await startTestServer({
      personality: { endOfFile: 'onData', blockLength: 5, dialsBelowDefault: true },
    });
    const { peer, below } = await peerWithPortBelow(server);
    await using _ = peer;
    peer.write('RETR hello.txt\r\n');
    expect((await (await below()).file()).headers).toEqual(['000005', '000005', '400002']);
  });

  test('are known by name', () => {
    expect(personalityOf('iis')).toBe(personalities.iis);
    expect(personalityOf('toString')).toBeUndefined();
  });
});

describe('faults', () => {
  test('silence, delay and refusal take the verbs they are told, and end when taken back', async () => {
    const faults: Faults = { silent: ['NOOP'], refusals: { PWD: 421 }, delays: { SYST: 5 } };
    await using server = await startTestServer({ faults });
    await using client = await clientOf(server);
    client.peer.write('NOOP\r\n');
    expect(await client.peer.codes('PWD', 'SYST')).toEqual(['421', '215']);
    delete faults.silent;
    expect(await client.peer.codes('NOOP')).toEqual(['200']);
  });

  test('a download breaks off after so many bytes', async () => {
    const faults: Faults = { dropAfterBytes: 5 };
    await using server = await startTestServer({ faults });
    await using client = await clientOf(server);
    client.peer.write('RETR hello.txt\r\n');
    const data = await client.accept();
    expect((await data.rest()).toString('latin1')).toBe('\0\0\x0chello');
    expect(await codes(client.peer, 2)).toBe('150 426');
  });

  test('an upload breaks off after so many bytes', async () => {
    await using server = await startTestServer({ faults: { dropAfterBytes: 3 } });
    await using client = await clientOf(server);
    client.peer.write('STOR up\r\n');
    const data = await client.accept();
    data.sendBlock('content');
    expect(await codes(client.peer, 2)).toBe('150 426');
    expect(await client.peer.say('SIZE up')).toBe('213 3');
  });

  test.each([426, 451] as const)(
    'a block is cut in half, %i, and the connection stays',
    async (code) => {
      await using server = await startTestServer({ faults: { cutBlockCode: code } });
      await using client = await clientOf(server);
      client.peer.write('RETR hello.txt\r\n');
      const data = await client.accept();
      expect(await codes(client.peer, 2)).toBe(`150 ${code}`);
      expect((await data.take(9)).toString('latin1')).toBe('\0\0\x0chello ');
      expect(data.ended).toBe(false);
    },
  );

  test('an upload is refused after its bytes, or confirmed and damaged', async () => {
    const faults: Faults = { refusesStoredData: true };
    await using server = await startTestServer({ faults });
    await using client = await clientOf(server);
    client.peer.write('STOR up\r\n');
    (await client.accept()).sendBlock('\xff\x01');
    expect(await codes(client.peer, 2)).toBe('150 552');
    faults.refusesStoredData = false;
    faults.corruptsUploads = true;
    client.peer.write('STOR up\r\n');
    (await client.accept()).sendBlock(Buffer.from([1, 255, 2]));
    expect(await codes(client.peer, 2)).toBe('150 250');
    expect(await client.peer.say('SIZE up')).toBe('213 2');
  });

  test('a download loses a byte, or carries a marker', async () => {
    const faults: Faults = { shortensDownloads: true };
    await using server = await startTestServer({ faults });
    await using client = await clientOf(server);
    client.peer.write('RETR hello.txt\r\n');
    const data = await client.accept();
    expect((await data.file()).content.toString()).toBe('hello world');
    faults.shortensDownloads = false;
    faults.sendsMarkers = true;
    client.peer.write('RETR hello.txt\r\n');
    expect((await data.file()).headers).toEqual(['100001', '00000c', '400000']);
  });

  test('a STOR is confirmed only when the client has closed the data connection', async () => {
    await using server = await startTestServer({ faults: { withholdsStoreReply: true } });
    await using client = await clientOf(server);
    client.peer.write('STOR up\r\n');
    const data = await client.accept();
    data.sendBlock('content');
    expect(await codes(client.peer, 1)).toBe('150');
    expect(await client.peer.say('STAT')).toContain('A transfer is running');
    data.stream.end();
    expect((await client.peer.reply()).slice(0, 1)).toBe('2');
    expect(await client.peer.say('SIZE up')).toBe('213 7');
  });

  test('the kept connection is closed a while after the reply', async () => {
    await using server = await startTestServer({ faults: { closesDataAfterMs: 10 } });
    await using client = await clientOf(server);
    client.peer.write('RETR hello.txt\r\n');
    const data = await client.accept();
    await data.file();
    expect(await codes(client.peer, 2)).toBe('150 250');
    await data.closed;
  });

  test('the server never dials, or names another address', async () => {
    const faults: Faults = { neverDials: true, passiveHost: '10.1.2.3' };
    await using server = await startTestServer({ faults, limits: { dataConnection: 20 } });
    await using client = await clientOf(server);
    client.peer.write('RETR hello.txt\r\n');
    expect(await codes(client.peer, 2)).toBe('150 425');
    expect(await client.peer.say('PASV')).toContain('(10,1,2,3,');
  });
});
