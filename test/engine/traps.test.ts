import { describe, expect, test } from 'vitest';
import { TransferError } from '../../src/ftp/errors.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import type { Faults } from '../../src/server/personality.ts';
import { personalities } from '../../src/server/personality.ts';
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

const text = (value: string): Uint8Array => Buffer.from(value);

test('MLSD that comes raw over a connection of its own is read, and kept connections give way', async () => {
  await using server = await startTestServer({
    personality: { rawMlsd: true },
    files: { '/a': 'one', '/b': 'two' },
  });
  await using connection = await connectEngine(server.endpoint.port);
  for (let round = 0; round < 3; round++) {
    expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
    const { entries } = await connection.list(at('/'), { signal: live });
    expect(entries.map((entry) => entry.name)).toEqual(['a', 'b']);
  }
  expect(connection.description.rung).toEqual({ mode: 'block', dataPort: 'default' });
});

describe('a server that says 200 to MODE B and sends raw', () => {
  const heads = {
    at: '@\0\0 and more',
    blank: '   indented',
    zero: '0123456789',
    capital: 'PK\x03\x04 a zip',
    small: 'plain text',
    nuls: '\0\0\0nul',
    letter: 'x',
    empty: '',
    'whole block': '\x40\0\x04data',
  };

  test.each(Object.entries(heads))(
    'a file beginning like "%s" arrives whole',
    async (name, head) => {
      await using server = await startTestServer({
        personality: personalities['no-framing'],
        files: { [`/${name}`]: text(head) },
      });
      await using connection = await connectEngine(server.endpoint.port);
      expect(Buffer.from(await readWhole(connection, `/${name}`)).toString()).toBe(head);
      expect(Buffer.from(await readWhole(connection, `/${name}`)).toString()).toBe(head);
      // An empty file proves nothing: it looks alike both ways.
      if (head !== '') expect(connection.description.rung?.mode).toBe('stream');
    },
  );

  test.each([[[] as string[]], [['SIZE']]])(
    'an upload is stored as it is, not as blocks, whatever is refused: %j',
    async (refused) => {
      const refusals = Object.fromEntries(refused.map((verb) => [verb, 502]));
      await using server = await startTestServer({
        personality: personalities['no-framing'],
        faults: { refusals },
      });
      const profile = new ServerProfile(allRungs);
      const content = patternBytes(100_000);
      {
        await using connection = await connectEngine(server.endpoint.port, { profile });
        expect(await storeWhole(connection, '/up', content)).toBe(100_000);
      }
      await using connection = await connectEngine(server.endpoint.port, { profile });
      expect(Buffer.compare(await readWhole(connection, '/up'), content)).toBe(0);
    },
  );
});

test('the end of a kept connection that crosses the next RETR costs nothing but a new connection', async () => {
  const faults: Faults = { closesDataAfterMs: 100, delays: { RETR: 200 } };
  await using server = await startTestServer({ faults, files: { '/a': 'one', '/b': 'two' } });
  await using connection = await connectEngine(server.endpoint.port, { profile: provedProfile() });
  expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
  expect(Buffer.from(await readWhole(connection, '/b')).toString()).toBe('two');
  expect(server.counters.dataOpened).toBe(2);
});

test('RETRs sent ahead: one is refused and the connection closed, the next is dialled anew', async () => {
  const files = { '/0': 'zero', '/a': 'first', '/c': 'third', '/d': 'fourth' };
  await using server = await startTestServer({ personality: { closesDataOnRefusal: true }, files });
  await using connection = await connectEngine(server.endpoint.port, {
    pipelineDepth: 8,
    profile: provedProfile(),
  });
  await readWhole(connection, '/0');
  const results = await Promise.allSettled(
    ['/a', '/b', '/c', '/d'].map((path) => readWhole(connection, path)),
  );
  const texts = results.map((result) =>
    result.status === 'fulfilled'
      ? Buffer.from(result.value).toString()
      : result.reason.reply?.code,
  );
  expect(texts).toEqual(['first', 550, 'third', 'fourth']);
  expect(server.counters.dataOpened).toBe(2);
});

test('200 files sent ahead on one connection are the right bytes in the right files', async () => {
  const files = Object.fromEntries(
    Array.from({ length: 200 }, (_, index) => [`/f${index}`, patternBytes(index * 37, index)]),
  );
  await using server = await startTestServer({ files });
  await using connection = await connectEngine(server.endpoint.port, {
    pipelineDepth: 16,
    profile: provedProfile(),
  });
  await readWhole(connection, '/f0');
  const contents = await Promise.all(Object.keys(files).map((path) => readWhole(connection, path)));
  for (const [index, content] of contents.entries()) {
    expect(Buffer.compare(content, patternBytes(index * 37, index))).toBe(0);
  }
  expect(server.counters.dataOpened).toBe(1);
  expect(server.counters.controlOpened).toBe(1);
});

describe.each([426, 451] as const)(
  '%d after half a block, the connection left open',
  (cutBlockCode) => {
    test('is an error, and the next file comes whole over a new connection', async () => {
      const faults: Faults = { cutBlockCode };
      await using server = await startTestServer({ faults, files: { '/a': patternBytes(50_000) } });
      await using connection = await connectEngine(server.endpoint.port, {
        profile: provedProfile(),
      });
      await expect(readWhole(connection, '/a')).rejects.toMatchObject({
        kind: 'transfer',
        remedy: 'retry',
        cause: { reply: { code: cutBlockCode } },
      });
      delete faults.cutBlockCode;
      expect((await readWhole(connection, '/a')).length).toBe(50_000);
    });
  },
);

