import { describe, expect, it } from 'vitest';
import type { Listed } from '../../../../src/session/known/entries.ts';
import { DirectoryCache } from '../../../../src/session/known/directoryCache.ts';
import type { RemoteChange, RemoteEntry } from '../../../../src/session/remoteFileSystem.ts';
import { FakeClock } from '../fakeClock.ts';
import { FakeServer } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf, settle } from '../fakeSession.ts';

function entry(name: string, more: Partial<RemoteEntry> = {}): RemoteEntry {
  const modified = new Date(0);
  return { name, type: 'file', size: 1, modified, precision: 'second', ...more };
}

interface Asked {
  readonly signal: AbortSignal;
  answer(entries: readonly RemoteEntry[]): Promise<void>;
}

/** A cache whose listings arrive when the test says so. */
function cacheOf(timeToLiveMs = 1_000): {
  readonly cache: DirectoryCache;
  readonly clock: FakeClock;
  readonly asked: Asked[];
  readonly changes: RemoteChange[];
  /** Why the listings that come may not be all. */
  readonly missing: { why: string | undefined };
} {
  const clock = new FakeClock();
  const asked: Asked[] = [];
  const changes: RemoteChange[] = [];
  const missing: { why: string | undefined } = { why: undefined };
  const cache = new DirectoryCache({
    clock,
    timeToLiveMs,
    onDidChange: (more) => changes.push(...more),
    list: (_folder, { signal }) => {
      const { promise, resolve } = Promise.withResolvers<Listed>();
      const answer = async (entries: readonly RemoteEntry[]): Promise<void> => {
        resolve({ entries, missing: missing.why });
        await settle();
      };
      asked.push({ signal, answer });
      return promise;
    },
  });
  return { cache, clock, asked, changes, missing };
}

