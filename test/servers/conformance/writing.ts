import { expect } from 'vitest';
import { CancelledError } from '../../../src/base/abort.ts';
import { sameBytes } from '../../../src/base/bytes.ts';
import type { WriteOptions } from '../../../src/session/remoteFileSystem.ts';
import { heldByServer } from '../support/oracle.ts';
import { at, live } from '../support/site.ts';
import type { Cells } from './cells.ts';
import {
  awkwardNames,
  content,
  expectOfEach,
  expectReason,
  type Ground,
  megabyte,
  sizes,
} from './ground.ts';

const anyway: WriteOptions = { signal: live, create: true, overwrite: true };

/** What is written is there, whole, under its name alone; what was there is lost by no failure. */
export function writingTests(test: Cells, ground: () => Ground): void {
  for (const size of sizes) {
    test(`a new file of ${size} bytes arrives as it is`, async () => {
      const { disk, ...on } = ground();
      const folder = await on.folder();
      const bytes = content(size);
      await using site = on.open();
      const outcome = await site.files.writeFile(at(`${folder}/new`), () => [bytes], anyway);
      expect(outcome).toMatchObject({ kind: 'written', identity: { size } });
      expect(await disk.names(folder)).toEqual(['new']);
      expect(sameBytes(await disk.read(`${folder}/new`), bytes)).toBe(true);
      expect(sameBytes(await heldByServer(on.server, `${folder}/new`), bytes)).toBe(true);
    });
  }

  test('a file is replaced, and leaves no temporary file', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/script.sh`, 'old');
    await using site = on.open();
    const bytes = content(100_000);
    await site.files.writeFile(at(`${folder}/script.sh`), () => [bytes], anyway);
    expect(await disk.names(folder)).toEqual(['script.sh']);
    expect(sameBytes(await disk.read(`${folder}/script.sh`), bytes)).toBe(true);
    expect(sameBytes(await heldByServer(on.server, `${folder}/script.sh`), bytes)).toBe(true);
  });

  test('a file that is replaced keeps its mode', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/script.sh`, 'old', { mode: 0o750 });
    await using site = on.open();
    await site.files.writeFile(at(`${folder}/script.sh`), () => [Buffer.from('new')], anyway);
    expect(await disk.mode(`${folder}/script.sh`)).toBe('750');
  });

  test('a shorter file leaves nothing of the longer one', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, content(megabyte));
    await using site = on.open();
    await site.files.writeFile(at(`${folder}/file`), () => [Buffer.from('short')], anyway);
    expect(Buffer.from(await disk.read(`${folder}/file`)).toString()).toBe('short');
  });

  test('every name can be written, and written again', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await using site = on.open();
    await expectOfEach(awkwardNames, async (name) => {
      const path = at(`${folder}/${name}`);
      await site.files.writeFile(path, () => [Buffer.from('first')], anyway);
      await site.files.writeFile(path, () => [Buffer.from(name)], anyway);
      return Buffer.from(await disk.read(path)).toString() === name;
    });
    const strays = (await disk.names(folder)).filter((name) => !awkwardNames.includes(name));
    expect(strays).toEqual([]);
  });

  test('line ends arrive as they are', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await using site = on.open();
    const text = 'one\r\ntwo\nthree\rfour\r\n\n\u0000\u001a';
    await site.files.writeFile(at(`${folder}/text.txt`), () => [Buffer.from(text)], anyway);
    expect(Buffer.from(await disk.read(`${folder}/text.txt`)).toString()).toBe(text);
  });

  test('forty small files arrive over four connections', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const names = Array.from({ length: 40 }, (_, index) => `${index}.txt`);
    await using site = on.open({ session: { maxConnections: 4 } });
    await Promise.all(
      names.map((name) =>
        site.files.writeFile(at(`${folder}/${name}`), () => [Buffer.from(name)], anyway),
      ),
    );
    expect(await disk.names(folder)).toEqual(names.toSorted());
    for (const name of names) {
      expect(Buffer.from(await disk.read(`${folder}/${name}`)).toString()).toBe(name);
    }
  });

  test('what was saved can be saved again with the identity that the first save gave', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'zero');
    await using site = on.open();
    const path = at(`${folder}/file`);
    let expected = (await site.files.readFile(path, { signal: live })).identity;
    for (const text of ['one', 'two', 'three']) {
      const options = { ...anyway, expected };
      const outcome = await site.files.writeFile(path, () => [Buffer.from(text)], options);
      if (outcome.kind !== 'written') throw new Error(`A conflict with ourselves at ${text}`);
      expected = outcome.identity;
    }
    expect(Buffer.from(await disk.read(path)).toString()).toBe('three');
  });

  test('another file of the same size, written in the same second, is a conflict', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'mine');
    await using site = on.open();
    const path = at(`${folder}/file`);
    const { identity } = await site.files.readFile(path, { signal: live });
    await disk.put(path, 'your', { modified: await disk.modified(path) });
    const outcome = await site.files.writeFile(path, () => [Buffer.from('next')], {
      ...anyway,
      expected: identity,
    });
    expect(outcome).toMatchObject({ kind: 'conflict', found: { size: 4 } });
    expect(await disk.names(folder)).toEqual(['file']);
    expect(Buffer.from(await disk.read(path)).toString()).toBe('your');
    if (outcome.kind !== 'conflict') throw new Error('There is no file to allow');
    const allowed = { ...anyway, expected: outcome.found };
    const again = await site.files.writeFile(path, () => [Buffer.from('next')], allowed);
    expect(again.kind).toBe('written');
    expect(Buffer.from(await disk.read(path)).toString()).toBe('next');
  });

  test('a file that came or went meanwhile is a conflict', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/came`, 'theirs');
    await using site = on.open();
    const write = (name: string, options: Partial<WriteOptions>): Promise<unknown> =>
      site.files.writeFile(at(`${folder}/${name}`), () => [Buffer.from('ours')], {
        ...anyway,
        ...options,
      });
    expect(await write('came', { expected: 'absent' })).toMatchObject({ kind: 'conflict' });
    const { identity } = await site.files.readFile(at(`${folder}/came`), { signal: live });
    expect(await write('went', { expected: identity })).toEqual({
      kind: 'conflict',
      found: 'absent',
    });
    expect(await disk.names(folder)).toEqual(['came']);
    expect(Buffer.from(await disk.read(`${folder}/came`)).toString()).toBe('theirs');
  });

  test('a write that may not create, not replace, or not at all is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x');
    await disk.makeFolder(`${folder}/closed`);
    await disk.keepFromUser(`${folder}/closed`, 0o755);
    await using site = on.open();
    const write = (name: string, options: Partial<WriteOptions> = {}): Promise<unknown> =>
      site.files.writeFile(at(`${folder}/${name}`), () => [Buffer.from('y')], {
        ...anyway,
        ...options,
      });
    await expectReason(write('new', { create: false }), 'notFound');
    await expectReason(write('file', { overwrite: false }), 'exists');
    await expectReason(write('closed/new'), 'noPermissions');
    await expectReason(write('missing/new'), 'notFound');
    expect(await disk.names(folder)).toEqual(['closed', 'file']);
    expect(Buffer.from(await disk.read(`${folder}/file`)).toString()).toBe('x');
  });

  test('a folder is never written over', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.makeFolder(`${folder}/folder`);
    await using site = on.open();
    const write = site.files.writeFile(at(`${folder}/folder`), () => [content(3)], anyway);
    await expectReason(write, 'isADirectory');
    expect(await disk.names(`${folder}/folder`)).toEqual([]);
    expect(await disk.names(folder)).toEqual(['folder']);
  });

  test('a file in a folder that takes no new names is written all the same', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/closed/file`, 'old');
    await disk.keepFromUser(`${folder}/closed`, 0o755);
    await using site = on.open();
    await site.files.writeFile(at(`${folder}/closed/file`), () => [Buffer.from('new')], anyway);
    expect(Buffer.from(await disk.read(`${folder}/closed/file`)).toString()).toBe('new');
  });

  test('a write can be cancelled in its middle: the old file stands, and nothing beside it', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'old');
    await using site = on.open();
    const cancel = new AbortController();
    const reason = new CancelledError('Writing');
    const writing = site.files.writeFile(at(`${folder}/file`), () => [content(30 * megabyte)], {
      ...anyway,
      signal: cancel.signal,
      observer: { moved: () => cancel.abort(reason) },
    });
    await expect(writing).rejects.toBe(reason);
    expect(await disk.names(folder)).toEqual(['file']);
    expect(Buffer.from(await disk.read(`${folder}/file`)).toString()).toBe('old');
    await site.files.writeFile(at(`${folder}/file`), () => [Buffer.from('new')], anyway);
    expect(Buffer.from(await disk.read(`${folder}/file`)).toString()).toBe('new');
  });

  test('a source that fails leaves the old file', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'old');
    await using site = on.open();
    const failure = new Error('The local disk broke');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield content(100_000);
      throw failure;
    }
    await expect(site.files.writeFile(at(`${folder}/file`), source, anyway)).rejects.toBe(failure);
    expect(await disk.names(folder)).toEqual(['file']);
    expect(Buffer.from(await disk.read(`${folder}/file`)).toString()).toBe('old');
  });
}
