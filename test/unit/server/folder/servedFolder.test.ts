import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import { collectBytes } from '../../../../src/base/bytes.ts';
import { diskFolder } from '../../../../src/server/folder/diskFolder.ts';
import { bytesOfFile } from '../../../../src/server/data/fileBytes.ts';
import { type Ground, PathGround } from '../../../../src/server/folder/diskGround.ts';
import { memoryFolder } from '../../../../src/server/folder/memoryFolder.ts';
import {
  type FolderErrorReason,
  resolveServedPath,
  type ServedFolder,
  type ServedPath,
  servedRoot,
  toWireText,
  type WriteStart,
} from '../../../../src/server/folder/servedFolder.ts';
import { listOf } from '../testServer.ts';
import { makeTemporaryFolder } from '../../../../scripts/temporaryFolder.ts';

function path(text: string): ServedPath {
  const resolved = resolveServedPath(servedRoot, toWireText(text));
  if (resolved === undefined) throw new RangeError(text);
  return resolved;
}

async function write(
  folder: ServedFolder,
  name: string,
  content: string,
  start: WriteStart = { kind: 'replace' },
): Promise<void> {
  await using writer = await folder.openWrite(path(name), start);
  await writer.begin();
  await writer.write([Buffer.from(content.slice(0, 1)), Buffer.from(content.slice(1))]);
}

async function read(folder: ServedFolder, name: string, offset = 0): Promise<string> {
  await using reader = await folder.openRead(path(name));
  return Buffer.from(await collectBytes(bytesOfFile(reader, offset), 1_000_000)).toString();
}

async function names(folder: ServedFolder, name: string): Promise<string[]> {
  return (await listOf(folder, path(name))).map((entry) => entry.name).toSorted();
}

type Opened = { readonly folder: ServedFolder } & AsyncDisposable;

async function diskKind(ground?: (root: string) => Ground): Promise<Opened> {
  const temporary = await makeTemporaryFolder('folder');
  return {
    folder: await diskFolder(temporary.path, ground),
    [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose](),
  };
}

const kinds: [string, () => Promise<Opened>][] = [
  ['memory', async () => ({ folder: memoryFolder(), [Symbol.asyncDispose]: async () => {} })],
  ['disk', () => diskKind()],
  // What systems without descriptor paths do.
  ['disk by its paths', () => diskKind((root) => new PathGround(root))],
];

