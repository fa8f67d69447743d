import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { collectBytes } from '../../../src/base/bytes.ts';
import { localPath } from '../../../src/cli/localPath.ts';
import { nodeFiles } from '../../../src/cli/nodeFiles.ts';
import { temporaryFolder } from './cliRun.ts';

const { signal } = new AbortController();
const modified = new Date('2020-01-02T03:04:05Z');
const options = { modified, signal };

const local = nodeFiles({ platform: process.platform, newId: () => 'id1' });

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('ne');
  throw new Error('lost');
}

test.each([
  ['by hand', {}, '/stands/a'],
  ['by npm run portside', { npm_lifecycle_event: 'portside', INIT_CWD: '/user' }, '/user/a'],
  ['with INIT_CWD alone', { INIT_CWD: '/user' }, '/user/a'],
  ['by another script of npm', { npm_lifecycle_event: 'test', INIT_CWD: '/user' }, '/stands/a'],
])('a relative path, run %s, means what the user saw', (_, environment, expected) => {
  expect(localPath('a', { environment, workingDirectory: '/stands' })).toBe(expected);
  expect(localPath('/a', { environment, workingDirectory: '/stands' })).toBe('/a');
});

test('a file is written whole, with its time, over the old one', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a.sh');
  await writeFile(path, 'old and longer', { mode: 0o750 });
  await local.write(path, pieces('ne', 'w'), options);
  expect(await readFile(path, 'utf8')).toBe('new');
  expect((await stat(path)).mtime).toEqual(modified);
  expect((await stat(path)).mode & 0o777).toBe(0o750);
  expect(await readdir(folder.path)).toEqual(['a.sh']);
});

test('while bytes come they stand beside the file', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a.txt');
  await writeFile(path, 'old');
  let seen: string[] = [];
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(2 * 1024 * 1024);
    seen = await readdir(folder.path);
    expect(await readFile(path, 'utf8')).toBe('old');
    yield Buffer.from('new');
  }
  await local.write(path, slow(), options);
  expect(seen.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['.portside-id1-a.txt', 'a.txt']);
});

// Around what is read and written at once, the length of a piece, and what is written together.
test.each([0, 1, 65_536, 65_537, 262_144, 1_048_576, 1_048_577, 9_000_001])(
  'a file of %d bytes is read and written byte by byte',
  async (size) => {
    await using folder = await temporaryFolder();
    const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
    const bytes = randomBytes(size);
    await writeFile(from, bytes);
    await local.write(to, local.read(from)(), options);
    expect((await readFile(to)).equals(bytes)).toBe(true);
    await local.write(to, inPiecesOf(bytes, 10_007), options);
    expect((await readFile(to)).equals(bytes)).toBe(true);
    expect(await readdir(folder.path)).toEqual(['from', 'to']);
  },
);

function* inPiecesOf(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function* largeAndBroken(): AsyncGenerator<Uint8Array> {
  yield Buffer.alloc(3_000_000);
  throw new Error('lost');
}

test('a large download that breaks leaves the old file and nothing else', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a');
  await writeFile(path, 'old');
  await expect(local.write(path, largeAndBroken(), options)).rejects.toThrow('lost');
  expect(await readdir(folder.path)).toEqual(['a']);
  expect(await readFile(path, 'utf8')).toBe('old');
});

test('a temporary name that is another file is left alone', async () => {
  await using folder = await temporaryFolder();
  const [path, other] = [join(folder.path, 'a'), join(folder.path, '.portside-id1-a')];
  await writeFile(other, 'of another');
  await expect(local.write(path, pieces('new'), options)).rejects.toThrow('exists already');
  expect(await readFile(other, 'utf8')).toBe('of another');
});

test('a download that breaks leaves the old file and nothing else', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a');
  await writeFile(path, 'old');
  await expect(local.write(path, broken(), options)).rejects.toThrow('lost');
  expect(await readdir(folder.path)).toEqual(['a']);
  expect(await readFile(path, 'utf8')).toBe('old');
});

test('a cancel in the last moment leaves the old file and nothing else', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a');
  const controller = new AbortController();
  async function* cancelled(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('new');
    controller.abort(new Error('called off'));
  }
  const writing = local.write(path, cancelled(), { ...options, signal: controller.signal });
  await expect(writing).rejects.toThrow('called off');
  expect(await readdir(folder.path)).toEqual([]);
});

test('a file over a folder is refused, and over a link replaces the link', async () => {
  await using folder = await temporaryFolder();
  const [target, link] = [join(folder.path, 'target'), join(folder.path, 'link')];
  await writeFile(target, 'untouched');
  await symlink(target, link);
  await mkdir(join(folder.path, 'folder'));
  await local.write(link, pieces('new'), options);
  expect(await readFile(target, 'utf8')).toBe('untouched');
  expect((await lstat(link)).isFile()).toBe(true);
  await expect(local.write(join(folder.path, 'folder'), pieces('x'), options)).rejects.toThrow(
    'is a folder',
  );
});

test('a folder is made or used, but a link to one is not', async () => {
  await using folder = await temporaryFolder();
  const made = join(folder.path, 'made');
  await local.makeFolder(made);
  await local.makeFolder(made);
  await symlink(made, join(folder.path, 'link'));
  await writeFile(join(folder.path, 'file'), '');
  await expect(local.makeFolder(join(folder.path, 'link'))).rejects.toThrow('symbolic link');
  await expect(local.makeFolder(join(folder.path, 'file'))).rejects.toThrow('not a folder');
});

test('a folder is listed by name, with what each of them is', async () => {
  await using folder = await temporaryFolder();
  await writeFile(join(folder.path, 'b'), '');
  await writeFile(join(folder.path, '.portside-0123456789ab-a'), '');
  await writeFile(join(folder.path, '.portside-notes'), '');
  await mkdir(join(folder.path, 'a'));
  await symlink('nowhere', join(folder.path, 'c'));
  expect(await local.list(folder.path)).toEqual([
    { name: '.portside-0123456789ab-a', kind: 'file' },
    { name: '.portside-notes', kind: 'file' },
    { name: 'a', kind: 'folder' },
    { name: 'b', kind: 'file' },
    { name: 'c', kind: 'link' },
  ]);
});

test('a source can be read again from its beginning, and says what it cannot do', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'a');
  const content = Buffer.alloc(600_000, 7);
  await writeFile(path, content);
  const source = local.read(path);
  for (let round = 0; round < 2; round++) {
    expect(content.equals(await collectBytes(source(), 1_000_000))).toBe(true);
  }
  await expect(collectBytes(local.read(`${path}x`)(), 1)).rejects.toThrow(
    `Reading ${path}x failed: it does not exist.`,
  );
});
