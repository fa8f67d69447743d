import { describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { allRungs, chooseRungs } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import { memoryFolder } from '../../src/server/folder/memoryFolder.ts';
import { type Personality, personalities } from '../../src/server/personality.ts';
import { resolveServedPath, servedRoot } from '../../src/server/folder/servedFolder.ts';
import { at, connectEngine, live, startTestServer } from '../support/engine.ts';
import { hostileServer } from '../support/hostileServer.ts';

// Waits are real ones; only the date is always the same.
const clock: Clock = { ...systemClock, now: () => Date.parse('2026-11-22T18:00:00Z') };

// With minutes in a listing of that day: this half year and a bit of summer; the old one has none.
const times: Readonly<Record<string, string>> = {
  '/winter': '2026-11-20T12:34:56Z',
  '/summer': '2026-07-10T10:20:30Z',
  '/spring': '2026-06-01T01:02:03Z',
  '/autumn': '2026-09-30T23:59:01Z',
  '/young': '2026-11-22T17:58:00Z',
};

async function serve(personality: Personality, names = Object.keys(times)): Promise<FtpServer> {
  const folder = memoryFolder(Object.fromEntries(names.map((name) => [name, 'x'])), clock);
  for (const name of names) {
    const path = resolveServedPath(servedRoot, name) ?? servedRoot;
    await folder.setModified(path, new Date(times[name] ?? ''));
  }
  return await startTestServer({ folder, personality, clock });
}

const zones = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Pacific/Kiritimati',
  'Pacific/Pago_Pago',
  'America/St_Johns',
];

describe('a listing in local time tells the times that MDTM tells', () => {
  for (const zone of zones) {
    for (const listing of ['unix', 'dos'] as const) {
      test(`${listing} in ${zone}`, async () => {
        await using server = await serve({ ...personalities['local-time'], zone, listing });
        await using connection = await connectEngine(server.endpoint.port, { clock });
        const { entries } = await connection.list(at('/'), { signal: live });
        expect(entries).toHaveLength(Object.keys(times).length);
        for (const { name, modified } of entries) {
          const exact = await connection.entry(at(`/${name}`), { signal: live });
          expect(exact?.modified?.toISOString()).toBe(`${times[`/${name}`]?.slice(0, -1)}.000Z`);
          expect(modified?.toISOString().slice(0, 16)).toBe(times[`/${name}`]?.slice(0, 16));
        }
      });
    }
  }
});

test('two questions are asked, once in a site, and again once after a start', async () => {
  await using server = await serve(personalities['local-time']);
  const profile = new ServerProfile(allRungs);
  const questions = (): number => server.counters.commands.get('MDTM') ?? 0;
  for (let round = 0; round < 3; round++) {
    await using connection = await connectEngine(server.endpoint.port, { profile, clock });
    await connection.list(at('/'), { signal: live });
    await connection.list(at('/'), { signal: live });
  }
  const asked = questions();
  // Winter, summer and autumn are among the files.
  expect(asked).toBe(3);
  const next = new ServerProfile(allRungs, profile.remember(clock.now()));
  await using connection = await connectEngine(server.endpoint.port, { profile: next, clock });
  const { entries } = await connection.list(at('/'), { signal: live });
  expect(questions()).toBe(asked + 2);
  const summer = entries.find(({ name }) => name === 'summer');
  expect(summer?.modified?.toISOString()).toBe('2026-07-10T10:20:00.000Z');
});

test('what is learnt later moves no wall clock', async () => {
  await using server = await serve(personalities['local-time'], ['/winter']);
  const profile = new ServerProfile(allRungs);
  await using connection = await connectEngine(server.endpoint.port, { profile, clock });
  const before = await connection.list(at('/'), { signal: live });
  expect(before.entries[0]?.wallClock).toBe(Date.parse('2026-11-20T07:34:00Z'));
  profile.zone.see({ at: Date.parse(times['/winter'] ?? ''), ahead: 120 });
  const after = await connection.list(at('/'), { signal: live });
  expect(after.entries[0]?.modified).not.toEqual(before.entries[0]?.modified);
  expect(after.entries[0]?.wallClock).toBe(before.entries[0]?.wallClock);
});

test('a server that moves to another zone is noticed', async () => {
  const profile = new ServerProfile(allRungs);
  for (const zone of ['Asia/Tokyo', 'America/Phoenix']) {
    await using server = await serve({ ...personalities['local-time'], zone }, ['/winter']);
    const kept = new ServerProfile(allRungs, profile.remember(clock.now()));
    await using connection = await connectEngine(server.endpoint.port, { profile: kept, clock });
    const { entries } = await connection.list(at('/'), { signal: live });
    expect(entries[0]?.modified?.toISOString()).toBe('2026-11-20T12:34:00.000Z');
  }
});

test('where no exact time can be had, listings are taken for UTC', async () => {
  const { unknown = [], ...rest } = personalities['local-time'];
  await using server = await serve({ ...rest, unknown: [...unknown, 'MDTM'] });
  await using connection = await connectEngine(server.endpoint.port, { clock });
  const { entries } = await connection.list(at('/'), { signal: live });
  const winter = entries.find(({ name }) => name === 'winter');
  expect(winter?.modified?.toISOString()).toBe('2026-11-20T07:34:00.000Z');
});