describe.each(kinds)('a folder in %s', (_name, open) => {
  test('keeps what is written, replaces, appends and writes in place', async () => {
    await using opened = await open();
    const { folder } = opened;
    await write(folder, '/f', 'hello');
    await write(folder, '/f', ' world', { kind: 'append' });
    expect(await read(folder, '/f')).toBe('hello world');
    expect(await read(folder, '/f', 6)).toBe('world');
    await write(folder, '/f', 'J', { kind: 'offset', bytes: 0 });
    expect(await read(folder, '/f')).toBe('Jello world');
    await write(folder, '/f', 'new');
    expect(await read(folder, '/f')).toBe('new');
    expect(await read(folder, '/f', 99)).toBe('');
  });

  test('leaves the old content until the first byte may come', async () => {
    await using opened = await open();
    const { folder } = opened;
    await write(folder, '/f', 'old');
    {
      await using _ = await folder.openWrite(path('/f'), { kind: 'replace' });
    }
    expect(await read(folder, '/f')).toBe('old');
  });

  test('lists folders and files with their facts', async () => {
    await using opened = await open();
    const { folder } = opened;
    await folder.makeDirectory(path('/d'));
    await write(folder, '/d/f', '12345');
    await folder.setModified(path('/d/f'), new Date('2020-02-29T12:34:56Z'));
    await folder.setMode(path('/d/f'), 0o640);
    expect(await listOf(folder, path('/d'))).toMatchObject([
      {
        name: 'f',
        type: 'file',
        size: 5,
        modified: new Date('2020-02-29T12:34:56Z'),
        mode: 0o640,
        writable: true,
        removable: true,
      },
    ]);
    const [listed] = await listOf(folder, path('/d'));
    expect(await folder.entry(path('/d/f'))).toEqual(listed);
    expect(await folder.entry(path('/'))).toMatchObject({ name: '', type: 'directory' });
    expect(await folder.followed(path('/d'))).toMatchObject({ name: 'd', type: 'directory' });
  });

  test('tells one file from another, and the same after a rename', async () => {
    await using opened = await open();
    const { folder } = opened;
    await write(folder, '/a', 'a');
    await write(folder, '/b', 'b');
    const { unique } = await folder.entry(path('/a'));
    expect((await folder.entry(path('/b'))).unique).not.toBe(unique);
    await folder.rename(path('/a'), path('/c'));
    expect((await folder.entry(path('/c'))).unique).toBe(unique);
  });

  test('a rename replaces a file and an empty folder, and moves between folders', async () => {
    await using opened = await open();
    const { folder } = opened;
    for (const name of ['/d', '/d/e', '/g']) await folder.makeDirectory(path(name));
    await write(folder, '/a', 'a');
    await write(folder, '/d/b', 'b');
    await folder.rename(path('/a'), path('/d/b'));
    expect(await read(folder, '/d/b')).toBe('a');
    await folder.rename(path('/d'), path('/g'));
    expect(await names(folder, '/g')).toEqual(['b', 'e']);
    expect(await names(folder, '/')).toEqual(['g']);
    await folder.rename(path('/g/b'), path('/g/b'));
    expect(await read(folder, '/g/b')).toBe('a');
  });

  test('names of any letters and bytes stay what they are', async () => {
    await using opened = await open();
    const { folder } = opened;
    const odd = [
      '  blanks  ',
      '[*?]',
      '-rf',
      'naïve ☃',
      'semi;colon=',
      '"quotes"',
      'CON',
      'a\\b',
      'a:b',
    ];
    for (const name of odd) await write(folder, `/${name}`, name);
    expect(await names(folder, '/')).toEqual(odd.map(toWireText).toSorted());
    for (const name of odd) expect(await read(folder, `/${name}`)).toBe(name);
  });

  test.each<[string, FolderErrorReason, (folder: ServedFolder) => Promise<unknown>]>([
    ['reading what is not there', 'absent', (folder) => folder.openRead(path('/no'))],
    ['reading a folder', 'notAFile', (folder) => folder.openRead(path('/d'))],
    ['reading below a file', 'notAFolder', (folder) => folder.openRead(path('/f/x'))],
    ['writing a folder', 'notAFile', (folder) => write(folder, '/d', 'x')],
    ['writing below nothing', 'absent', (folder) => write(folder, '/no/x', 'x')],
    ['writing the root', 'denied', (folder) => write(folder, '/', 'x')],
    ['making it twice', 'exists', (folder) => write(folder, '/f', 'x', { kind: 'create' })],
    ['listing nothing', 'absent', (folder) => folder.openList(path('/no'))],
    ['listing a file', 'notAFolder', (folder) => folder.openList(path('/f'))],
    ['looking at nothing', 'absent', (folder) => folder.entry(path('/no'))],
    ['following nothing', 'absent', (folder) => folder.followed(path('/no'))],
    ['making a folder twice', 'exists', (folder) => folder.makeDirectory(path('/d'))],
    ['making a folder on a file', 'exists', (folder) => folder.makeDirectory(path('/f'))],
    ['removing a full folder', 'notEmpty', (folder) => folder.removeDirectory(path('/d'))],
    ['removing a file as folder', 'notAFolder', (folder) => folder.removeDirectory(path('/f'))],
    ['removing the root', 'denied', (folder) => folder.removeDirectory(path('/'))],
    ['removing a folder as file', 'notAFile', (folder) => folder.removeFile(path('/d'))],
    ['removing nothing', 'absent', (folder) => folder.removeFile(path('/no'))],
    ['renaming nothing', 'absent', (folder) => folder.rename(path('/no'), path('/x'))],
    ['renaming the root', 'denied', (folder) => folder.rename(path('/'), path('/x'))],
    ['renaming into itself', 'denied', (folder) => folder.rename(path('/d'), path('/d/sub'))],
    ['renaming over a full folder', 'notEmpty', (folder) => folder.rename(path('/e'), path('/d'))],
    [
      'renaming a file over a folder',
      'notAFile',
      (folder) => folder.rename(path('/f'), path('/e')),
    ],
    ['a time of nothing', 'absent', (folder) => folder.setModified(path('/no'), new Date(0))],
    ['a time of the root', 'denied', (folder) => folder.setModified(path('/'), new Date(0))],
    ['a mode of the root', 'denied', (folder) => folder.setMode(path('/'), 0o700)],
    [
      'writing beyond the end',
      'short',
      (folder) => write(folder, '/f', 'x', { kind: 'offset', bytes: 2 }),
    ],
    [
      'writing in the middle of nothing',
      'short',
      (folder) => write(folder, '/no', 'x', { kind: 'offset', bytes: 1 }),
    ],
    ['a mode of nothing', 'absent', (folder) => folder.setMode(path('/no'), 0o600)],
  ])('%s fails with %s', async (_what, reason, act) => {
    await using opened = await open();
    const { folder } = opened;
    await folder.makeDirectory(path('/d'));
    await folder.makeDirectory(path('/e'));
    await write(folder, '/f', 'f');
    await write(folder, '/d/inner', 'i');
    await expect(act(folder)).rejects.toMatchObject({ name: 'FolderError', reason });
    expect(await names(folder, '/')).toEqual(['d', 'e', 'f']);
    expect(await names(folder, '/d')).toEqual(['inner']);
  });
});

