import { once } from 'node:events';
import { createConnection } from 'node:net';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import type { Faults } from '../../src/server/personality.ts';
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
import { hostileServer } from '../support/hostileServer.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';
import { listeningLogger } from '../support/listeningLogger.ts';
import { openSession } from '../support/session.ts';

expectNoUnhandledErrors();

const stream: Rung = { mode: 'stream', dataPort: 'epsv' };

/** Each RETR gives what there is, and the size that is asked afterwards is larger. */
function growingServer(growth: number) {
  let size = 1_000;
  return hostileServer({
    answer: (line) => {
      if (/^(MLST|MLSD|LIST)/.test(line)) return '500 What?\r\n';
      if (line.startsWith('SIZE')) {
        const reply = `213 ${size}\r\n`;
        size += growth;
        return reply;
      }
      return line.startsWith('RETR') ? '150 Coming\r\n226 Done\r\n' : undefined;
    },
    onData: (data) => {
      data.end(patternBytes(size));
      size += growth;
    },
  });
}

describe('a file that grows while it is read', () => {
  test('comes as it was when it was opened', async () => {
    await using server = await growingServer(10);
    const profile = provedProfile([stream]);
    await using fs = openSession(server.port, { security: 'none', profile });
    const { content } = await fs.readFile(at('/log'), { signal: live });
    expect(content.length).toBeGreaterThan(1_000);
    expect(Buffer.compare(content, patternBytes(content.length))).toBe(0);
    // The first size told what the second reading had to bring.
    expect(server.said.filter((line) => line.startsWith('RETR'))).toHaveLength(2);
  });

  test('is not what a file is that comes too short each time', async () => {
    const faults: Faults = { shortensDownloads: true };
    await using server = await startTestServer({ faults, files: { '/a': patternBytes(5_000) } });
    const profile = provedProfile([stream]);
    await using connection = await connectEngine(server.endpoint.port, { profile });
    for (let round = 0; round < 3; round++) {
      await expect(readWhole(connection, '/a')).rejects.toMatchObject({ kind: 'transfer' });
    }
  });
});

test.each(['block', 'stream'] as const)(
  'an upload in %s mode that breaks off behind its first bytes is not sent again',
  async (mode) => {
    const faults: Faults = { dropAfterBytes: 20_000 };
    await using server = await startTestServer({ faults, files: { '/a': 'one' } });
    const profile = provedProfile([{ mode, dataPort: 'epsv' }]);
    await using fs = openSession(server.endpoint.port, { profile });
    const writing = fs.writeFile(at('/a'), () => [patternBytes(100_000)], {
      create: true,
      overwrite: true,
      signal: live,
    });
    await expect(writing).rejects.toMatchObject({ name: 'RemoteFileError' });
    expect(server.counters.commands.get('STOR')).toBe(1);
  },
);

test('an upload that the server damages and confirms is an error, and the old file stays', async () => {
  const faults: Faults = { corruptsUploads: true };
  await using server = await startTestServer({ faults, files: { '/a': 'one' } });
  const profile = provedProfile();
  await using fs = openSession(server.endpoint.port, { profile });
  const writing = fs.writeFile(at('/a'), () => [Uint8Array.of(1, 255, 2)], {
    create: true,
    overwrite: true,
    signal: live,
  });
  await expect(writing).rejects.toMatchObject({ reason: 'damaged' });
  const { content } = await fs.readFile(at('/a'), { signal: live });
  expect(Buffer.from(content).toString()).toBe('one');
});

