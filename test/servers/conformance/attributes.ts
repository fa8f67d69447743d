import { expect } from 'vitest';
import { at, live } from '../support/site.ts';
import type { Cells } from './cells.ts';
import type { Ground } from './ground.ts';

/** Permissions and times can be set, and are told in UTC wherever the server stands. */
export function attributeTests(test: Cells, ground: () => Ground): void {
  test('the mode of a file can be changed', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/a file`, 'x', { mode: 0o644 });
    await using site = on.open();
    await site.files.changeMode(at(`${folder}/a file`), '750', { signal: live });
    expect(await disk.mode(`${folder}/a file`)).toBe('750');
  });

  test('the mode of a folder can be changed', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.makeFolder(`${folder}/inside`);
    await using site = on.open();
    await site.files.changeMode(at(`${folder}/inside`), '700', { signal: live });
    expect(await disk.mode(`${folder}/inside`)).toBe('700');
  });

  test('the time of a file can be set', async () => {
    const { disk, ...on } = ground();
    const folder = await on.folder();
    await disk.put(`${folder}/file`, 'x');
    await using site = on.open();
    const time = new Date('2021-06-05T04:03:02Z');
    await site.files.setModified(at(`${folder}/file`), time, { signal: live });
    expect(await disk.modified(`${folder}/file`)).toEqual(time);
  });
}

/** The same with a server that stands in another time zone. */
export function zoneTests(test: Cells, ground: () => Ground): void {
  test('times are told in UTC by a server that stands in New York', async () => {
    await using away = await ground().another({ timeZone: 'EST5EDT,M3.2.0,M11.1.0' });
    const { disk, ...on } = away;
    const folder = await on.folder();
    const modified = new Date(Math.floor(Date.now() / 60_000 - 90) * 60_000);
    await disk.put(`${folder}/file`, 'x', { modified });
    await using site = on.open();
    const [entry] = await site.files.readDirectory(at(folder), { signal: live });
    expect(entry?.modified).toEqual(modified);
    const exact = await site.files.stat(at(`${folder}/file`), { signal: live, exact: true });
    expect(exact.modified).toEqual(modified);
  });
}