test('no argument leads out of the root, or holds a line break or a NUL', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('..', '.', '', 'a', '/', ' ', '\r', '\n', '\0', '\\'), {
        maxLength: 12,
      }),
      fc.constantFrom('/', '/a', '/a/b'),
      (parts, from) => {
        const resolved = resolveServedPath(path(from), parts.join('/'));
        if (resolved === undefined) return /[\r\n\0]/.test(parts.join('/'));
        return (
          resolved.startsWith('/') &&
          resolved.split('/').every((name) => name !== '..' && name !== '.') &&
          !/[\r\n\0]|\/\/|.\/$/.test(resolved)
        );
      },
    ),
  );
});

test('two writers of one new file on disk both succeed', async () => {
  await using temporary = await makeTemporaryFolder('folder');
  const root = temporary.path;
  const folder = await diskFolder(root);
  await Promise.all([write(folder, '/same', 'aaaa'), write(folder, '/same', 'aaaa')]);
  expect(await readFile(join(root, 'same'), 'utf8')).toBe('aaaa');
  await writeFile(join(root, 'plain'), 'x');
  await expect(diskFolder(join(root, 'plain'))).rejects.toMatchObject({ reason: 'notAFolder' });
});

test('a folder in memory is full when its bytes or its entries are, and has room again', async () => {
  const folder = memoryFolder({}, systemClock, { bytes: 10, entries: 3 });
  const full = { reason: 'full' };
  await write(folder, '/a', '12345');
  await write(folder, '/b', '12345');
  await expect(write(folder, '/b', '6', { kind: 'append' })).rejects.toMatchObject(full);
  await expect(write(folder, '/b', '123456')).rejects.toMatchObject(full);
  await write(folder, '/b', '');
  await write(folder, '/a', '67890', { kind: 'append' });
  await folder.rename(path('/b'), path('/a'));
  await write(folder, '/a', '1234567890');
  await folder.makeDirectory(path('/d'));
  await folder.makeDirectory(path('/d/e'));
  await expect(folder.makeDirectory(path('/f'))).rejects.toMatchObject(full);
  await expect(write(folder, '/f', '')).rejects.toMatchObject(full);
  await folder.removeDirectory(path('/d/e'));
  await folder.removeFile(path('/a'));
  await write(folder, '/f', '1234567890');
  expect(await names(folder, '/')).toEqual(['d', 'f']);
});

test('a file removed from memory takes room as long as a client writes it', async () => {
  const folder = memoryFolder({}, systemClock, { bytes: 10, entries: 3 });
  {
    await using writer = await folder.openWrite(path('/a'), { kind: 'replace' });
    await writer.begin();
    await writer.write([Buffer.from('12345')]);
    await folder.removeFile(path('/a'));
    await writer.write([Buffer.from('12345')]);
    await expect(write(folder, '/b', '1')).rejects.toMatchObject({ reason: 'full' });
  }
  await write(folder, '/b', '1234567890');
});

test('a name in memory is as long as one on disk may be', async () => {
  const folder = memoryFolder();
  await folder.makeDirectory(path(`/${'n'.repeat(255)}`));
  const long = path(`/${'n'.repeat(256)}`);
  await expect(folder.makeDirectory(long)).rejects.toMatchObject({ reason: 'denied' });
  await expect(folder.openWrite(long, { kind: 'replace' })).rejects.toThrow();
});

test('a large folder is listed some entries at a time', async () => {
  const files = Object.fromEntries(Array.from({ length: 1_000 }, (_, at) => [`/${at}`, '']));
  await using listing = await memoryFolder(files).openList(servedRoot);
  let most = 0;
  let all = 0;
  for await (const some of listing.entries()) {
    most = Math.max(most, some.length);
    all += some.length;
  }
  expect(all).toBe(1_000);
  expect(most).toBeLessThan(500);
});
