import { describe, expect, test } from 'vitest';
import { joinPath, type RemotePath, rootPath } from '../../../../src/base/paths.ts';
import { DirectoryCache } from '../../../../src/session/known/directoryCache.ts';
import { obstacleTo } from '../../../../src/session/known/obstacle.ts';
import { RemoteFileError } from '../../../../src/session/remoteFileError.ts';
import type { RemoteEntry } from '../../../../src/session/remoteFileSystem.ts';
import { FakeClock } from '../fakeClock.ts';
import { FakeServer } from '../fakeConnection.ts';
import { calm, openFake, path, reasonOf } from '../fakeSession.ts';

const { signal } = new AbortController();

function entry(name: string, type: RemoteEntry['type']): RemoteEntry {
  return { name, type, size: undefined, modified: undefined, precision: 'none' };
}

/** A path of so many folders, of which the first `there` are there; `end` is behind them. */
function deep(depth: number, there: number, end?: 'file') {
  const way: RemotePath[] = [];
  for (let at = 0; at < depth; at++) way.push(joinPath(way.at(-1) ?? rootPath, `n${at}`));
  const listed: RemotePath[] = [];
  const cache = new DirectoryCache({
    clock: new FakeClock(),
    timeToLiveMs: 60_000,
    onDidChange: () => {},
    list: async (folder) => {
      listed.push(folder);
      const at = folder === rootPath ? 0 : way.indexOf(folder) + 1;
      if (at > there) throw new RemoteFileError('notFound', folder, 'No such folder.');
      const entries = [entry('other', 'file')];
      if (at < there) entries.push(entry(`n${at}`, 'directory'));
      else if (end) entries.push(entry(`n${at}`, end));
      return { entries };
    },
  });
  return { cache, listed, last: way.at(-1) ?? rootPath };
}

describe('what is in the way to a folder', () => {
  test.each([1, 2, 3, 10, 75, 148, 149])(
    'of 150 names, of which the first %i are there, is found by few listings',
    async (there) => {
      for (const end of [undefined, 'file'] as const) {
        const { cache, listed, last } = deep(150, there, end);
        const found = await obstacleTo(cache, last, { signal });
        expect(found === 'absent' || found === undefined ? found : found.type).toBe(
          end ?? 'absent',
        );
        expect(listed.length).toBeLessThanOrEqual(3 + 8);
      }
    },
  );

  test('is not told where a folder is there and cannot be listed', async () => {
    const clock = new FakeClock();
    const cache = new DirectoryCache({
      clock,
      timeToLiveMs: 60_000,
      onDidChange: () => {},
      list: async (folder) => {
        if (folder !== rootPath) throw new RemoteFileError('noPermissions', folder, 'No.');
        return { entries: [entry('home', 'directory')] };
      },
    });
    expect(await obstacleTo(cache, path('/home/u/www'), { signal })).toBeUndefined();
  });

  test('costs nothing where a listing above is known to lack it', async () => {
    const { cache, listed, last } = deep(20, 5);
    await obstacleTo(cache, last, { signal });
    const before = listed.length;
    expect(await obstacleTo(cache, joinPath(last, 'x'), { signal })).toBe('absent');
    expect(listed.length).toBe(before);
  });
});

test.each([true, false])(
  'a name deep in folders that are not there is refused after few commands (MLST: %s)',
  async (mlst) => {
    const server = new FakeServer({ mlst }).folder('/a').file('/a/f', 'f');
    const deepPath = path(`/a${'/n'.repeat(150)}/x`);
    await using files = openFake(server);
    expect(await reasonOf(files.stat(deepPath, calm()))).toBe('notFound');
    expect(await reasonOf(files.readFile(deepPath, calm()))).toBe('notFound');
    expect(await reasonOf(files.delete(deepPath, { ...calm(), recursive: false }))).toBe(
      'notFound',
    );
    expect(server.commands.length).toBeLessThan(30);
  },
);
