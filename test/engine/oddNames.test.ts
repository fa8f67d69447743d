import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { joinPath, nameOf, type RemotePath, rootPath } from '../../src/base/paths.ts';
import { type Charset, utf8 } from '../../src/ftp/grammar/charset/charset.ts';
import { charsetNamed } from '../../src/ftp/grammar/charset/charsets.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { diskFolder } from '../../src/server/folder/diskFolder.ts';
import { type Personality, personalities } from '../../src/server/personality.ts';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { live, startTestServer } from '../support/engine.ts';
import { oddBytes, oddNames } from '../support/oddNames.ts';
import { openSession } from '../support/session.ts';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';

/** A server over a folder on disk, where names are bytes, and a file system on it. */
interface Ground extends AsyncDisposable {
  readonly files: RemoteFileSystem;
  /** The names on disk, in the folder that the server serves, as the charset has them. */
  readonly names: (folder: RemotePath) => Promise<readonly string[]>;
}

interface Setting {
  readonly rung: Rung;
  readonly tls: 'explicit' | 'none';
  readonly personality: Personality;
  readonly charset: Charset;
}

async function open({ rung, tls, personality, charset }: Setting): Promise<Ground> {
  const root = await makeTemporaryFolder('names');
  const folder = await diskFolder(root.path);
  const server = await startTestServer({ folder, tls, personality });
  const security = tls === 'explicit' ? 'explicit' : 'none';
  const files = openSession(server.endpoint.port, { rungs: [rung], security, charset });
  return {
    files,
    names: async (path) => {
      const place = Buffer.concat([Buffer.from(root.path), charset.encode(path)]);
      const names = await readdir(place, { encoding: 'buffer' });
      return names.map((name) => charset.decode(name)).toSorted();
    },
    [Symbol.asyncDispose]: async () => {
      await files[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await root[Symbol.asyncDispose]();
    },
  };
}

const block: Rung = { mode: 'block', dataPort: 'default' };
const stream: Rung = { mode: 'stream', dataPort: 'epsv' };
const common = { tls: 'none', personality: personalities.standard, charset: utf8 } as const;

const settings: Readonly<Record<string, Setting>> = {
  'block mode under TLS': { ...common, rung: block, tls: 'explicit' },
  'stream mode in the clear': { ...common, rung: stream },
  'a server that has LIST alone': {
    ...common,
    rung: stream,
    personality: { unknown: ['MLSD', 'MLST', 'MFMT', 'HASH'], listing: 'totalLine' },
  },
};

// Whose listings by STAT lose bytes 255 too.
const noTelnetPeer: Setting = {
  ...common,
  rung: stream,
  personality: { unknown: ['MLSD', 'MLST', 'MFMT', 'HASH'], ignoresTelnet: true },
};

const write = { signal: live, create: true, overwrite: true };
const gently = { signal: live, overwrite: false };
const over = { signal: live, overwrite: true };
const fresh = { signal: live, fresh: true };

/** All that can be done with files of these names, and with folders. Leaves nothing behind. */
async function tryEverything(
  { files, names }: Ground,
  folder: RemotePath,
  tried: readonly string[],
): Promise<void> {
  const paths = tried.map((name) => joinPath(folder, name));
  const others = tried.map((_, index) => joinPath(folder, `plain ${index}`));
  const each = async (act: (path: RemotePath, other: RemotePath) => Promise<unknown>) => {
    for (const [index, path] of paths.entries()) await act(path, others[index] ?? path);
  };
  const expectNames = async (expected: readonly RemotePath[]): Promise<void> => {
    const listed = await files.readDirectory(folder, fresh);
    expect(listed.map(({ name }) => name).toSorted()).toEqual(expected.map(nameOf).toSorted());
    expect(await names(folder)).toEqual(expected.map(nameOf).toSorted());
  };
  const expectContents = (): Promise<void> =>
    each(async (path) => {
      const { content } = await files.readFile(path, { signal: live });
      expect(Buffer.from(content).toString()).toBe(`in ${path}`);
    });

  await each((path) => files.writeFile(path, () => [Buffer.from('old')], write));
  await each((path) => files.changeMode(path, '640', { signal: live }));
  await each((path) => files.writeFile(path, () => [Buffer.from(`in ${path}`)], write));
  await expectNames(paths);
  await expectContents();
  await each(async (path) => {
    const [size, mode] = [Buffer.byteLength(`in ${path}`), '0640'];
    expect(await files.stat(path, { signal: live })).toMatchObject({ type: 'file', size, mode });
    const exact = await files.stat(path, { signal: live, exact: true });
    expect(exact).toMatchObject({ name: nameOf(path), size });
  });
  await each((path, other) => files.rename(path, other, gently));
  await expectNames(others);
  await each((path, other) => files.rename(other, path, gently));
  await each((path, other) => files.copy(path, other, gently));
  await expectNames([...paths, ...others]);
  await each((path, other) => files.copy(other, path, over));
  await each((path, other) => files.rename(other, path, over));
  await expectNames(paths);
  await expectContents();
  await each((path) => files.delete(path, { signal: live, recursive: false }));
  await expectNames([]);

  await each((path) => files.createDirectory(path, { signal: live }));
  await expectNames(paths);
  await each((path) => files.changeMode(path, '750', { signal: live }));
  await each(async (path) => {
    expect(await files.readDirectory(path, fresh)).toEqual([]);
    const inner = joinPath(path, nameOf(path));
    await files.writeFile(inner, () => [Buffer.from('old')], write);
    await files.writeFile(inner, () => [Buffer.from('inner')], write);
    expect(await names(path)).toEqual([nameOf(path)]);
  });
  await each((path, other) => files.rename(path, other, gently));
  await expectNames(others);
  await each((path, other) => files.rename(other, path, gently));
  await each(async (path) => {
    expect(await files.stat(path, { signal: live })).toMatchObject({ mode: '0750' });
    const { content } = await files.readFile(joinPath(path, nameOf(path)), { signal: live });
    expect(Buffer.from(content).toString()).toBe('inner');
  });
  await each((path) => files.delete(path, { signal: live, recursive: true }));
  await expectNames([]);
}

describe.each(Object.entries(settings))('over %s', (_name, setting) => {
  // Some thousand commands, one after the other.
  const patience = 120_000;

  test('every operation works with every odd name', { timeout: patience }, async () => {
    await using ground = await open(setting);
    await tryEverything(ground, rootPath, Object.values(oddNames));
  });

  test('every operation works with names that are no UTF-8', async () => {
    await using ground = await open(setting);
    const names = Object.values(oddBytes).map((bytes) => utf8.decode(bytes));
    await tryEverything(ground, rootPath, names);
  });
});

test.each([
  ['no UTF-8', utf8.name, Object.values(oddBytes)],
  ['Cyrillic', 'windows-1251', [Buffer.from('ffebfff0f1ff20fffffffaff', 'hex')]],
])('bytes 255 arrive at a server that is no Telnet peer, %s', async (_what, charsetName, all) => {
  const charset = (await charsetNamed(charsetName)) ?? utf8;
  await using ground = await open({ ...noTelnetPeer, charset });
  const names = all.map((bytes) => charset.decode(bytes));
  await tryEverything(ground, rootPath, ['plain', ...names]);
});

describe('over a server that speaks', () => {
  test.each([
    ['windows-1251', 'Привет, яЯя'],
    ['koi8-r', 'Привет'],
    ['cp437', 'Grüße'],
    ['shift_jis', '表示ソ能\uEFFD.txt'],
    ['euc-jp', '日本語\uFF5E'],
    ['gb18030', '你好 𠀀'],
    ['big5', '許功蓋'],
    ['euc-kr', '한글'],
    ['latin1', 'ÿÿcafé\u00A0'],
  ])('%s every operation works', async (charsetName, name) => {
    const charset = (await charsetNamed(charsetName)) ?? utf8;
    expect(charset.name).toBe(charsetName);
    await using ground = await open({ ...common, rung: stream, charset });
    await tryEverything(ground, rootPath, [name]);
  });

  test('cp437 a name in other letters is refused, and nothing is made', async () => {
    const charset = (await charsetNamed('cp437')) ?? utf8;
    await using ground = await open({ ...common, rung: stream, charset });
    const path = joinPath(rootPath, '日本');
    const refused = { name: 'RemoteFileError', reason: 'invalidName' };
    await expect(ground.files.writeFile(path, () => [], write)).rejects.toMatchObject(refused);
    const made = ground.files.createDirectory(path, { signal: live });
    await expect(made).rejects.toMatchObject(refused);
    expect(await ground.names(rootPath)).toEqual([]);
  });
});
