import { rmSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { FtpServer } from '../../../src/server/ftpServer.ts';
import { diskFolder } from '../../../src/server/folder/diskFolder.ts';
import { patternBytes, startTestServer } from '../../support/engine.ts';
import {
  addressOf,
  annasPassword,
  type CliOptions,
  type CliRun,
  runCli,
  temporaryFolder,
} from './cliRun.ts';

async function run(
  server: FtpServer,
  args: readonly string[],
  options: CliOptions = {},
): Promise<CliRun> {
  const [site, trust] = await addressOf(server);
  const full = args.map((arg) => arg.replace(/^URL/, site));
  return runCli([...full, trust], { environment: annasPassword, ...options });
}

/** The files below a folder, by path and content. */
async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const pairs = await Promise.all(
    paths.map(
      async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')] as const,
    ),
  );
  return Object.fromEntries(pairs);
}

const tree = { '/site/a': 'A', '/site/sub/b': 'B', '/c': 'C' };

test.each([
  ['to a new name', ['URL/c', 'new'], { new: 'C' }],
  ['into a folder', ['URL/c', 'there'], { 'there/c': 'C' }],
  ['into a folder to be made', ['URL/c', 'made/'], { 'made/c': 'C' }],
  [
    'several into a folder to be made',
    ['URL/c', 'URL/site/a', 'made'],
    { 'made/c': 'C', 'made/a': 'A' },
  ],
  ['a folder as a new one', ['-r', 'URL/site', 'new'], { 'new/a': 'A', 'new/sub/b': 'B' }],
  [
    'a folder into a folder',
    ['-r', 'URL/site/', 'there'],
    { 'there/site/a': 'A', 'there/site/sub/b': 'B' },
  ],
  [
    'the whole root',
    ['-r', 'URL/', 'there'],
    { 'there/c': 'C', 'there/site/a': 'A', 'there/site/sub/b': 'B' },
  ],
  ['deep down', ['URL/c', 'x/y/z'], { 'x/y/z': 'C' }],
])('get copies %s, as cp does', async (_, args, expected) => {
  await using here = await temporaryFolder();
  await mkdir(join(here.path, 'there'));
  await using server = await startTestServer({ files: tree });
  const { code, told } = await run(server, ['get', ...args], { workingDirectory: here.path });
  expect([code, told]).toEqual([0, []]);
  expect(await filesIn(here.path)).toEqual(expected);
});

test.each([
  ['to a new name', ['c', 'URL/new'], { new: 'C' }],
  ['into a folder', ['c', 'URL/there'], { 'there/c': 'C' }],
  ['into a folder to be made', ['c', 'URL/made/it/'], { 'made/it/c': 'C' }],
  ['to a name deep down', ['c', 'URL/x/y/z'], { 'x/y/z': 'C' }],
  ['several into a folder', ['c', 'site/a', 'URL/made'], { 'made/c': 'C', 'made/a': 'A' }],
  ['a folder as a new one', ['-r', 'site', 'URL/new'], { 'new/a': 'A', 'new/sub/b': 'B' }],
  [
    'a folder into a folder',
    ['-r', 'site', 'URL/there'],
    { 'there/site/a': 'A', 'there/site/sub/b': 'B' },
  ],
  ['a folder into the login folder', ['-r', 'site', 'URL'], { 'site/a': 'A', 'site/sub/b': 'B' }],
  [
    'the content of a folder',
    ['-r', 'site/.', 'URL/there'],
    { 'there/a': 'A', 'there/sub/b': 'B' },
  ],
])('put copies %s, as cp does', async (_, args, expected) => {
  await using here = await temporaryFolder();
  await using there = await temporaryFolder();
  await mkdir(join(there.path, 'there'));
  for (const [path, content] of Object.entries(tree)) {
    await mkdir(join(here.path, path, '..'), { recursive: true });
    await writeFile(join(here.path, path), content);
  }
  await using server = await startTestServer({ folder: await diskFolder(there.path) });
  const { code, told } = await run(server, ['put', ...args], { workingDirectory: here.path });
  expect([code, told]).toEqual([0, []]);
  expect(await filesIn(there.path)).toEqual(expected);
});