test.each(['block', 'stream'] as const)(
  'a file cut short in %s mode is an error, never a file',
  async (mode) => {
    const faults: Faults = { dropAfterBytes: 20_000 };
    await using server = await startTestServer({ faults, files: { '/a': patternBytes(50_000) } });
    await using connection = await connectEngine(server.endpoint.port, {
      rungs: [{ mode, dataPort: 'epsv' }],
    });
    await expect(readWhole(connection, '/a')).rejects.toBeInstanceOf(TransferError);
    expect(connection.usable).toBe(true);
  },
);

test('a shortened download that the server confirms is an error', async () => {
  const faults: Faults = { shortensDownloads: true };
  await using server = await startTestServer({ faults, files: { '/a': patternBytes(50_000) } });
  await using connection = await connectEngine(server.endpoint.port, {
    rungs: [{ mode: 'stream', dataPort: 'epsv' }],
  });
  await expect(readWhole(connection, '/a')).rejects.toThrow(
    '49999 bytes came of a file that has 50000',
  );
});

test.each([0, 4096, 8192, 8193])(
  'a file of %d bytes without an EOF block where it fills its blocks',
  async (size) => {
    await using server = await startTestServer({
      personality: personalities['framed-eof-on-data'],
      files: { '/a': patternBytes(size), '/b': 'next' },
    });
    await using connection = await connectEngine(server.endpoint.port);
    expect(Buffer.compare(await readWhole(connection, '/a'), patternBytes(size))).toBe(0);
    expect(Buffer.from(await readWhole(connection, '/b')).toString()).toBe('next');
  },
);

test('a server that closes after each transfer, marks records and lists raw serves all the same', async () => {
  const files = { '/first': 'shows that files come in blocks, though listings do not' };
  await using server = await startTestServer({ personality: personalities['close-each'], files });
  await using connection = await connectEngine(server.endpoint.port);
  await readWhole(connection, '/first');
  for (const size of [0, 1024, 5000]) {
    await storeWhole(connection, `/f${size}`, patternBytes(size));
    expect(Buffer.compare(await readWhole(connection, `/f${size}`), patternBytes(size))).toBe(0);
  }
  expect((await connection.list(at('/'), { signal: live })).entries).toHaveLength(4);
});

test('an upload that is confirmed only when the client closes is confirmed', async () => {
  const faults: Faults = { withholdsStoreReply: true };
  await using server = await startTestServer({ faults });
  await using connection = await connectEngine(server.endpoint.port, {
    timeouts: { storeConfirmation: 50 },
  });
  expect(await storeWhole(connection, '/a', patternBytes(70_000))).toBe(70_000);
  expect(await storeWhole(connection, '/b', patternBytes(3))).toBe(3);
  expect(await connection.size(at('/a'), { signal: live })).toBe(70_000);
});

test('restart markers and their 110 replies change no byte', async () => {
  const faults: Faults = { sendsMarkers: true };
  await using server = await startTestServer({ faults });
  await using connection = await connectEngine(server.endpoint.port);
  const content = patternBytes(300_000);
  await storeWhole(connection, '/a', content);
  expect(Buffer.compare(await readWhole(connection, '/a'), content)).toBe(0);
});

test('a server without tickets is believed by its certificate on each data connection', async () => {
  await using server = await startTestServer({ sessionTickets: false, files: { '/a': 'one' } });
  await using connection = await connectEngine(server.endpoint.port, {
    rungs: [{ mode: 'stream', dataPort: 'epsv' }],
  });
  expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
  expect(connection.description.resumedDataConnections).toBe(0);
});

test('a full disk at the end of an upload is an error that names it', async () => {
  const faults: Faults = { refusesStoredData: true };
  await using server = await startTestServer({ faults });
  await using connection = await connectEngine(server.endpoint.port);
  await expect(storeWhole(connection, '/a', patternBytes(70_000))).rejects.toMatchObject({
    kind: 'transfer',
    bytes: 70_000,
    cause: { reply: { code: 552 } },
  });
  expect(connection.usable).toBe(true);
});

test('leaving a download early aborts it, and the next one is whole', async () => {
  await using server = await startTestServer({
    files: { '/big': patternBytes(20_000_000), '/a': 'one' },
  });
  for (const mode of ['block', 'stream'] as const) {
    await using connection = await connectEngine(server.endpoint.port, {
      rungs: [{ mode, dataPort: 'epsv' }],
      profile: provedProfile([{ mode, dataPort: 'epsv' }]),
    });
    const retrieval = await connection.retrieve(at('/big'), { signal: live });
    for await (const piece of retrieval.bytes) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
    expect(connection.usable).toBe(true);
  }
});

test('a cancelled download rejects with the reason of its signal, and the session goes on', async () => {
  await using server = await startTestServer({
    files: { '/big': patternBytes(20_000_000), '/a': 'one' },
  });
  await using connection = await connectEngine(server.endpoint.port, { profile: provedProfile() });
  const cancel = new AbortController();
  const reason = new Error('enough');
  await using retrieval = await connection.retrieve(at('/big'), { signal: cancel.signal });
  await expect(
    (async () => {
      for await (const piece of retrieval.bytes) if (piece.length > 0) cancel.abort(reason);
    })(),
  ).rejects.toBe(reason);
  expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
});

test('a retrieval that is never read is given up when it is disposed', async () => {
  await using server = await startTestServer({ files: { '/a': patternBytes(5_000_000) } });
  await using connection = await connectEngine(server.endpoint.port, { profile: provedProfile() });
  {
    await using _unread = await connection.retrieve(at('/a'), { signal: live });
  }
  expect((await readWhole(connection, '/a')).length).toBe(5_000_000);
});
