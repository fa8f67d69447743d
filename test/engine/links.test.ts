import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Rung } from '../../src/ftp/rung.ts';
import { diskFolder } from '../../src/server/folder/diskFolder.ts';
import { type Personality, personalities } from '../../src/server/personality.ts';
import { identityOf } from '../../src/session/known/fileIdentity.ts';
import type { RemoteFileSystem, StatEntry } from '../../src/session/remoteFileSystem.ts';
import { at, live, startTestServer } from '../support/engine.ts';
import { openSession } from '../support/session.ts';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';

interface Ground extends AsyncDisposable {
  readonly root: string;
  readonly files: RemoteFileSystem;
}

interface Setting {
  readonly rung: Rung;
  readonly personality: Personality;
}

const settings: Readonly<Record<string, Setting>> = {
  'a server with MLSD': {
    rung: { mode: 'block', dataPort: 'default' },
    personality: personalities.standard,
  },
  'a server that has LIST alone': {
    rung: { mode: 'stream', dataPort: 'epsv' },
    personality: { unknown: ['MLSD', 'MLST', 'MFMT', 'HASH'] },
  },
};

/** A server over a folder on disk that holds links of all kinds. */
async function open({ rung, personality }: Setting): Promise<Ground> {
  const temporary = await makeTemporaryFolder('links');
  const root = temporary.path;
  for (const folder of ['kept/deep', 'deep/er', 'two words']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'kept/file'), 'kept');
  await writeFile(join(root, 'kept/deep/near'), 'near');
  await writeFile(join(root, 'near'), 'another near');
  await writeFile(join(root, 'two words/file'), 'words');
  const links = {
    'to file': 'kept/file',
    'to folder': 'kept',
    'to words': 'two words',
    chain: 'to folder/../chain 2',
    'chain 2': './to file',
    absolute: join(root, 'kept/file'),
    'absolute folder': join(root, 'kept'),
    dangling: 'kept/nothing',
    'circle 1': 'circle 2',
    'circle 2': 'circle 1',
    loop: '.',
    outside: '/etc/hostname',
    // Its "..", seen from where the link really stands, is another folder than its name says.
    'deep/er/jump': '../../kept/deep',
    'kept/deep/up': '../file',
  };
  for (const [path, target] of Object.entries(links)) await symlink(target, join(root, path));
  const folder = await diskFolder(root);
  const server = await startTestServer({ folder, tls: 'none', personality });
  const files = openSession(server.endpoint.port, { rungs: [rung], security: 'none' });
  return {
    root,
    files,
    [Symbol.asyncDispose]: async () => {
      await files[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await temporary[Symbol.asyncDispose]();
    },
  };
}

const over = { signal: live, create: true, overwrite: true };
const gently = { signal: live, overwrite: false };

const targetTypes: Readonly<Record<string, StatEntry['targetType']>> = {
  'to file': 'file',
  'to folder': 'directory',
  'to words': 'directory',
  chain: 'file',
  'chain 2': 'file',
  absolute: 'file',
  'absolute folder': 'directory',
  dangling: undefined,
  'circle 1': undefined,
  'circle 2': undefined,
  loop: 'directory',
  outside: undefined,
};

const text = async ({ files }: Ground, path: string): Promise<string> =>
  Buffer.from((await files.readFile(at(path), { signal: live })).content).toString();
const onDisk = async ({ root }: Ground, path: string): Promise<string> =>
  await readFile(join(root, path), 'utf8');
const target = async ({ root }: Ground, path: string): Promise<string> =>
  await readlink(join(root, path));