test('no byte of an upload goes out before the server has agreed to take it', async () => {
  let came = 0;
  await using server = await hostileServer({
    answer: (line, control) => {
      if (!line.startsWith('STOR')) return undefined;
      // The data connection is there long before the answer.
      void systemClock.sleep(50).then(() => control.write('553 Not this name\r\n'));
      return '';
    },
    onData: (data) => void data.on('data', (bytes) => (came += bytes.length)),
  });
  await using connection = await connectEngine(server.port, {
    security: 'none',
    profile: provedProfile([stream]),
  });
  const storing = storeWhole(connection, '/a', patternBytes(100));
  await expect(storing).rejects.toMatchObject({ reply: { code: 553 } });
  await connection.probe({ signal: live });
  // Once by its path, and once by its name alone.
  expect(server.data.came).toBe(2);
  expect(came).toBe(0);
});

test.each([
  ['all of it', [2], 'kept'],
  ['all of it, a little later', [1, 2], 'kept'],
  ['less', [1], 'refused'],
  ['nobody knows what', [], 'refused'],
])('an upload that is confirmed before its bytes, of which %s arrives', async (_, sizes, end) => {
  const left = [...sizes];
  await using server = await hostileServer({
    answer: (line) => {
      if (line === 'FEAT') return '211-Features\r\n SIZE\r\n211 End\r\n';
      if (line.startsWith('STOR')) return '150 Send\r\n226 Stored\r\n';
      if (!line.startsWith('SIZE')) return undefined;
      const size = left.length > 1 ? left.shift() : left[0];
      return size === undefined ? '550 Not told\r\n' : `213 ${size}\r\n`;
    },
  });
  await using connection = await connectEngine(server.port, {
    security: 'none',
    profile: provedProfile([stream]),
  });
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Uint8Array.of(1);
    // Answered behind the 226.
    await connection.probe({ signal: live });
    yield Uint8Array.of(2);
  }
  const storing = connection.store(at('/a'), source(), { signal: live });
  if (end === 'kept') expect(await storing).toBe(2);
  else await expect(storing).rejects.toThrow(/too early, and it is not whole/);
});

test('a whole session says nothing that could change what a kept connection is', async () => {
  const said: string[] = [];
  await using server = await startTestServer({ files: { '/a': 'one' } });
  await using connection = await connectEngine(server.endpoint.port, {
    logger: listeningLogger(['debug'], (line) => {
      if (line.startsWith('> ')) said.push(line.slice(2));
    }),
  });
  await connection.list(at('/'), { signal: live });
  await readWhole(connection, '/a');
  await storeWhole(connection, '/b', patternBytes(100_000));
  await connection.rename(at('/b'), at('/c'), { signal: live });
  await readWhole(connection, '/c');
  await connection.deleteFile(at('/c'), { signal: live });
  expect(server.counters.dataOpened).toBe(1);
  const verbs = said.map((line) => line.split(' ')[0]);
  // RFC 4217, 9: PROT binds later connections only; AUTH and REIN would reset everything. Each is
  // said before the first data connection, or never.
  const firstTransfer = verbs.findIndex((verb) => verb === 'MLSD');
  for (const verb of ['AUTH', 'PBSZ', 'PROT', 'TYPE', 'MODE']) {
    expect(
      verbs.filter((other) => other === verb),
      verb,
    ).toHaveLength(1);
    expect(verbs.indexOf(verb), verb).toBeLessThan(firstTransfer);
  }
  // RFC 2428, 4: after EPSV ALL nothing else would be allowed any more.
  for (const verb of ['REIN', 'CCC', 'STRU', 'EPSV', 'REST', 'ABOR', 'ALLO']) {
    expect(verbs, verb).not.toContain(verb);
  }
});

test('a listener takes the first connection of the peer and no other', async () => {
  const network = tcpNetwork(systemClock);
  await using listener = await network.listen({ host: '127.0.0.1', port: 0 }, '127.0.0.1');
  const { port } = listener.endpoint;
  const first = createConnection({ host: '127.0.0.1', port });
  await once(first, 'connect');
  const second = createConnection({ host: '127.0.0.1', port });
  second.on('error', () => {});
  await once(second, 'close');
  await using accepted = await listener.accept(live);
  expect(accepted.remote.port).toBe(first.localPort);
  first.destroy();
});
