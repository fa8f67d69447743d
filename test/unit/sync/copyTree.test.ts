import { describe, expect, test, vi } from 'vitest';
import { nameOf, toRemotePath } from '../../../src/base/paths.ts';
import { SessionPool } from '../../../src/session/connections/sessionPool.ts';
import { copyTrees, SideLostError } from '../../../src/sync/copyTree.ts';
import { localSide } from '../../../src/sync/localSide.ts';
import { remoteSide } from '../../../src/sync/remoteSide.ts';
import { MemoryFiles } from '../../support/memoryFiles.ts';
import { FakeServer } from '../session/fakeConnection.ts';
import { openFake, settle } from '../session/fakeSession.ts';
import { type CopyRun, type CopyRunOptions, copySite } from './treeCopies.ts';

type Direction = CopyRunOptions['direction'];
const directions: readonly Direction[] = ['up', 'down'];

const tree = { 'a.txt': 'A', 'b.txt': 'more than one piece', 'sub/c.txt': 'C', 'sub/deep/d': '' };

/** The same files at /site of whichever side they are copied from, and nothing on the other. */
function sidesWith(
  direction: Direction,
  files: Readonly<Record<string, string>> = tree,
): { readonly local: MemoryFiles; readonly server: FakeServer } {
  const local = new MemoryFiles();
  const server = new FakeServer();
  if (direction === 'up') {
    for (const [name, text] of Object.entries(files)) local.file(`/site/${name}`, text);
    return { local, server };
  }
  server.folder('/site');
  for (const [name, text] of Object.entries(files)) {
    const names = name.split('/').slice(0, -1);
    names.forEach((_, at) => server.folder(`/site/${names.slice(0, at + 1).join('/')}`));
    server.file(`/site/${name}`, text);
  }
  return { local, server };
}

/** What stands below /copy, wherever that is. */
function copied(direction: Direction, local: MemoryFiles, server: FakeServer): object {
  const texts =
    direction === 'down'
      ? Object.entries(local.texts)
      : [...server.nodes]
          .filter(([, { type }]) => type === 'file')
          .map(([path]) => [path, server.text(path) ?? ''] as const);
  return Object.fromEntries(
    texts
      .filter(([path]) => path.startsWith('/copy/'))
      .map(([path, text]) => [path.slice('/copy/'.length), text]),
  );
}

/** The names of the files that came, in their order. */
function namesCopied({ told }: CopyRun): string[] {
  return told
    .filter((line) => line.startsWith('copied '))
    .map((line) => nameOf(line.slice('copied '.length, line.indexOf(' to '))));
}

