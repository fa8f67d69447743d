import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectBytes } from '../../../../src/base/bytes.ts';
import { sha256Of } from '../../../../src/session/known/fileIdentity.ts';
import { OldBytesFolder } from '../../../../src/session/saving/oldBytes.ts';
import { FakeServer } from '../fakeConnection.ts';
import { bytes, calm, openFake, path } from '../fakeSession.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../../scripts/temporaryFolder.ts';

let temporary: TemporaryFolder;
let folder: string;
let ids = 0;

beforeEach(async () => {
  temporary = await makeTemporaryFolder('old');
  folder = temporary.path;
});
afterEach(() => temporary[Symbol.asyncDispose]());

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytes(text);
}

async function* torn(): AsyncGenerator<Uint8Array> {
  yield* pieces('12');
  throw new Error('gone');
}

function open(maxBytes?: number): OldBytesFolder {
  return new OldBytesFolder(join(folder, 'old'), () => `id${ids++}`, maxBytes);
}

describe('old bytes', () => {
  test('stand in a file of their own until nobody needs them', async () => {
    const kept = await open().keep(path('/www/sub/ä:b?.html'), pieces('one ', 'two'));
    expect(kept).toMatchObject({ size: 7, sha256: sha256Of(bytes('one two')) });
    const place = kept.place ?? '';
    expect([dirname(place), basename(place)]).toEqual([
      join(folder, 'old'),
      expect.stringMatching(/^id\d+-ä_b_\.html$/),
    ]);
    expect((await readFile(place)).toString()).toBe('one two');
    for (let time = 0; time < 2; time++) {
      expect(Buffer.from(await collectBytes(kept.read(), 100)).toString()).toBe('one two');
    }
    await kept.discard();
    expect(await readdir(join(folder, 'old'))).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('are for the user alone', async () => {
    const { place = '' } = await open().keep(path('/a'), pieces('one'));
    expect((await stat(place)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(place))).mode & 0o777).toBe(0o700);
  });

  test('take no more room than they may, all together, and leave no part', async () => {
    const old = open(10);
    await old.keep(path('/a'), pieces('123456'));
    await expect(old.keep(path('/b'), pieces('123', '45'))).rejects.toThrow(RangeError);
    expect(await readdir(join(folder, 'old'))).toHaveLength(1);
    await old.keep(path('/b'), pieces('1234'));
  });

  test('leave no part of a file that breaks off', async () => {
    await expect(open().keep(path('/a'), torn())).rejects.toThrow('gone');
    expect(await readdir(join(folder, 'old'))).toEqual([]);
  });
});

describe('a file written in place', () => {
  test('is in the folder before its first new byte goes out, and not afterwards', async () => {
    const server = new FakeServer({ renames: false }).file('/a', 'old');
    await using files = openFake(server, { oldBytes: open() });
    const seen: string[] = [];
    async function* source(): AsyncGenerator<Uint8Array> {
      const [name = ''] = await readdir(join(folder, 'old'));
      seen.push((await readFile(join(folder, 'old', name))).toString());
      yield bytes('new');
    }
    const rules = { ...calm(), create: true, overwrite: true };
    await files.writeFile(path('/a'), source, rules);
    expect([seen, server.text('/a')]).toEqual([['old'], 'new']);
    expect(await readdir(join(folder, 'old'))).toEqual([]);
  });

  test('stays in the folder where it cannot be put back, and the error says where', async () => {
    const server = new FakeServer({ renames: false }).file('/a', 'old');
    let broken = false;
    server.fault = (_, command) => {
      broken ||= command === 'STOR /a';
      return broken ? 'lostBefore' : undefined;
    };
    await using files = openFake(server, { oldBytes: open() });
    const rules = { ...calm(), create: true, overwrite: true };
    const failed: unknown = await files
      .writeFile(path('/a'), () => [bytes('new bytes')], rules)
      .catch((error: unknown) => error);
    const [name = ''] = await readdir(join(folder, 'old'));
    const place = join(folder, 'old', name);
    expect(String(failed)).toContain(place);
    expect((await readFile(place)).toString()).toBe('old');
  });

  test('has its old bytes put back from there', async () => {
    const server = new FakeServer({ renames: false }).file('/a', 'old');
    let broken = false;
    server.fault = (_, command) => {
      if (broken || command !== 'STOR /a') return undefined;
      broken = true;
      return 'lostBefore';
    };
    await using files = openFake(server, { oldBytes: open() });
    const rules = { ...calm(), create: true, overwrite: true };
    const writing = files.writeFile(path('/a'), () => [bytes('new bytes')], rules);
    await expect(writing).rejects.toMatchObject({ reason: 'unavailable' });
    expect([broken, server.text('/a')]).toEqual([true, 'old']);
    expect(await readdir(join(folder, 'old'))).toEqual([]);
  });
});