describe.each(Object.entries(settings))('links of %s', (_name, setting) => {
  test('are shown as such, with the type of what they lead to', async () => {
    await using ground = await open(setting);
    const entries = await ground.files.readDirectory(at('/'), { signal: live });
    const links = entries.filter(({ type }) => type === 'symlink');
    expect(Object.fromEntries(links.map(({ name, targetType }) => [name, targetType]))).toEqual(
      targetTypes,
    );
    for (const [name, targetType] of Object.entries(targetTypes)) {
      for (const how of [{ fresh: true }, {}]) {
        const entry = await ground.files.stat(at(`/${name}`), { signal: live, ...how });
        expect([name, entry.type, entry.targetType]).toEqual([name, 'symlink', targetType]);
      }
    }
  });

  test('tell the size and the time of the file they lead to, and a save by that is no conflict', async () => {
    await using ground = await open(setting);
    const { files, root } = ground;
    const time = new Date('2024-02-29T12:34:00Z');
    await utimes(join(root, 'kept/file'), time, time);
    const links = ['to file', 'chain', 'chain 2', 'absolute'];
    const kept = await files.stat(at('/kept/file'), { signal: live });
    const facts = { type: 'symlink', targetType: 'file', size: 4, modified: kept.modified };
    for (const name of links) {
      for (const how of [{}, { fresh: true }, { exact: true }]) {
        const entry = await files.stat(at(`/${name}`), { signal: live, ...how });
        // Asked for the one name, a server without MLST tells of the file alone.
        const { size, modified, ...types } = facts;
        const exact = 'exact' in how || name === 'absolute';
        const told = { size, modified: exact ? time : modified, ...('exact' in how ? {} : types) };
        expect([name, how, entry]).toMatchObject([name, how, told]);
      }
      const listed = await files.readDirectory(at('/'), { signal: live, fresh: true });
      const { size } = facts;
      expect(listed.find((entry) => entry.name === name)).toMatchObject({ size });
    }
    for (const name of links) {
      const entry = await files.stat(at(`/${name}`), { signal: live, exact: true });
      const expected = identityOf(entry, { sha256: undefined, settled: true });
      const saved = await files.writeFile(at(`/${name}`), () => [Buffer.from(name)], {
        ...over,
        expected,
      });
      expect([name, saved.kind]).toEqual([name, 'written']);
      expect(await onDisk(ground, 'kept/file')).toBe(name);
      const now = await files.stat(at('/to file'), { signal: live, fresh: true });
      expect(now.size).toBe(name.length);
    }
  });

  test('tell of a change of the file they lead to', async () => {
    await using ground = await open(setting);
    const { files, root } = ground;
    const changed: string[] = [];
    await files.readDirectory(at('/'), { signal: live });
    using _listening = files.onDidChange((changes) =>
      changed.push(...changes.map(({ path }) => path)),
    );
    await writeFile(join(root, 'kept/file'), 'kept, and more');
    await files.readDirectory(at('/'), { signal: live, fresh: true });
    for (const name of ['to file', 'chain', 'chain 2', 'absolute']) {
      expect(changed).toContain(`/${name}`);
    }
    expect(changed).not.toContain('/to folder');
  });

  test('to folders are opened, and what is in them is read and written', async () => {
    await using ground = await open(setting);
    const list = async (path: string): Promise<readonly string[]> => {
      const entries = await ground.files.readDirectory(at(path), { signal: live });
      return entries.map(({ name }) => name).toSorted();
    };
    expect(await list('/to folder')).toEqual(['deep', 'file']);
    expect(await list('/absolute folder')).toEqual(['deep', 'file']);
    expect(await list('/to words')).toEqual(['file']);
    expect(await list('/loop/loop/loop/kept')).toEqual(['deep', 'file']);
    expect(await text(ground, '/to folder/file')).toBe('kept');
    await ground.files.writeFile(at('/to folder/file'), () => [Buffer.from('new')], over);
    await ground.files.writeFile(at('/to words/made'), () => [Buffer.from('made')], over);
    expect(await onDisk(ground, 'kept/file')).toBe('new');
    expect(await onDisk(ground, 'two words/made')).toBe('made');
  });

  test('to files are read, and saved at their targets', async () => {
    for (const name of ['to file', 'chain', 'chain 2', 'absolute']) {
      await using ground = await open(setting);
      const before = await target(ground, name);
      const { content, identity } = await ground.files.readFile(at(`/${name}`), { signal: live });
      expect([name, Buffer.from(content).toString()]).toEqual([name, 'kept']);
      const saved = await ground.files.writeFile(at(`/${name}`), () => [Buffer.from('saved')], {
        ...over,
        expected: identity,
      });
      expect([name, saved.kind]).toEqual([name, 'written']);
      expect(await onDisk(ground, 'kept/file')).toBe('saved');
      expect(await target(ground, name)).toBe(before);
      expect(await readdir(join(ground.root, 'kept'))).toEqual(['deep', 'file']);
    }
  });

  test('are followed from where they really stand', async () => {
    await using ground = await open(setting);
    await symlink('../../deep/er/jump', join(ground.root, 'kept/deep/there'));
    await symlink('../near', join(ground.root, 'kept/deep/other'));
    // By name it is /deep/file, of which there is none; really it is /kept/file.
    expect(await text(ground, '/deep/er/jump/up')).toBe('kept');
    await ground.files.writeFile(at('/deep/er/jump/up'), () => [Buffer.from('saved')], over);
    expect(await onDisk(ground, 'kept/file')).toBe('saved');
    expect(await target(ground, 'kept/deep/up')).toBe('../file');
    const there = await ground.files.stat(at('/deep/er/jump/there'), { signal: live });
    expect(there.targetType).toBe('directory');
  });

  test('that lead nowhere are neither read nor looked at for ever', async () => {
    await using ground = await open(setting);
    for (const name of ['dangling', 'circle 1', 'outside']) {
      const read = ground.files.readFile(at(`/${name}`), { signal: live });
      await expect(read, name).rejects.toMatchObject({ name: 'RemoteFileError' });
      const list = ground.files.readDirectory(at(`/${name}`), { signal: live });
      await expect(list, name).rejects.toMatchObject({ name: 'RemoteFileError' });
    }
    for (const name of ['circle 1', 'outside']) {
      const write = ground.files.writeFile(at(`/${name}`), () => [Buffer.from('x')], over);
      await expect(write, name).rejects.toMatchObject({ name: 'RemoteFileError' });
    }
    await ground.files.writeFile(at('/dangling'), () => [Buffer.from('made')], over);
    expect(await onDisk(ground, 'kept/nothing')).toBe('made');
    expect(await target(ground, 'dangling')).toBe('kept/nothing');
    const found = await ground.files.stat(at('/dangling'), { signal: live, fresh: true });
    expect(found.targetType).toBe('file');
  });

  test('are deleted, and what they lead to stays', async () => {
    await using ground = await open(setting);
    const names = Object.keys(targetTypes);
    for (const [index, name] of names.entries()) {
      await ground.files.delete(at(`/${name}`), { signal: live, recursive: index % 2 === 0 });
      await expect(lstat(join(ground.root, name)), name).rejects.toThrow('ENOENT');
    }
    expect((await readdir(ground.root)).toSorted()).toEqual(['deep', 'kept', 'near', 'two words']);
    expect((await readdir(join(ground.root, 'kept'))).toSorted()).toEqual(['deep', 'file']);
    await ground.files.delete(at('/deep'), { signal: live, recursive: true });
    expect(await onDisk(ground, 'kept/deep/near')).toBe('near');
  });

  test('are renamed and replaced as such', async () => {
    await using ground = await open(setting);
    for (const name of Object.keys(targetTypes)) {
      const before = await target(ground, name);
      await ground.files.rename(at(`/${name}`), at(`/two words/${name}`), gently);
      expect(await target(ground, `two words/${name}`)).toBe(before);
    }
    await symlink('kept/file', join(ground.root, 'again'));
    await ground.files.rename(at('/near'), at('/again'), { signal: live, overwrite: true });
    expect(await onDisk(ground, 'again')).toBe('another near');
    expect((await lstat(join(ground.root, 'again'))).isSymbolicLink()).toBe(false);
    expect(await onDisk(ground, 'kept/file')).toBe('kept');
  });

  test('to files are copied as files, and those to folders are told before', async () => {
    await using ground = await open(setting);
    await ground.files.copy(at('/to file'), at('/copy'), gently);
    expect(await onDisk(ground, 'copy')).toBe('kept');
    expect((await lstat(join(ground.root, 'copy'))).isSymbolicLink()).toBe(false);
    await symlink('../to file', join(ground.root, 'two words/a file'));
    await symlink('..', join(ground.root, 'two words/back'));
    const copied = ground.files.copy(at('/two words'), at('/copied'), gently);
    await expect(copied).rejects.toThrow('cannot be copied: /two words/back');
    expect(await readdir(ground.root)).not.toContain('copied');
    await rm(join(ground.root, 'two words/back'));
    await ground.files.copy(at('/two words'), at('/copied'), gently);
    expect((await readdir(join(ground.root, 'copied'))).toSorted()).toEqual(['a file', 'file']);
    expect(await onDisk(ground, 'copied/a file')).toBe('kept');
  });

  test('to folders are copied with what they hold when they are named', async () => {
    await using ground = await open(setting);
    await ground.files.copy(at('/to words'), at('/copied'), gently);
    expect(await readdir(join(ground.root, 'copied'))).toEqual(['file']);
    // Into itself by another name: what is copied is what was there before.
    await ground.files.copy(at('/to words'), at('/two words/inside'), gently);
    expect(await readdir(join(ground.root, 'two words/inside'))).toEqual(['file']);
  });

  test('give their permissions to what they lead to', async () => {
    await using ground = await open(setting);
    for (const name of ['to file', 'chain', 'absolute']) {
      await ground.files.changeMode(at('/kept/file'), '644', { signal: live });
      await ground.files.changeMode(at(`/${name}`), '600', { signal: live });
      expect((await lstat(join(ground.root, 'kept/file'))).mode & 0o777).toBe(0o600);
    }
  });
});
