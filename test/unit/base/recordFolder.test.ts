import { readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryRecords, type Records } from '../../../src/base/records.ts';
import { RecordFolder } from '../../../src/base/recordFolder.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../scripts/temporaryFolder.ts';

let temporary: TemporaryFolder;
let folder: string;

beforeEach(async () => {
  temporary = await makeTemporaryFolder('records');
  folder = temporary.path;
});
afterEach(() => temporary[Symbol.asyncDispose]());

describe.each([
  ['in a folder', (): Records => new RecordFolder(join(folder, 'deep'))],
  ['in memory', memoryRecords],
])('records %s', (_, open) => {
  test('are read as they were written, and are gone once deleted', async () => {
    const records = open();
    expect(await records.get('a')).toBeUndefined();
    expect(await records.all()).toEqual([]);
    await records.set('a', { one: [1] });
    await records.set('/a/../b:*?', 'two');
    expect(await records.get('a')).toEqual({ one: [1] });
    expect((await records.all()).length).toBe(2);
    await records.delete('a');
    await records.delete('a');
    expect(await records.all()).toEqual(['two']);
  });

  test('are trimmed to the newest, but for those that are kept', async () => {
    const records = open();
    for (let at = 0; at < 10; at++) {
      await records.set(`key ${at}`, at);
      await aged(at);
    }
    await records.trim(4, ['key 1']);
    expect(new Set(await records.all())).toEqual(new Set([1, 7, 8, 9]));
    await records.trim(0, ['key 1']);
    expect(await records.all()).toEqual([1]);
  });
});

// Files are told apart by their times: each is made a minute younger than the one before.
async function aged(at: number): Promise<void> {
  const place = join(folder, 'deep');
  const names = await readdir(place).catch(() => []);
  for (const name of names) {
    const path = join(place, name);
    const { mtimeMs } = await stat(path);
    if (mtimeMs > 1e12) await utimes(path, at * 60, at * 60);
  }
}

describe('a folder of records', () => {
  test.skipIf(process.platform === 'win32')('can be read by its user alone', async () => {
    await new RecordFolder(join(folder, 'own')).set('a', 1);
    const [name = ''] = await readdir(join(folder, 'own'));
    expect((await stat(join(folder, 'own'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'own', name))).mode & 0o777).toBe(0o600);
  });

  test('loses nothing when several processes write at once', async () => {
    const processes = [1, 2, 3].map(() => new RecordFolder(folder));
    const writes = processes.flatMap((records, one) =>
      Array.from({ length: 50 }, (_, at) => [
        records.set(`${one} ${at}`, at),
        records.set('shared', { one }),
      ]),
    );
    await Promise.all(writes.flat());
    const all = await new RecordFolder(folder).all();
    expect(all).toHaveLength(151);
    expect((await readdir(folder)).filter((name) => !name.endsWith('.json'))).toEqual([]);
  });

  test('takes a file that cannot be read for one that is not there', async () => {
    const records = new RecordFolder(folder);
    await records.set('a', 1);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), '{"torn');
    expect(await records.get('a')).toBeUndefined();
    expect(await records.all()).toEqual([]);
    await records.set('a', 2);
    expect(await records.get('a')).toBe(2);
  });

  test.skipIf(process.platform === 'win32')('reads no link, and replaces it', async () => {
    const records = new RecordFolder(join(folder, 'own'));
    await records.set('a', 1);
    const [name = ''] = await readdir(join(folder, 'own'));
    const path = join(folder, 'own', name);
    await rm(path);
    await writeFile(join(folder, 'foreign'), '2');
    await symlink(join(folder, 'foreign'), path);
    expect(await records.get('a')).toBeUndefined();
    await records.set('a', 3);
    expect(await records.get('a')).toBe(3);
    expect(await readFile(join(folder, 'foreign'), 'utf8')).toBe('2');
  });

  test('reads no file that is larger than any record', async () => {
    const records = new RecordFolder(folder);
    await records.set('a', 1);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), '1'.padEnd(1024 * 1024));
    expect(await records.get('a')).toBe(1);
    await writeFile(join(folder, name), '1'.padEnd(1024 * 1024 + 1));
    expect(await records.get('a')).toBeUndefined();
  });

  test('leaves nothing when it cannot write', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(new RecordFolder(join(folder, 'file')).set('a', 1)).rejects.toThrow();
    expect(await new RecordFolder(join(folder, 'file')).get('a')).toBeUndefined();
  });
});