describe('setting a time', () => {
  const ways: Readonly<Record<string, Personality>> = {
    MFMT: {},
    MDTM: { unknown: ['MFMT', 'MLST', 'MLSD'], setsTimeBy: 'MDTM' },
    'SITE UTIME': { unknown: ['MFMT', 'MLST', 'MLSD'], setsTimeBy: 'SITE UTIME' },
  };
  const time = new Date('2021-02-03T04:05:06.789Z');
  for (const [name, personality] of Object.entries(ways)) {
    test(name, async () => {
      await using server = await serve(personality);
      const profile = new ServerProfile(allRungs);
      await using connection = await connectEngine(server.endpoint.port, { clock, profile });
      expect(await connection.setModified(at('/winter'), time, { signal: live })).toBe(true);
      const entry = await connection.entry(at('/winter'), { signal: live });
      expect(entry?.modified?.toISOString()).toBe('2021-02-03T04:05:06.000Z');
      expect(profile.times.used).toBe(name);
      const { commands } = connection.description;
      expect(await connection.setModified(at('/summer'), time, { signal: live })).toBe(true);
      expect(connection.description.commands - commands).toBe(2);
      const missing = connection.setModified(at('/none'), time, { signal: live });
      await expect(missing).rejects.toThrow(/550/);
      expect(profile.times.used).toBe(name);
    });
  }

  test('false where the server has no way to, which it is asked once', async () => {
    await using server = await serve({ unknown: ['MFMT', 'MLST', 'MLSD', 'SITE'] });
    await using connection = await connectEngine(server.endpoint.port, { clock });
    expect(await connection.setModified(at('/winter'), time, { signal: live })).toBe(false);
    const { commands } = connection.description;
    expect(await connection.setModified(at('/winter'), time, { signal: live })).toBe(false);
    expect(connection.description.commands).toBe(commands);
  });

  test('a read-only server refuses', async () => {
    await using server = await startTestServer({ files: { '/a': 'x' }, readOnly: true });
    await using connection = await connectEngine(server.endpoint.port);
    await expect(connection.setModified(at('/a'), time, { signal: live })).rejects.toThrow(/550/);
  });
});

describe('a server that is asked for an exact time', () => {
  test.each([
    ['and is too busy', '450 Busy\r\n'],
    ['and says what answers nothing', '350 And then?\r\n'],
    ['and closes the session', '421 Enough\r\n'],
    ['and says nothing', undefined],
  ])('%s has listed the folder all the same', async (_how, answer) => {
    await using server = await hostileServer({
      answer: (line) => {
        if (line.startsWith('MDTM')) return answer ?? '';
        return line.startsWith('LIST') ? '150 Here\r\n226 Done\r\n' : undefined;
      },
      onData: (data) => void data.end('-rw-r--r--   1 anna users 5 Nov 20 14:00 a\r\n'),
    });
    await using connection = await connectEngine(server.port, {
      clock,
      security: 'none',
      rungs: chooseRungs('stream', 'epsv'),
      listing: 'list',
      timeouts: { reply: 200 },
    });
    const { entries } = await connection.list(at('/'), { signal: live });
    expect(entries).toMatchObject([{ name: 'a', size: 5 }]);
  });
});

test('a zone that another connection learns while a folder is listed is not learnt twice', async () => {
  const compared = Promise.withResolvers<void>();
  const learnt = Promise.withResolvers<void>();
  // Both are two hours ahead of UTC; the folder decides which of the two is shown.
  const lines = new Map([
    ['/winter', '-rw-r--r--   1 anna users 5 Nov 20 14:00 a\r\n'],
    ['/summer', '-rw-r--r--   1 anna users 5 Jul 10 14:00 b\r\n'],
  ]);
  let folder = '';
  await using server = await hostileServer({
    answer: (line, control) => {
      if (line.startsWith('CWD')) folder = line.slice(4);
      if (line === 'FEAT') return '211-Features\r\n MDTM\r\n211 End\r\n';
      if (line === 'MDTM /winter/a') return '213 20261120120000\r\n';
      if (line === 'MDTM /summer/b') return '213 20260710120000\r\n';
      if (line.startsWith('LIST')) return '150 Here\r\n226 Done\r\n';
      if (!line.startsWith('STAT')) return undefined;
      if (folder === '/summer') return '502 No\r\n';
      compared.resolve();
      void learnt.promise.then(() => control.write('502 No\r\n'));
      return '';
    },
    onData: (data) => void data.end(lines.get(folder) ?? ''),
  });
  const profile = new ServerProfile(chooseRungs('stream', 'epsv'));
  const options = { clock, profile, security: 'none', listing: 'auto' } as const;
  await using one = await connectEngine(server.port, options);
  await using other = await connectEngine(server.port, options);
  const slow = one.list(at('/winter'), { signal: live });
  await compared.promise;
  await other.list(at('/summer'), { signal: live });
  learnt.resolve();
  const { entries } = await slow;
  expect(entries[0]?.modified?.toISOString()).toBe('2026-11-20T12:00:00.000Z');
  expect(profile.zone.zone).toBe(120);
});
