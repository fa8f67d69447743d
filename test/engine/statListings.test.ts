import { describe, expect, test } from 'vitest';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import type { Personality } from '../../src/server/personality.ts';
import { at, connectEngine, live, readWhole, startTestServer } from '../support/engine.ts';

const files = {
  '/readme.txt': 'Hello',
  '/.hidden': 'x',
  '/sub/with blank/a': '1',
  '/sub/br[ack]et/b': '22',
  '/sub/*/c': '333',
  '/sub/-la/d': '4444',
  '/sub/ lead/e': '55555',
  '/sub/213 End/f': '666666',
};

const streaming = { blockMode: 'refused', unknown: ['MLSD', 'MLST'] } as const;

async function names(
  connection: Awaited<ReturnType<typeof connectEngine>>,
  folder: string,
): Promise<readonly string[]> {
  const { entries, unreadable } = await connection.list(at(folder), { signal: live });
  expect(unreadable).toEqual([]);
  return entries.map(({ name }) => name).toSorted();
}

const folders = {
  '/': ['.hidden', 'readme.txt', 'sub'],
  '/sub': [' lead', '*', '-la', '213 End', 'br[ack]et', 'with blank'].toSorted(),
  '/sub/with blank': ['a'],
  '/sub/br[ack]et': ['b'],
  '/sub/*': ['c'],
  '/sub/-la': ['d'],
  '/sub/ lead': ['e'],
  '/sub/213 End': ['f'],
};

describe('without any data connection', () => {
  const kinds: readonly Personality[] = [{}, streaming, { ...streaming, refusesListOptions: true }];
  for (const personality of kinds) {
    test(`folders are listed all the same (${JSON.stringify(personality)})`, async () => {
      await using server = await startTestServer({
        files,
        personality,
        faults: { refusesData: true },
      });
      const profile = new ServerProfile(allRungs);
      {
        // The default data port may take a session of its own to find out.
        await using first = await connectEngine(server.endpoint.port, { profile });
        await first.list(at('/'), { signal: live }).catch(() => {});
      }
      await using connection = await connectEngine(server.endpoint.port, { profile });
      for (const [folder, held] of Object.entries(folders)) {
        expect(await names(connection, folder)).toEqual(held);
      }
      expect(connection.description).toMatchObject({ listings: 'STAT', dataConnections: 0 });
      expect(server.counters.dataOpened).toBe(0);
      await expect(readWhole(connection, '/readme.txt')).rejects.toThrow(
        /No data connection could be opened/,
      );
      // What is no folder is told from an empty one.
      await expect(connection.list(at('/none'), { signal: live })).rejects.toThrow(/550/);
      await expect(connection.list(at('/readme.txt'), { signal: live })).rejects.toThrow(/550/);
    });
  }

  test('a server without STAT says why nothing can be had', async () => {
    await using server = await startTestServer({
      files,
      personality: { unknown: ['STAT'] },
      faults: { refusesData: true },
    });
    await using connection = await connectEngine(server.endpoint.port);
    await expect(connection.list(at('/'), { signal: live })).rejects.toThrow(
      /No data connection could be opened/,
    );
  });
});

describe('in stream mode, without MLSD', () => {
  test('STAT is tried once against LIST, and lists from then on', async () => {
    await using server = await startTestServer({ files, personality: streaming });
    await using connection = await connectEngine(server.endpoint.port);
    expect(await names(connection, '/')).toEqual(folders['/']);
    expect(connection.description.listings).toBe('LIST');
    const before = server.counters.dataOpened;
    for (const [folder, held] of Object.entries(folders)) {
      expect(await names(connection, folder)).toEqual(held);
    }
    expect(connection.description.listings).toBe('STAT');
    expect(server.counters.dataOpened).toBe(before);
  });

  test('one plain folder takes one command', async () => {
    await using server = await startTestServer({ files, personality: streaming });
    await using connection = await connectEngine(server.endpoint.port);
    await names(connection, '/');
    const { commands } = connection.description;
    await names(connection, '/sub');
    expect(connection.description.commands - commands).toBe(1);
  });

  test('many folders are asked for in one go, and none shows the entries of another', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [`/dir*${n}/file ${n}`, 'x'] as const),
    );
    await using server = await startTestServer({ files: many, personality: streaming });
    await using connection = await connectEngine(server.endpoint.port, { pipelineDepth: 200 });
    await names(connection, '/');
    const listed = await Promise.all(
      Array.from({ length: 50 }, (_, n) => names(connection, `/dir*${n}`)),
    );
    expect(listed).toEqual(Array.from({ length: 50 }, (_, n) => [`file ${n}`]));
  });

  test('a server whose STAT says something else is not asked again', async () => {
    await using server = await startTestServer({
      files,
      personality: { ...streaming, unknown: [...streaming.unknown, 'STAT'] },
    });
    await using connection = await connectEngine(server.endpoint.port);
    for (let round = 0; round < 3; round++) expect(await names(connection, '/')).toHaveLength(3);
    expect(connection.description.listings).toBe('LIST');
    expect(server.counters.commands.get('STAT')).toBeLessThanOrEqual(3);
  });

  test('what one connection has proved, the others know, and so does the next start', async () => {
    await using server = await startTestServer({ files, personality: streaming });
    const profile = new ServerProfile(allRungs);
    {
      await using first = await connectEngine(server.endpoint.port, { profile });
      await names(first, '/');
    }
    const remembered = profile.remember(Date.now());
    expect(remembered?.stat).toBe('proved');
    const next = new ServerProfile(allRungs, remembered);
    await using second = await connectEngine(server.endpoint.port, { profile: next });
    await names(second, '/');
    expect(second.description).toMatchObject({ listings: 'STAT', dataConnections: 0 });
  });
});

test('a server with MLSD is listed by STAT too where each listing would need a data connection', async () => {
  await using server = await startTestServer({ files, personality: { blockMode: 'refused' } });
  await using connection = await connectEngine(server.endpoint.port);
  for (let round = 0; round < 3; round++) {
    expect(await names(connection, '/')).toEqual(folders['/']);
  }
  expect(connection.description.listings).toBe('STAT');
  expect(server.counters.commands.get('MLSD')).toBe(1);
  expect(server.counters.dataOpened).toBe(1);
});

test('on a kept data connection MLSD keeps to its exact times', async () => {
  await using server = await startTestServer({ files });
  await using connection = await connectEngine(server.endpoint.port);
  for (let round = 0; round < 2; round++) await names(connection, '/');
  expect(connection.description.listings).toBe('MLSD');
  expect(server.counters.commands.get('STAT')).toBeUndefined();
});

describe('where the site says how to list', () => {
  for (const listing of ['mlsd', 'list', 'stat'] as const) {
    test(listing, async () => {
      await using server = await startTestServer({ files });
      await using connection = await connectEngine(server.endpoint.port, { listing });
      expect(await names(connection, '/')).toEqual(folders['/']);
      expect(connection.description.listings).toBe(listing.toUpperCase());
    });
  }
});
