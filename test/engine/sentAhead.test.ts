import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  provedProfile,
  readWhole,
  startTestServer,
  storeWhole,
} from '../support/engine.ts';
import { listeningLogger } from '../support/listeningLogger.ts';

const contentOf = (index: number): Uint8Array => patternBytes(1_000 + index * 37, index);

const hashOf = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');

/** Logged in, the data connection open. */
async function ready(server: FtpServer, onLine: (line: string) => void): Promise<FtpConnection> {
  const connection = await connectEngine(server.endpoint.port, {
    pipelineDepth: 256,
    profile: provedProfile(),
    logger: listeningLogger(['debug'], onLine),
  });
  await connection.list(at('/'), { signal: live });
  return connection;
}

/** `proved`: confirmed, and the server's hash is that of the content. */
async function storeAhead(connection: FtpConnection, index: number): Promise<unknown> {
  const [path, content] = [at(`/.tmp${index}`), contentOf(index)];
  try {
    await connection.store(path, [content], { signal: live, ahead: 'bytes' });
    const sha256 = await connection.sha256(path, { signal: live });
    return sha256 === hashOf(content) ? 'proved' : 'another file';
  } catch (error) {
    return error;
  }
}

/** A server that refuses this file: a folder has its name. */
const startRefusing = (refused: number, files: Record<string, string> = {}): Promise<FtpServer> =>
  startTestServer({ files: { ...files, [`/.tmp${refused}/inside`]: '' } });

const ten = Array.from({ length: 10 }, (_, index) => index);

test('the bytes of ten files go before any of them is answered', async () => {
  await using server = await startTestServer();
  const lines: string[] = [];
  await using connection = await ready(server, (line) => lines.push(line));
  expect(connection.places('save')).toBe(256);
  const outcomes = await Promise.all(ten.map((index) => storeAhead(connection, index)));
  expect(outcomes).toEqual(ten.map(() => 'proved'));
  const spoken = lines.slice(lines.findIndex((line) => line.startsWith('> STOR')));
  expect(spoken.slice(0, 10).every((line) => line.startsWith('> STOR'))).toBe(true);
  expect([server.counters.controlOpened, server.counters.dataOpened]).toEqual([1, 1]);
});

test.each(ten)(
  'where file %d is refused, no file is proved that has other bytes',
  async (refused) => {
    await using server = await startRefusing(refused);
    await using connection = await ready(server, () => {});
    const outcomes = await Promise.all(ten.map((index) => storeAhead(connection, index)));
    expect(outcomes.filter((outcome) => outcome !== 'proved').length).toBeGreaterThan(0);
    expect(outcomes[refused]).toMatchObject({ reply: { code: 550 } });
    // Where its bytes had not gone yet, the connection goes on, and is in step.
    if (connection.usable) expect(await storeAhead(connection, 10)).toBe('proved');
    await using next = await connectEngine(server.endpoint.port, { profile: provedProfile() });
    for (const [index, outcome] of outcomes.entries()) {
      if (outcome !== 'proved') continue;
      expect(hashOf(await readWhole(next, `/.tmp${index}`))).toBe(hashOf(contentOf(index)));
    }
  },
);

test('a file under its own name waits for all that was sent ahead, and has its own bytes', async () => {
  await using server = await startTestServer({ files: { '/mine': 'old' } });
  const lines: string[] = [];
  await using connection = await ready(server, (line) => lines.push(line));
  const ahead = ten.map((index) => storeAhead(connection, index));
  const mine = storeWhole(connection, '/mine', Buffer.from('new'));
  expect(await Promise.all(ahead)).toEqual(ten.map(() => 'proved'));
  expect(await mine).toBe(3);
  const before = lines.slice(0, lines.indexOf('> STOR /mine'));
  const count = (start: RegExp): number => before.filter((line) => start.test(line)).length;
  expect(count(/^< 125 /)).toBe(10);
  expect(Buffer.from(await readWhole(connection, '/mine')).toString()).toBe('new');
});

test('a file under its own name is not written at all where one that was sent ahead is refused', async () => {
  await using server = await startRefusing(3, { '/mine': 'old' });
  await using connection = await ready(server, () => {});
  const ahead = ten.map((index) => storeAhead(connection, index));
  const mine = storeWhole(connection, '/mine', Buffer.from('new'));
  await expect(mine).rejects.toMatchObject({ remedy: 'reconnect' });
  await Promise.all(ahead);
  await using next = await connectEngine(server.endpoint.port, { profile: provedProfile() });
  expect(Buffer.from(await readWhole(next, '/mine')).toString()).toBe('old');
});
