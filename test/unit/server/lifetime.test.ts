import { describe, expect, test } from 'vitest';
import { memoryFolder } from '../../../src/server/folder/memoryFolder.ts';
import { FtpPeer } from '../../support/ftpPeer.ts';
import { startTestServer, startTlsServer } from './testServer.ts';

/** What keeps a process alive: sockets, listeners, timers. */
function resources(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => /TCP|TLS|Timeout|Pipe/.test(name) && name !== 'PipeWrap')
    .toSorted();
}

async function oneSession(port: number, round: number): Promise<void> {
  await using peer = await FtpPeer.dial(port);
  await peer.login(round % 2 === 0 ? 'B' : 'S');
  if (round % 4 === 0) {
    const accept = await peer.listen();
    peer.write('RETR hello.txt\r\n');
    await (await accept()).take(1);
  }
  if (round % 4 === 1) await peer.say('EPSV');
  if (round % 4 === 2) await peer.say('QUIT');
}

test('2,000 sessions opened and closed leave no socket, no timer and no listener', async () => {
  const before = resources();
  {
    await using server = await startTestServer();
    for (let round = 0; round < 2_000; round += 20) {
      const batch = Array.from({ length: 20 }, (_, at) => oneSession(server.endpoint.port, at));
      await Promise.all(batch);
    }
    await expect.poll(() => server.counters.controlOpen, { timeout: 5_000 }).toBe(0);
    await expect.poll(() => server.counters.dataOpen, { timeout: 5_000 }).toBe(0);
    expect(server.counters).toMatchObject({ controlOpened: 2_000, dataOpened: 500 });
  }
  await expect.poll(resources, { timeout: 5_000 }).toEqual(before);
}, 60_000);

describe('a server that ends', () => {
  const folder = memoryFolder({ '/big': Buffer.alloc(64 * 1024 * 1024), '/small': 'small' });

  test.each([
    ['in the clear', startTestServer, undefined],
    ['under TLS', startTlsServer, {}],
  ] as const)('says 421 and ends running transfers %s', async (_name, start, security) => {
    const before = resources();
    {
      const server = await start({ folder });
      await using idle = await FtpPeer.dial(server.endpoint.port);
      await using sending = await FtpPeer.dial(server.endpoint.port);
      await using storing = await FtpPeer.dial(server.endpoint.port);
      await using passive = await FtpPeer.dial(server.endpoint.port);
      for (const peer of [sending, storing, passive]) await peer.login('B', security);
      const acceptDown = await sending.listen();
      sending.write('RETR big\r\n');
      const down = await acceptDown();
      down.stream.pause();
      const acceptUp = await storing.listen();
      storing.write('STOR up\r\n');
      const up = await acceptUp();
      up.sendBlock('some', 0);
      await passive.say('EPSV');
      passive.write('RETR small\r\n');
      expect((await sending.reply()).slice(0, 3)).toBe('150');
      expect((await storing.reply()).slice(0, 3)).toBe('150');
      expect((await passive.reply()).slice(0, 3)).toBe('150');
      await server[Symbol.asyncDispose]();
      expect(server.counters).toMatchObject({ controlOpen: 0, dataOpen: 0 });
      for (const peer of [idle, sending, storing, passive]) {
        expect(await peer.farewell()).toContain('421 The server is closing\r\n');
      }
      await expect(FtpPeer.dial(server.endpoint.port)).rejects.toThrow('ECONNREFUSED');
    }
    await expect.poll(resources, { timeout: 5_000 }).toEqual(before);
  });

  test('may be ended twice', async () => {
    const server = await startTestServer();
    await server[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    expect(server.counters.controlOpen).toBe(0);
  });

  test('does not wait for a client that never closes its end', async () => {
    const server = await startTestServer({ limits: { linger: 20 } });
    await using stubborn = await FtpPeer.dial(server.endpoint.port);
    stubborn.pauseReading();
    await server[Symbol.asyncDispose]();
    expect(server.counters.controlOpen).toBe(0);
  });
});