test('a folder is copied only when that is said, and the others go on', async () => {
  await using here = await temporaryFolder();
  await mkdir(join(here.path, 'folder'));
  await writeFile(join(here.path, 'file'), 'F');
  await using server = await startTestServer({ files: tree });
  const at = { workingDirectory: here.path };
  const got = await run(server, ['get', 'URL/site', 'URL/nothing', 'URL/c', 'to'], at);
  expect(got.code).toBe(1);
  expect(got.told).toEqual([
    expect.stringContaining('/site is a folder: -r copies it'),
    expect.stringMatching(/\/nothing.*does not exist/),
  ]);
  expect(await filesIn(join(here.path, 'to'))).toEqual({ c: 'C' });
  const sent = await run(server, ['put', 'folder', 'nothing', 'file', 'URL/to'], at);
  expect(sent.code).toBe(1);
  expect(sent.told).toEqual([
    expect.stringContaining('folder is a folder: -r copies it'),
    expect.stringContaining('nothing does not exist'),
  ]);
  expect((await run(server, ['cat', 'URL/to/file'])).output.toString()).toBe('F');
});

test.each(['URL/s/a', '-r URL/s'])(
  'get %s asks for a time that listings tell to the day',
  async (args) => {
    await using here = await temporaryFolder();
    await using there = await temporaryFolder();
    const modified = new Date('2020-01-02T03:04:05Z');
    await mkdir(join(there.path, 's'));
    await writeFile(join(there.path, 's/a'), 'A');
    await utimes(join(there.path, 's/a'), modified, modified);
    const personality = { unknown: ['MLSD', 'MLST'] };
    await using server = await startTestServer({
      folder: await diskFolder(there.path),
      personality,
    });
    const to = join(here.path, 'to');
    const { code } = await run(server, ['get', ...args.split(' '), to]);
    expect(code).toBe(0);
    const file = args.startsWith('-r') ? join(to, 'a') : to;
    expect((await stat(file)).mtime).toEqual(modified);
  },
);

test('symbolic links are left out of a recursive copy, and that is said', async () => {
  await using here = await temporaryFolder();
  await using there = await temporaryFolder();
  for (const folder of [here.path, there.path]) {
    await mkdir(join(folder, 'site'));
    await writeFile(join(folder, 'site/file'), 'F');
    await symlink('file', join(folder, 'site/link'));
    await symlink('..', join(folder, 'site/up'));
  }
  await using server = await startTestServer({ folder: await diskFolder(there.path) });
  const at = { workingDirectory: here.path };
  const got = await run(server, ['get', '-r', 'URL/site', 'got'], at);
  expect([got.code, got.told]).toEqual([
    0,
    [
      expect.stringMatching(/^\/site\/link was left out: it is a symbolic link/),
      expect.stringMatching(/^\/site\/up was left out/),
    ],
  ]);
  expect(await readdir(join(here.path, 'got'))).toEqual(['file']);
  const sent = await run(server, ['put', '-r', 'site', 'URL/sent'], at);
  expect(sent.code).toBe(0);
  expect(sent.told.map((line) => line.replace(/ was left out.*/, ''))).toEqual([
    join(here.path, 'site/link'),
    join(here.path, 'site/up'),
  ]);
  expect(await readdir(join(there.path, 'sent'))).toEqual(['file']);
});

test('nothing is written through a symbolic link that stands in the target', async () => {
  await using here = await temporaryFolder();
  await using outside = await temporaryFolder();
  await mkdir(join(here.path, 'to/site'), { recursive: true });
  await symlink(outside.path, join(here.path, 'to/site/sub'));
  await using server = await startTestServer({ files: tree });
  const at = { workingDirectory: here.path };
  const { code, told } = await run(server, ['get', '-r', 'URL/site', 'to'], at);
  expect(code).toBe(1);
  expect(told).toEqual([expect.stringContaining('Portside writes nothing through it')]);
  expect(await readdir(outside.path)).toEqual([]);
  expect(await readFile(join(here.path, 'to/site/a'), 'utf8')).toBe('A');
});

