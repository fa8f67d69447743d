import { expect, test } from 'vitest';
import type { TimePrecision } from '../../../src/ftp/grammar/entry.ts';
import { at, live } from '../support/site.ts';
import { awkwardNames, expectReason, type Ground } from './ground.ts';

/** What a server holds is seen as it is. */
export function listingTests(ground: () => Ground): void {
  test('a folder shows every name as it stands on disk, hidden ones too', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    for (const name of awkwardNames) await disk.put(`${folder}/${name}`, name);
    await disk.makeFolder(`${folder}/a folder`);
    await using site = on.open();
    const entries = await site.files.readDirectory(at(folder), { signal: live });
    expect(entries.map(({ name }) => name).toSorted()).toEqual(await disk.names(folder));
    for (const { name, type, size } of entries) {
      if (name === 'a folder') expect(type).toBe('directory');
      else
        expect({ name, type, size }).toEqual({ name, type: 'file', size: Buffer.byteLength(name) });
    }
  });

  test('every name that is shown can be asked for and read', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    for (const name of awkwardNames) await disk.put(`${folder}/${name}`, name);
    await using site = on.open();
    for (const name of awkwardNames) {
      const path = at(`${folder}/${name}`);
      const entry = await site.files.stat(path, { signal: live, fresh: true });
      expect(entry).toMatchObject({ name, size: Buffer.byteLength(name) });
      const { content } = await site.files.readFile(path, { signal: live });
      expect(Buffer.from(content).toString()).toBe(name);
    }
  });

  test('a file says its type, size and mode, and when it changed as exactly as it claims', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    const modified = new Date('2024-02-29T23:59:58Z');
    await disk.put(`${folder}/file`, 'five!', { mode: 0o640, modified });
    await using site = on.open();
    const entry = await site.files.stat(at(`${folder}/file`), { signal: live });
    expect(entry).toMatchObject({ name: 'file', type: 'file', size: 5, mode: '0640' });
    expect(entry.modified).toEqual(floor(modified, entry.precision));
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
    const names = Array.from({ length: 2_000 }, (_, index) => `file ${index}`);
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

  test('a symbolic link says where it leads to', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/inside/file`, 'behind the link');
    await disk.link(`${folder}/to file`, 'inside/file');
    await disk.link(`${folder}/to folder`, 'inside');
    await disk.link(`${folder}/to nothing`, 'no such name');
    await using site = on.open();
    const stat = (name: string): Promise<unknown> =>
      site.files.stat(at(`${folder}/${name}`), { signal: live });
    expect(await stat('to file')).toMatchObject({ type: 'symlink', targetType: 'file' });
    expect(await stat('to folder')).toMatchObject({ type: 'symlink', targetType: 'directory' });
    expect(await stat('to nothing')).not.toHaveProperty('targetType');
    const { content } = await site.files.readFile(at(`${folder}/to file`), { signal: live });
    expect(Buffer.from(content).toString()).toBe('behind the link');
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
