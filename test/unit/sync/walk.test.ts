import { expect, test } from 'vitest';
import { localSide } from '../../../src/sync/localSide.ts';
import type { Side, SideEntry } from '../../../src/sync/side.ts';
import { filesBelow, type Walk } from '../../../src/sync/walk.ts';
import { MemoryFiles } from '../../support/memoryFiles.ts';

interface Journey {
  readonly walk: Walk<string, string>;
  readonly told: string[];
}

function journey(
  from: Side<string>,
  enters: (folder: string) => boolean = () => true,
  listingsAhead = 0,
): Journey {
  const told: string[] = [];
  const { signal } = new AbortController();
  const walk: Walk<string, string> = {
    from,
    to: localSide(new MemoryFiles()),
    list: async (folder) => {
      told.push(`list ${folder}`);
      return from.list(folder, { signal });
    },
    enter: async ({ entry, place }) => {
      told.push(`enter ${place}`);
      return enters(entry.path);
    },
    leaveOut: ({ path }) => told.push(`leave out ${path}`),
    listingsAhead,
    refuse: ({ path }, reason, why) => told.push(`refuse ${path}: ${reason}: ${why}`),
  };
  return { walk, told };
}

async function takeAll({ walk, told }: Journey): Promise<readonly string[]> {
  for await (const { entry, place } of filesBelow(walk, '/from', '/to')) {
    told.push(`take ${entry.path} for ${place}`);
  }
  return told;
}

test('folders are entered before what is in them, each in its turn', async () => {
  const files = new MemoryFiles().file('/from/b/c', '').file('/from/a', '').file('/from/d', '');
  expect(await takeAll(journey(localSide(files.put('/from/l', { kind: 'link' }))))).toEqual([
    'list /from',
    'take /from/a for /to/a',
    'take /from/d for /to/d',
    'leave out /from/l',
    'enter /to/b',
    'list /from/b',
    'take /from/b/c for /to/b/c',
  ]);
});

test('a folder that is not entered is not listed', async () => {
  const files = new MemoryFiles().file('/from/a/b', '').file('/from/c', '');
  const told = await takeAll(journey(localSide(files), () => false));
  expect(told).toEqual(['list /from', 'take /from/c for /to/c', 'enter /to/a']);
});

test('no folder is listed before its files are wanted', async () => {
  const files = new MemoryFiles();
  for (let folder = 0; folder < 100; folder++) {
    for (let file = 0; file < 10; file++) files.file(`/from/${folder}/${file}`, '');
  }
  const { walk, told } = journey(localSide(files));
  let taken = 0;
  let most = 0;
  for await (const _ of filesBelow(walk, '/from', '/to')) {
    taken += 1;
    const listed = told.filter((line) => line.startsWith('list /from/')).length;
    most = Math.max(most, listed * 10 - taken);
  }
  expect(taken).toBe(1_000);
  expect(most).toBeLessThan(10);
});

test('so many listings are under way as may be ahead, and no more are kept', async () => {
  const files = new MemoryFiles();
  for (let outer = 0; outer < 40; outer++) {
    for (let inner = 0; inner < 10; inner++) files.file(`/from/${outer}/${inner}/f`, '');
  }
  const side = localSide(files);
  let running = 0;
  let [most, listed] = [0, 0];
  const slow: Side<string> = {
    ...side,
    list: async (folder, options) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      listed++;
      return side.list(folder, options);
    },
  };
  const { walk } = journey(slow, () => true, 32);
  let taken = 0;
  let kept = 0;
  for await (const _ of filesBelow(walk, '/from', '/to')) {
    taken++;
    // 400 folders hold one file each, and 40 hold those folders.
    kept = Math.max(kept, listed - taken - Math.ceil(taken / 10));
  }
  expect(taken).toBe(400);
  expect(most).toBeGreaterThanOrEqual(16);
  expect(kept).toBeLessThanOrEqual(32 + 1);
});

test('a side that always finds one more folder comes to its end', async () => {
  const side = localSide(new MemoryFiles());
  const endless: Side<string> = {
    ...side,
    deepest: 3,
    list: async (folder): Promise<SideEntry<string>[]> => [
      { path: `${folder}/x`, name: 'x', kind: 'folder' },
    ],
  };
  expect(await takeAll(journey(endless))).toEqual([
    'list /from',
    'enter /to/x',
    'list /from/x',
    'enter /to/x/x',
    'list /from/x/x',
    'refuse /from/x/x/x: depth: it is more than 3 folders deep',
  ]);
});
