import { expect } from 'vitest';
import type { TimePrecision } from '../../../src/ftp/grammar/entry.ts';
import { at, live } from '../support/site.ts';
import type { Cells } from './cells.ts';
import { awkwardNames, expectOfEach, expectReason, type Ground } from './ground.ts';

/** What a server holds is seen as it is. */
export function listingTests(test: Cells, ground: () => Ground): void {
  test('a folder shows every name as it stands on disk, hidden ones too', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    for (const name of awkwardNames) await disk.put(`${folder}/${name}`, name);
    await disk.makeFolder(`${folder}/a folder`);
    await using site = on.open();
    const entries = await site.files.readDirectory(at(folder), { signal: live });
    const wanted = [...awkwardNames, 'a folder'];
    await expectOfEach(wanted, async (name) => {
      const found = entries.filter((entry) => entry.name === name);
      const isFolder = name === 'a folder';
      return (
        found.length === 1 &&
        found[0]?.type === (isFolder ? 'directory' : 'file') &&
        (isFolder || found[0].size === Buffer.byteLength(name))
      );
    });
    expect(entries.map(({ name }) => name).filter((name) => !wanted.includes(name))).toEqual([]);
  });

  test('every name that is shown can be asked for and read', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    for (const name of awkwardNames) await disk.put(`${folder}/${name}`, name);
    await using site = on.open();
    await expectOfEach(awkwardNames, async (name) => {
      const path = at(`${folder}/${name}`);
      const entry = await site.files.stat(path, { signal: live, fresh: true });
      const { content } = await site.files.readFile(path, { signal: live });
      return entry.size === content.length && Buffer.from(content).toString() === name;
    });
  });

  test('a file says its type and size, and when it changed as exactly as it claims', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const modified = new Date('2024-02-29T23:59:58Z');
    await disk.put(`${folder}/file`, 'five!', { modified });
    await using site = on.open();
    const entry = await site.files.stat(at(`${folder}/file`), { signal: live });
    expect(entry).toMatchObject({ name: 'file', type: 'file', size: 5 });
    expect(entry.modified).toEqual(floor(modified, entry.precision));
  });

  test('a file says its mode', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x', { mode: 0o640 });
    await using site = on.open();
    const { mode } = await site.files.stat(at(`${folder}/file`), { signal: live });
    expect(mode).toBe('0640');
  });

  test('the exact time of a change can be asked for', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const modified = new Date('2024-02-29T23:59:58Z');
    await disk.put(`${folder}/file`, 'five!', { modified });
    await using site = on.open();
    await site.files.connect({ signal: live });
    const entry = await site.connections[0]?.entry(at(`${folder}/file`), { signal: live });
    expect(entry).toMatchObject({ type: 'file', size: 5, modified, precision: 'second' });
  });

  test('a large folder is listed to its last name', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const names = Array.from({ length: 1_000 }, (_, index) => `file ${index}`);
    await Promise.all(names.map((name) => disk.put(`${folder}/${name}`, name)));
    await using site = on.open();
    const entries = await site.files.readDirectory(at(folder), { signal: live });
    expect(entries.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
  });

  test('an empty folder has no entries, and is a folder', async () => {
    const on = ground();
    const folder = await on.folder();
    await using site = on.open();
    expect(await site.files.readDirectory(at(folder), { signal: live })).toEqual([]);
    expect(await site.files.stat(at(folder), { signal: live, fresh: true })).toMatchObject({
      type: 'directory',
    });
  });

  test('what is not there, and what is no folder, is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x');
    await using site = on.open();
    const options = { signal: live, fresh: true };
    await expectReason(site.files.readDirectory(at(`${folder}/missing`), options), 'notFound');
    await expectReason(site.files.readDirectory(at(`${folder}/a/b/c`), options), 'notFound');
    await expectReason(site.files.readDirectory(at(`${folder}/file`), options), 'notADirectory');
    await expectReason(site.files.stat(at(`${folder}/missing`), options), 'notFound');
  });

  test('a folder that the user may not enter is refused as that', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.makeFolder(`${folder}/closed`);
    await disk.keepFromUser(`${folder}/closed`, 0o700);
    await using site = on.open();
    const listing = site.files.readDirectory(at(`${folder}/closed`), { signal: live });
    await expectReason(listing, 'noPermissions');
  });

  test('what changed on disk is seen by asking anew', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await using site = on.open();
    await site.files.readDirectory(at(folder), { signal: live });
    await disk.put(`${folder}/new`, 'x');
    const entries = await site.files.readDirectory(at(folder), { signal: live, fresh: true });
    expect(entries.map(({ name }) => name)).toEqual(['new']);
  });
}

const spanMs: Readonly<Record<TimePrecision, number>> = {
  second: 1_000,
  minute: 60_000,
  day: 24 * 60 * 60_000,
  none: Number.NaN,
};

function floor(time: Date, precision: TimePrecision): Date {
  const span = spanMs[precision];
  return new Date(Math.floor(time.getTime() / span) * span);
}
