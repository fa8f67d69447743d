import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import type { FileReader, ServedFolder } from '../../../src/server/folder/servedFolder.ts';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import { FtpPeer } from '../../support/ftpPeer.ts';
import { FakeClock } from '../session/fakeClock.ts';
import { changedFolder, startTestServer, startTlsServer } from './testServer.ts';
import { listeningLogger } from '../../support/listeningLogger.ts';

const flooders = 5;

/** How many commands the others got answered while one client had each of its own answered. */
async function answeredPerCommand(server: FtpServer, login: boolean): Promise<number> {
  const dial = (): Promise<FtpPeer> => FtpPeer.dial(server.endpoint.port);
  await using bystander = await dial();
  const others = await Promise.all(Array.from({ length: flooders }, dial));
  try {
    for (const other of others) {
      if (login) await other.login('B');
      other.write('NOOP\r\n'.repeat(20_000));
    }
    const answered = (): number => server.counters.commands.get('NOOP') ?? 0;
    await expect.poll(answered).toBeGreaterThan(flooders);
    const before = answered();
    const own = 20;
    for (let each = 0; each < own; each++) await bystander.say('NOOP');
    return (answered() - before - own) / own;
  } finally {
    for (const other of others) await other[Symbol.asyncDispose]();
  }
}

test('a client beside five that flood is answered after a few commands of each', async () => {
  await using server = await startTestServer();
  // A round of the event loop sees its command, another one answers it.
  expect(await answeredPerCommand(server, false)).toBeLessThan(flooders * 20);
});

test('what a client that has logged in sends ahead is read ahead, and answered one by one', async () => {
  await using server = await startTestServer();
  await using other = await FtpPeer.dial(server.endpoint.port);
  await other.login('B');
  await using bystander = await FtpPeer.dial(server.endpoint.port);
  other.write('NOOP\r\n'.repeat(3_000));
  await expect.poll(() => other.unread.length).toBeGreaterThan(0);
  const before = other.unread.length;
  await bystander.say('NOOP');
  expect((other.unread.length - before) / '200 Still here\r\n'.length).toBeLessThan(100);
});

test('who never logs in is sent away, whatever is said meanwhile', async () => {
  const clock = new FakeClock();
  await using server = await startTestServer({ clock });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.codes('NOOP', 'USER anna')).toEqual(['200', '331']);
  clock.advance(59_999);
  expect(await peer.codes('NOOP')).toEqual(['200']);
  clock.advance(1);
  expect(await peer.farewell()).toBe('421 You have not logged in for too long\r\n');
});

test('a client that has logged in stays, and after REIN has the whole time again', async () => {
  const clock = new FakeClock();
  await using server = await startTestServer({ clock });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  clock.advance(200_000);
  expect(await peer.codes('NOOP', 'REIN')).toEqual(['200', '220']);
  clock.advance(59_999);
  expect(await peer.codes('NOOP')).toEqual(['200']);
  clock.advance(1);
  expect(await peer.farewell()).toBe('421 You have not logged in for too long\r\n');
});

test('half a TLS handshake is not waited for', async () => {
  const clock = new FakeClock();
  await using server = await startTlsServer({ clock });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.say('AUTH TLS');
  peer.write('\x16\x03\x01\x02');
  clock.advance(10_000);
  await peer.farewell();
  await expect.poll(() => server.counters.controlOpen).toBe(0);
});

test('a client that reads no replies does not stay for ever', async () => {
  await using server = await startTestServer({ limits: { stall: 30, login: 60_000 } });
  const socket = connect({ host: '127.0.0.1', port: server.endpoint.port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.pause();
  const flood = Buffer.from('HELP\r\n'.repeat(10_000));
  for (let each = 0; each < 40; each++) socket.write(flood);
  await expect.poll(() => server.counters.controlOpen, { timeout: 15_000 }).toBe(0);
  socket.destroy();
});

test('sixteen connections of one client come and log in side by side', async () => {
  await using server = await startTestServer();
  const all = Array.from({ length: 16 }, () => FtpPeer.dial(server.endpoint.port));
  for (const peer of await Promise.all(all)) {
    await peer.login('B');
    await peer[Symbol.asyncDispose]();
  }
});

test('a refused login stands in the log with its address, and nothing in it acts', async () => {
  const warned: string[] = [];
  const logger = listeningLogger(['warn'], (line) => warned.push(line));
  await using server = await startTestServer({ logger });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.codes('USER an\x1b[2Jna', 'PASS wrong');
  expect(warned).toEqual(['A login as "an\\x1b[2Jna" from 127.0.0.1 was refused.']);
});

test('refused logins make the next wait, on another connection too', async () => {
  const slept: number[] = [];
  const clock = {
    ...systemClock,
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  await using server = await startTestServer({ clock, limits: { badPasswordDelay: 100 } });
  for (let attempt = 0; attempt < 3; attempt++) {
    await using peer = await FtpPeer.dial(server.endpoint.port);
    expect(await peer.codes('USER anna', 'PASS wrong')).toEqual(['331', '530']);
  }
  await using peer = await FtpPeer.dial(server.endpoint.port);
  expect(await peer.codes('USER anna', 'PASS secret')).toEqual(['331', '230']);
  await using again = await FtpPeer.dial(server.endpoint.port);
  expect(await again.codes('USER anna', 'PASS secret')).toEqual(['331', '230']);
  // Each refusal waits the usual time; what comes next waits before it is looked at.
  expect(slept).toEqual([100, 100, 100, 200, 100, 400]);
});

/** A file whose bytes never end. */
function endlessFolder(): { folder: ServedFolder; closed: Promise<void>; reading: Promise<void> } {
  const closed = Promise.withResolvers<void>();
  const reading = Promise.withResolvers<void>();
  const folder = memoryFolder({ '/endless': 'x' });
  const openRead = async (...args: Parameters<ServedFolder['openRead']>): Promise<FileReader> => {
    const { entry } = await folder.openRead(...args);
    return {
      entry: { ...entry, size: 2 ** 40 },
      read: async () => {
        reading.resolve();
        await systemClock.sleep(1);
        return 10;
      },
      [Symbol.asyncDispose]: async () => closed.resolve(),
    };
  };
  return {
    folder: changedFolder(folder, { openRead }),
    closed: closed.promise,
    reading: reading.promise,
  };
}

test('ABOR ends HASH', async () => {
  const { folder, closed, reading } = endlessFolder();
  await using server = await startTestServer({ folder });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  peer.write('HASH endless\r\nHASH endless\r\n');
  await reading;
  expect(await peer.say('ABOR')).toBe('426 Aborted');
  expect((await peer.reply()).slice(0, 3)).toBe('426');
  expect((await peer.reply()).slice(0, 3)).toBe('226');
  await closed;
  expect(await peer.codes('NOOP')).toEqual(['200']);
});

test.each(['ends', 'breaks'])('HASH ends when its client %s', async (how) => {
  const { folder, closed, reading } = endlessFolder();
  await using server = await startTestServer({ folder });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  peer.write('HASH endless\r\n');
  await reading;
  if (how === 'ends') peer.end();
  else await peer[Symbol.asyncDispose]();
  await closed;
  await expect.poll(() => server.counters.controlOpen).toBe(0);
});