describe('a cache of folders', () => {
  it('sees no change where only more is known of the server’s zone', async () => {
    const { cache, clock, asked, changes } = cacheOf();
    const minute = { precision: 'minute', wallClock: 7_200_000 } as const;
    const first = cache.folder(path('/'), calm());
    await asked[0]?.answer([
      entry('same', { ...minute, modified: new Date(7_200_000) }),
      entry('written', { ...minute, modified: new Date(7_200_000) }),
    ]);
    await first;
    clock.advance(1_000);
    const second = cache.folder(path('/'), calm());
    await asked[1]?.answer([
      entry('same', { ...minute, modified: new Date(0) }),
      entry('written', { ...minute, modified: new Date(60_000), wallClock: 7_260_000 }),
    ]);
    expect((await second).entries.get('same')?.modified).toEqual(new Date(0));
    expect(changes).toEqual([{ path: '/written', type: 'changed' }]);
  });

  it('answers from a listing until it is too old', async () => {
    const { cache, clock, asked } = cacheOf();
    const first = cache.folder(path('/'), calm());
    await asked[0]?.answer([entry('a')]);
    await first;
    expect(cache.lookup(path('/a'))).toMatchObject({ name: 'a' });
    expect(cache.lookup(path('/b'))).toBe('absent');
    expect(cache.lookup(path('/a/below/a/file'))).toBe('absent');
    expect(cache.lookup(path('/b/c'))).toBe('absent');
    clock.advance(1_000);
    expect(cache.lookup(path('/a'))).toBeUndefined();
    void cache.folder(path('/'), calm());
    expect(asked).toHaveLength(2);
  });

  it('knows no name to be absent from a listing that may not be all', async () => {
    const { cache, asked, missing } = cacheOf();
    missing.why = 'it was cut';
    const listing = cache.folder(path('/'), calm());
    await asked[0]?.answer([entry('a'), entry('file', { type: 'file' })]);
    expect((await listing).missing).toBe('it was cut');
    expect(cache.lookup(path('/a'))).toMatchObject({ name: 'a' });
    expect(cache.lookup(path('/b'))).toBeUndefined();
    expect(cache.lookup(path('/b/c'))).toBeUndefined();
    expect(cache.lookup(path('/file/c'))).toBe('absent');
  });

  it('says no for a few seconds, and yes as long as it answers', async () => {
    const { cache, clock, asked, changes } = cacheOf(60_000);
    const first = cache.entry(path('/b'), calm());
    await asked[0]?.answer([entry('a'), entry('f')]);
    expect(await first).toBe('absent');
    for (const absent of ['/b', '/b/c', '/f/x']) {
      expect(await cache.entry(path(absent), calm())).toBe('absent');
    }
    expect(asked).toHaveLength(1);
    clock.advance(3_000);
    expect(cache.lookup(path('/a'))).toMatchObject({ name: 'a' });
    expect(cache.lookup(path('/b'))).toBeUndefined();
    expect(cache.lookup(path('/f/x'))).toBeUndefined();
    expect(cache.listed(path('/b'))).toBe('absent');
    const again = [cache.entry(path('/b'), calm()), cache.entry(path('/c'), calm())];
    expect(asked).toHaveLength(2);
    await asked[1]?.answer([entry('a'), entry('b'), entry('f')]);
    expect(await Promise.all(again)).toEqual([entry('b'), 'absent']);
    expect(changes).toEqual([{ path: '/b', type: 'created' }]);
  });

  it('does not let a listing that ends later bring back what we deleted', async () => {
    const { cache, asked } = cacheOf();
    const listing = cache.folder(path('/'), calm());
    cache.put(path('/a'), undefined);
    cache.put(path('/c'), entry('c', { size: 9 }));
    await asked[0]?.answer([entry('a'), entry('b'), entry('c')]);
    expect([...(await listing).entries.keys()]).toEqual(['b', 'c']);
    expect(cache.lookup(path('/a'))).toBe('absent');
    expect(cache.lookup(path('/c'))).toMatchObject({ size: 9 });
  });

  it('does not let an older listing replace a newer one', async () => {
    const { cache, asked } = cacheOf();
    const older = cache.folder(path('/'), calm());
    const newer = cache.folder(path('/'), { ...calm(), fresh: true });
    await asked[1]?.answer([entry('new')]);
    await asked[0]?.answer([entry('old')]);
    await Promise.all([older, newer]);
    expect(cache.lookup(path('/new'))).toMatchObject({ name: 'new' });
    expect(cache.lookup(path('/old'))).toBe('absent');
  });

  it('does not keep a listing of a folder that was forgotten or deleted meanwhile', async () => {
    const { cache, asked } = cacheOf();
    const forgotten = cache.folder(path('/f'), calm());
    const deleted = cache.folder(path('/d'), calm());
    cache.forget(path('/f'));
    cache.put(path('/d'), undefined);
    await asked[0]?.answer([entry('a')]);
    await asked[1]?.answer([entry('a')]);
    await Promise.all([forgotten, deleted]);
    expect(cache.lookup(path('/f/a'))).toBeUndefined();
    expect(cache.lookup(path('/d/a'))).toBeUndefined();
  });

  it('ends a listing when nobody waits for it any more', async () => {
    const { cache, asked } = cacheOf();
    const controllers = [new AbortController(), new AbortController()] as const;
    const waiting = controllers.map(({ signal }) => cache.folder(path('/'), { signal }));
    const results = Promise.allSettled(waiting);
    controllers[0].abort(new Error('one'));
    await settle();
    expect(asked[0]?.signal.aborted).toBe(false);
    controllers[1].abort(new Error('two'));
    await results;
    expect([asked.length, asked[0]?.signal.aborted]).toEqual([1, true]);
  });

  it('tells what a newer listing shows to be otherwise, and nothing else', async () => {
    const { cache, asked, changes } = cacheOf();
    const list = async (entries: readonly RemoteEntry[]): Promise<void> => {
      const listing = cache.folder(path('/'), { ...calm(), fresh: true });
      await asked.at(-1)?.answer(entries);
      await listing;
    };
    await list([entry('same'), entry('gone'), entry('grown'), entry('.portside-0123456789ab-x')]);
    expect(changes).toEqual([]);
    await list([entry('same'), entry('grown', { size: 2 }), entry('new')]);
    const told = changes.map(({ path, type }) => `${type} ${path}`);
    expect(told.toSorted()).toEqual(['changed /grown', 'created /new', 'deleted /gone']);
  });

  it('does not call a coarser time a change', async () => {
    const { cache, asked, changes } = cacheOf();
    const list = async (entries: readonly RemoteEntry[]): Promise<void> => {
      const listing = cache.folder(path('/'), { ...calm(), fresh: true });
      await asked.at(-1)?.answer(entries);
      await listing;
    };
    const exact = new Date(Date.UTC(2026, 0, 1, 12, 34, 56));
    const minute = new Date(Date.UTC(2026, 0, 1, 12, 34));
    const later = new Date(Date.UTC(2026, 0, 1, 12, 35));
    await list([entry('a', { modified: exact })]);
    await list([entry('a', { modified: minute, precision: 'minute' })]);
    expect(cache.lookup(path('/a'))).toMatchObject({ modified: exact });
    await list([entry('a', { modified: later, precision: 'minute' })]);
    expect(changes).toEqual([{ path: '/a', type: 'changed' }]);
  });

  it('forgets a folder and everything below it, and nothing beside it', async () => {
    const { cache, asked } = cacheOf();
    for (const folder of ['/a', '/a/b', '/ab']) {
      const listing = cache.folder(path(folder), calm());
      await asked.at(-1)?.answer([entry('x')]);
      await listing;
    }
    cache.forget(path('/a'));
    expect(cache.lookup(path('/a/x'))).toBeUndefined();
    expect(cache.lookup(path('/a/b/x'))).toBeUndefined();
    expect(cache.lookup(path('/ab/x'))).toMatchObject({ name: 'x' });
  });
});