test('a name that this machine cannot have is reported, and the others arrive', async () => {
  await using here = await temporaryFolder();
  const files = { '/s/a\\b': '1', '/s/C:x': '2', '/s/good': '3' };
  await using server = await startTestServer({ files });
  const at = { workingDirectory: here.path };
  const { code, told } = await run(server, ['get', '-r', 'URL/s', 'to'], at);
  expect(code).toBe(1);
  expect(told.length).toBe(2);
  expect(await filesIn(join(here.path, 'to'))).toEqual({ good: '3' });
  const windows = { '/s/NUL.txt': '1', '/s/x.': '2', '/s/Case': '3', '/s/case': '4' };
  await using other = await startTestServer({ files: windows });
  const there = await run(other, ['get', '-r', 'URL/s', 'win'], { ...at, platform: 'win32' });
  expect(there.code).toBe(1);
  expect(there.told.length).toBe(3);
  expect(Object.keys(await filesIn(join(here.path, 'win'))).length).toBe(1);
});

test('files that fail are reported one per line, and the others arrive', async () => {
  await using there = await temporaryFolder();
  await using here = await temporaryFolder();
  await mkdir(join(here.path, 'site/taken'), { recursive: true });
  for (const name of ['a', 'b', 'c']) await writeFile(join(here.path, 'site', name), name);
  await writeFile(join(here.path, 'site/taken/x'), 'x');
  await mkdir(join(there.path, 'to/b'), { recursive: true });
  await writeFile(join(there.path, 'to/taken'), 'a file where a folder is wanted');
  await using server = await startTestServer({ folder: await diskFolder(there.path) });
  const at = { workingDirectory: here.path };
  const { code, told } = await run(server, ['put', '-r', 'site/.', 'URL/to'], at);
  expect(code).toBe(1);
  expect(told.toSorted((a, b) => (a.includes('/to/b') ? -1 : b.includes('/to/b') ? 1 : 0))).toEqual(
    [
      expect.stringMatching(/\/to\/b.*it is a folder/),
      expect.stringMatching(/\/to\/taken.*it is not a folder/),
    ],
  );
  expect(await filesIn(join(there.path, 'to'))).toMatchObject({ a: 'a', c: 'c' });
});

test('a local file that vanishes fails alone, and no part of it is on the server', async () => {
  await using here = await temporaryFolder();
  for (const name of ['a', 'b', 'c']) await writeFile(join(here.path, name), name);
  await using there = await temporaryFolder();
  await using server = await startTestServer({ folder: await diskFolder(there.path) });
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    if (ids === 2) rmSync(join(here.path, 'b'));
    return `id${ids}`;
  };
  const args = ['put', '-r', here.path, 'URL/to'];
  const { code, told } = await run(server, args, { newId });
  // Those whose bytes were on the same data connection are sent again, which is a note.
  const failures = told.filter((line) => !line.startsWith('Note: '));
  const failure = `Reading ${join(here.path, 'b')} failed: it does not exist.`;
  expect([code, failures]).toEqual([1, [failure]]);
  expect(await filesIn(there.path)).toEqual({ 'to/a': 'a', 'to/c': 'c' });
});

test('a server that breaks every transfer leaves no short file', async () => {
  await using here = await temporaryFolder();
  await using server = await startTestServer({
    files: { '/s/a': patternBytes(300_000), '/s/b': patternBytes(300_000) },
    faults: { dropAfterBytes: 100_000 },
  });
  const at = { workingDirectory: here.path };
  const { code } = await run(server, ['get', '-r', 'URL/s', 'to'], at);
  expect(code).toBe(1);
  expect(await readdir(join(here.path, 'to'))).toEqual([]);
});

test('a server that goes away ends the command, once', async () => {
  await using here = await temporaryFolder();
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`/s/${index}`, 'x']));
  await using server = await startTestServer({ files });
  let told = 0;
  const newId = (): string => {
    told += 1;
    if (told === 10) void server[Symbol.asyncDispose]();
    return `x${told}`;
  };
  const { code, told: lines } = await run(server, ['get', '-r', 'URL/s', 'to'], {
    workingDirectory: here.path,
    newId,
  });
  expect(code).toBe(1);
  const names = await readdir(join(here.path, 'to'));
  expect(names.filter((name) => name.startsWith('.portside-'))).toEqual([]);
  const said = lines.filter((line) => !line.startsWith('Note: '));
  // One line says why, and ten name a file. All are accounted for.
  const missed = said.filter((line) => /^\/s\/\d+ was not copied\.$/.test(line)).length;
  const unnamed = Number(/^And (\d+) more files were not copied\.$/.exec(said.at(-2) ?? '')?.[1]);
  expect([missed, said.length, names.length + 1 + missed + unnamed]).toEqual([10, 13, 50]);
  expect(said.at(-1)).toContain('The rest was not copied.');
});