describe.each(directions)('a tree that goes %s', (direction) => {
  test.each([1, 4])('arrives whole, %s at once, and each file is told of', async (atOnce) => {
    const { local, server } = sidesWith(direction);
    const run = await copySite(local, server, { direction, atOnce });
    expect(run.error).toBeUndefined();
    expect(copied(direction, local, server)).toEqual(tree);
    expect(run.told.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(
      Object.keys(tree).map((name) => `copied /site/${name} to /copy/${name}`),
    );
    expect(run.moved).toBe(Object.values(tree).join('').length);
  });

  test('goes on behind a file that fails on this machine', async () => {
    const { local, server } = sidesWith(direction);
    local.before = (operation) => {
      if (/^(?:read|write) .*\/b\.txt$/.test(operation)) throw new Error('the disk is broken');
    };
    const run = await copySite(local, server, { direction });
    expect(run.error).toBeUndefined();
    expect(run.told.filter((line) => line.startsWith('failed'))).toEqual([
      'failed /site/b.txt: the disk is broken',
    ]);
    const { 'b.txt': _, ...others } = tree;
    expect(copied(direction, local, server)).toEqual(others);
  });

  test('goes on beside a folder that cannot be made', async () => {
    const { local, server } = sidesWith(direction);
    if (direction === 'down') local.file('/copy/sub', 'in the way');
    else server.folder('/copy').file('/copy/sub', 'in the way');
    const run = await copySite(local, server, { direction });
    expect(run.error).toBeUndefined();
    expect(namesCopied(run)).toEqual(['a.txt', 'b.txt']);
    expect(run.told.at(-1)).toMatch(/^failed \/site\/sub: .*(?:no folder|not a directory|folder)/);
  });

  test('ends with a cancel in the middle, and leaves no part of a file', async () => {
    const { local, server } = sidesWith(direction);
    const controller = new AbortController();
    const reason = new Error('called off');
    const run = await copySite(local, server, {
      direction,
      signal: controller.signal,
      onTold: () => controller.abort(reason),
    });
    expect(run.error).toBe(reason);
    expect(run.told).toEqual(['copied /site/a.txt to /copy/a.txt']);
    expect(copied(direction, local, server)).toEqual({ 'a.txt': 'A' });
  });

  test('leaves out links and what else is no file, and that is told', async () => {
    const { local, server } = sidesWith(direction, { a: 'A' });
    if (direction === 'up')
      local.put('/site/link', { kind: 'link' }).put('/site/pipe', { kind: 'other' });
    else server.link('/site/link', '/site/a').link('/site/pipe', '/');
    const run = await copySite(local, server, { direction });
    expect(run.told).toEqual([
      'copied /site/a to /copy/a',
      'left out /site/link: link',
      `left out /site/pipe: ${direction === 'up' ? 'other' : 'link'}`,
    ]);
    expect(copied(direction, local, server)).toEqual({ a: 'A' });
  });

  test('takes no connection that is kept for those who wait', async () => {
    const { local, server } = sidesWith(direction);
    const place = vi.spyOn(SessionPool.prototype, 'place');
    try {
      await copySite(local, server, { direction, atOnce: 3, session: { maxConnections: 3 } });
      const lanes = new Set(place.mock.calls.map(([{ lane }]) => lane));
      expect([...lanes]).toEqual(['transfer']);
    } finally {
      place.mockRestore();
    }
  });

  test('takes all connections where no other caller wants one', async () => {
    const { local, server } = sidesWith(direction);
    const session = { maxConnections: 3, keptFromTransfers: 0 };
    await copySite(local, server, { direction, atOnce: 3, session });
    expect(server.peak).toBe(3);
  });
});

test('a file that the server refuses fails alone', async () => {
  const { local, server } = sidesWith('down');
  server.fault = (_, command) => (command === 'RETR /site/b.txt' ? 'reply550' : undefined);
  const run = await copySite(local, server, { direction: 'down' });
  expect(namesCopied(run)).toEqual(['a.txt', 'c.txt', 'd']);
  expect(run.told.filter((line) => line.startsWith('failed /site/b.txt'))).toHaveLength(1);
});

test('a server that cannot be had any more ends the copy', async () => {
  const { local, server } = sidesWith('down');
  const lost = new Error('The site is closed');
  const run = await copySite(local, server, {
    direction: 'down',
    onTold: () => {
      server.fault = () => 'lostBefore';
      server.greet = () => Promise.reject(lost);
    },
  });
  expect(run.error).toBeInstanceOf(SideLostError);
  expect(run.told).toEqual([
    'copied /site/a.txt to /copy/a.txt',
    expect.stringMatching(/^failed \/site\/b\.txt: .*The site is closed/),
    'missed the folder /site/sub',
  ]);
});

test.each(directions)(
  'a server lost on the way %s leaves no file out of the report',
  async (direction) => {
    const names = Array.from({ length: 60 }, (_, at) => `${at % 5 ? `${at % 5}/` : ''}f${at}`);
    const files = Object.fromEntries(names.map((name) => [name, name]));
    const { local, server } = sidesWith(direction, files);
    let done = 0;
    const { told, error } = await copySite(local, server, {
      direction,
      atOnce: 8,
      onTold: () => {
        if (++done !== 20) return;
        for (const connection of server.connections) connection.drop();
        server.fault = () => 'lostBefore';
        server.greet = () => Promise.reject(new Error('The site is closed'));
      },
    });
    expect(error).toBeInstanceOf(SideLostError);
    expect(told.filter((line) => line.startsWith('failed'))).toHaveLength(1);
    const ofFile = /^(?:copied|failed|missed the file) (\/site\/[^ :]+)/;
    const named = told.flatMap((line) => ofFile.exec(line)?.[1] ?? []);
    const folders = told.flatMap((line) => /^missed the folder (.*)/.exec(line)?.[1] ?? []);
    const below = names
      .map((name) => `/site/${name}`)
      .filter((name) => folders.some((folder) => name.startsWith(`${folder}/`)));
    expect([...named, ...below].toSorted()).toEqual(
      names.map((name) => `/site/${name}`).toSorted(),
    );
  },
);

test('files go on while a folder is being listed', async () => {
  const files = { 'a/1': '1', b: 'B', c: 'C' };
  const { local, server } = sidesWith('down', files);
  const { promise: listing, resolve: goOn } = Promise.withResolvers<void>();
  const { promise: reading, resolve: readOn } = Promise.withResolvers<void>();
  server.folder('/site/z').file('/site/z/2', '2');
  server.gate = async (command) => {
    if (command.endsWith('/site/z')) await listing;
    if (command === 'RETR /site/c') await reading;
  };
  const told: string[] = [];
  const running = copySite(local, server, {
    direction: 'down',
    atOnce: 2,
    onTold: (line) => told.push(line),
  });
  for (let turn = 0; turn < 20; turn++) await settle();
  expect(told.some((line) => line.includes('/site/c '))).toBe(false);
  readOn();
  for (let turn = 0; turn < 20; turn++) await settle();
  expect(told).toContain('copied /site/c to /copy/c');
  goOn();
  const names = namesCopied(await running);
  expect([names.slice(0, 3).toSorted(), names[3]]).toEqual([['1', 'b', 'c'], '2']);
});

test('names that this machine cannot have are refused, and the others arrive', async () => {
  const { server } = sidesWith('down', { 'NUL.txt': '1', Case: '2', case: '3', 'a\\b': '4' });
  const local = new MemoryFiles('win32');
  const run = await copySite(local, server, { direction: 'down' });
  expect(namesCopied(run)).toHaveLength(1);
  expect(run.told.filter((line) => line.startsWith('failed'))).toEqual(
    expect.arrayContaining([
      expect.stringContaining('it is the name of a device on Windows'),
      expect.stringContaining('has the same name on this machine'),
      expect.stringContaining('it holds a slash or a backslash'),
    ]),
  );
});

test('a name that would end a command line is refused, a link of that name too', async () => {
  const { local, server } = sidesWith('up', { 'a\nDELE x': '1', b: '2' });
  local.put('/site/c\rd', { kind: 'link' });
  const run = await copySite(local, server, { direction: 'up' });
  expect(run.told).toEqual([
    'failed /site/a\nDELE x: /site/a\nDELE x was not copied: its name holds a line break.',
    'copied /site/b to /copy/b',
    'failed /site/c\rd: /site/c\rd was not copied: its name holds a line break.',
  ]);
});

test('what a download of ours is receiving is left out with its facts', async () => {
  const { local, server } = sidesWith('up', { '.portside-0123456789ab-a': 'half' });
  local.file('/site/.portside-notes', 'mine');
  const run = await copySite(local, server, { direction: 'up' });
  expect(run.told).toEqual([
    'left out /site/.portside-0123456789ab-a: leftOver',
    'copied /site/.portside-notes to /copy/.portside-notes',
  ]);
});

test.each([
  ['second', 0],
  ['day', 1],
] as const)('a time that listings tell to the %s costs %s questions', async (precision, asked) => {
  const server = new FakeServer({ precision });
  server.folder('/site').file('/site/a', 'A', { modified: Date.UTC(2020, 0, 2) });
  const local = new MemoryFiles();
  await copySite(local, server, { direction: 'down' });
  expect(local.nodes.get('/copy/a')?.modified).toEqual(new Date(Date.UTC(2020, 0, 2)));
  expect(server.commands.filter((command) => command === 'MLST /site/a')).toHaveLength(asked);
});

test('sources with places of their own are copied at the same time', async () => {
  const { local, server } = sidesWith('down', { a: 'A', b: 'B', c: 'C' });
  const { promise: first, resolve: goOn } = Promise.withResolvers<void>();
  server.gate = async (command) => {
    if (command === 'RETR /site/a') await first;
  };
  await using files = openFake(server);
  const copies = ['a', 'b', 'c'].map((name) => ({
    source: toRemotePath(`/site/${name}`),
    name,
    target: '/copy',
    into: true,
    recursive: false,
  }));
  const told: string[] = [];
  const observer = {
    copied: ({ from }: { readonly from: string }) => told.push(from),
    leftOut() {},
    failed() {},
    missed() {},
  };
  const sides = { from: remoteSide(files), to: localSide(local) };
  const { signal } = new AbortController();
  const copying = copyTrees(sides, copies, { signal, atOnce: 2, observer });
  for (let turn = 0; turn < 20; turn++) await settle();
  expect(told).toEqual(['/site/b', '/site/c']);
  goOn();
  await copying;
  expect(copied('down', local, server)).toEqual({ a: 'A', b: 'B', c: 'C' });
});

test('a copy within one session is refused at once, for it would wait for its own connection', async () => {
  await using files = openFake(new FakeServer());
  const side = remoteSide(files);
  const [source, target] = [toRemotePath('/site'), toRemotePath('/copy')];
  const copying = copyTrees(
    { from: side, to: remoteSide(files) },
    [{ source, name: undefined, target, into: false, recursive: true }],
    {
      signal: new AbortController().signal,
      atOnce: 1,
      observer: { leftOut() {}, failed() {}, missed() {} },
    },
  );
  await expect(copying).rejects.toThrow(RangeError);
  expect(side.session).toBe(files);
});
