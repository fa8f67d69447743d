import { expect, test } from 'vitest';
import { TimeoutError } from '../../src/base/clock.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { personalities } from '../../src/server/personality.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  provedProfile,
  readWhole,
  startTestServer,
} from '../support/engine.ts';

const text = async (
  connection: Awaited<ReturnType<typeof connectEngine>>,
  path: string,
): Promise<string> => Buffer.from(await readWhole(connection, path)).toString();

test('a refused file costs no data connection, and the next one comes over the kept one', async () => {
  await using server = await startTestServer({ files: { '/a': 'one', '/b': 'two' } });
  await using connection = await connectEngine(server.endpoint.port, { profile: provedProfile() });
  expect(await text(connection, '/a')).toBe('one');
  for (let round = 0; round < 3; round++) {
    await expect(text(connection, '/none')).rejects.toMatchObject({ reply: { code: 550 } });
  }
  expect(await text(connection, '/b')).toBe('two');
  expect(server.counters.dataOpened).toBe(1);
});

test('a listing asked for beside a download waits for it, and both are whole', async () => {
  await using server = await startTestServer({ files: { '/big': patternBytes(3_000_000) } });
  await using connection = await connectEngine(server.endpoint.port, { profile: provedProfile() });
  await readWhole(connection, '/big');
  const reading = readWhole(connection, '/big');
  const listing = connection.list(at('/'), { signal: live });
  expect((await reading).length).toBe(3_000_000);
  expect((await listing).entries).toHaveLength(1);
});

test('a file asked for behind a listing that is not said yet does not overtake it', async () => {
  await using server = await startTestServer({ files: { '/a': 'one', '/empty': '' } });
  await using connection = await connectEngine(server.endpoint.port, { pipelineDepth: 8 });
  await text(connection, '/empty');
  await connection.list(at('/'), { signal: live });
  await text(connection, '/empty');
  for (let round = 0; round < 5; round++) {
    const [listing, empty, file] = await Promise.all([
      connection.list(at('/'), { signal: live }),
      text(connection, '/empty'),
      text(connection, '/a'),
    ]);
    expect(listing.entries.map(({ name }) => name)).toEqual(['a', 'empty']);
    expect([empty, file]).toEqual(['', 'one']);
  }
});

test('an empty folder is an empty listing, and teaches nothing of the framing', async () => {
  await using server = await startTestServer({ personality: personalities['framed-eof-on-data'] });
  const profile = new ServerProfile(allRungs);
  await using connection = await connectEngine(server.endpoint.port, { profile });
  expect((await connection.list(at('/'), { signal: live })).entries).toEqual([]);
  expect(profile.framing.listing('MLSD')).toBe('unknown');
  expect(profile.framing.state).toBe('unknown');
});

test('a server that refuses LIST -a is listed without it', async () => {
  const lines: string[] = [];
  await using server = await startTestServer({
    personality: { ...personalities.iis, refusesListOptions: true },
    files: { '/a': 'one' },
  });
  await using connection = await connectEngine(server.endpoint.port, {
    logger: {
      debug: (line) => void lines.push(line),
      info: () => {},
      warn: () => {},
      error: () => {},
      scope: () => {
        throw new Error('Nobody asks for that');
      },
    },
  });
  for (let round = 0; round < 2; round++) {
    const { entries } = await connection.list(at('/'), { signal: live });
    expect(entries.map(({ name }) => name)).toEqual(['a']);
  }
  expect(lines.filter((line) => line.startsWith('> LIST'))).toEqual([
    '> LIST -a',
    '> LIST',
    '> LIST',
  ]);
});

test('a caller whose time is over leaves the session as usable as any other who cancels', async () => {
  await using server = await startTestServer({
    files: { '/big': patternBytes(20_000_000), '/a': 'one' },
  });
  await using connection = await connectEngine(server.endpoint.port, { profile: provedProfile() });
  const over = new AbortController();
  const reason = new TimeoutError('the caller', 1);
  await using retrieval = await connection.retrieve(at('/big'), { signal: over.signal });
  const reading = (async () => {
    for await (const piece of retrieval.bytes) if (piece.length > 0) over.abort(reason);
  })();
  await expect(reading).rejects.toBe(reason);
  expect(await text(connection, '/a')).toBe('one');
  expect(connection.usable).toBe(true);
});