test('a server that goes away is asked for nothing more, and another one still gives', async () => {
  await using here = await temporaryFolder();
  await using lost = await startTestServer({ files: { '/s/a': 'A', '/s/b': 'B', '/c': 'C' } });
  await using other = await startTestServer({ files: { '/d': 'D' } });
  let ids = 0;
  const newId = (): string => {
    ids += 1;
    if (ids === 1) void lost[Symbol.asyncDispose]();
    return `x${ids}`;
  };
  const [there] = await addressOf(other, '/d');
  const { code, told } = await run(lost, ['get', '-r', 'URL/s', 'URL/c', there, 'to'], {
    workingDirectory: here.path,
    newId,
  });
  expect(code).toBe(1);
  expect(told.filter((line) => line.includes('The rest was not copied.'))).toHaveLength(1);
  const said = told.filter((line) => !line.startsWith('Note: '));
  for (const path of ['/s/b ', '/c ']) {
    expect(said.filter((line) => line.includes(path))).toHaveLength(1);
  }
  expect(await filesIn(join(here.path, 'to'))).toMatchObject({ d: 'D' });
});

test('a cancelled download leaves no temporary file, nor does a cancelled upload', async () => {
  await using here = await temporaryFolder();
  await using there = await temporaryFolder();
  const big = patternBytes(3_000_000);
  await writeFile(join(there.path, 'big'), big);
  await writeFile(join(here.path, 'up'), big);
  await using server = await startTestServer({ folder: await diskFolder(there.path) });
  for (const args of [
    ['get', 'URL/big', 'down'],
    ['put', 'up', 'URL/up'],
  ]) {
    const controller = new AbortController();
    // The id is asked for when the temporary name is: the bytes are about to move.
    const newId = (): string => {
      setImmediate(() => controller.abort(new Error('The command was cancelled')));
      return 'id1';
    };
    const { code, told } = await run(server, args, {
      workingDirectory: here.path,
      signal: controller.signal,
      newId,
    });
    expect([code, told.at(-1)]).toEqual([1, 'The command was cancelled.']);
  }
  expect(await readdir(here.path)).toEqual(['up']);
  expect(await readdir(there.path)).toEqual(['big']);
});

test('what saves left is told and left out, and a name that a person chose is copied', async () => {
  const leftOver = '.portside-0123456789ab-a.txt';
  const files = { '/d/a.txt': 'a', '/d/.portside-notes': 'mine', [`/d/${leftOver}`]: 'older' };
  await using here = await temporaryFolder();
  await using server = await startTestServer({ files });
  const at = { workingDirectory: here.path };
  const isTold = expect.stringMatching(
    /^\/d\/\.portside-0123456789ab-a\.txt \(5 bytes.*\/d\/a\.txt/,
  );
  const listed = await run(server, ['ls', 'URL/d'], at);
  expect([listed.code, listed.told]).toEqual([0, [isTold]]);
  expect(listed.output.toString()).toContain('.portside-notes');
  const got = await run(server, ['get', '-r', 'URL/d', 'to'], at);
  expect([got.code, got.told]).toEqual([0, [isTold]]);
  expect(await filesIn(join(here.path, 'to'))).toEqual({ 'a.txt': 'a', '.portside-notes': 'mine' });
  await writeFile(join(here.path, 'to', leftOver), 'older');
  const put = await run(server, ['put', '-r', 'to', 'URL/'], at);
  expect(put.code).toBe(0);
  expect(put.told).toEqual([expect.stringMatching(/0123456789ab-a\.txt \(5 bytes.*of a\.txt /)]);
  const removed = await run(server, ['rm', '-r', 'URL/d'], at);
  expect([removed.code, removed.told]).toEqual([0, [expect.stringContaining(leftOver)]]);
  expect((await run(server, ['ls', 'URL/to'], at)).output.toString()).not.toContain(leftOver);
});