describe('a file system with a cache', () => {
  it('does not show a deleted file again when an older listing arrives', async () => {
    const server = new FakeServer().file('/a', 'a').file('/b', 'b').file('/c', 'c');
    await using files = openFake(server);
    const late = Promise.withResolvers<void>();
    const listed = Promise.withResolvers<void>();
    server.late = async (command) => {
      if (command !== 'MLSD /' || server.count('MLSD') > 1) return;
      listed.resolve();
      await late.promise;
    };
    const list = files.readDirectory(path('/'), calm());
    await listed.promise;
    await files.delete(path('/a'), { ...calm(), recursive: false });
    late.resolve();
    await list;
    expect(await reasonOf(files.stat(path('/a'), calm()))).toBe('notFound');
  });

  it('asks again after it was told to forget', async () => {
    const server = new FakeServer().file('/a', 'a').file('/b', 'b');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    server.nodes.delete(path('/a'));
    expect(await files.readDirectory(path('/'), calm())).toHaveLength(2);
    const told: string[] = [];
    files.onDidChange((changes) =>
      told.push(...changes.map(({ path, type }) => `${type} ${path}`)),
    );
    files.forget(path('/'));
    expect(await files.readDirectory(path('/'), calm())).toHaveLength(1);
    expect(told).toEqual(['deleted /a']);
  });

  it('knows its own changes exactly, without asking', async () => {
    const server = new FakeServer().folder('/d').file('/d/a', 'a').file('/d/b', 'b');
    await using files = openFake(server);
    await files.readDirectory(path('/d'), calm());
    const over = { ...calm(), create: true, overwrite: true };
    await files.writeFile(path('/d/new'), () => [bytes('12345')], over);
    await files.rename(path('/d/a'), path('/d/moved'), { ...calm(), overwrite: false });
    await files.delete(path('/d/b'), { ...calm(), recursive: false });
    await files.createDirectory(path('/d/sub'), calm());
    const asked = server.commands.length;
    const entries = await files.readDirectory(path('/d'), calm());
    expect(entries.map(({ name, type, size }) => `${name} ${type} ${size}`).toSorted()).toEqual([
      'moved file 1',
      'new file 5',
      'sub directory undefined',
    ]);
    expect(server.commands).toHaveLength(asked);
  });
});
