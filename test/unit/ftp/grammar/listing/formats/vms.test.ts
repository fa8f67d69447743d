import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, entryOf, partsOf, readBy } from '../hostListings.ts';

const fileName = fc.stringMatching(/^[A-Z0-9$_-]{1,39}\.[A-Z0-9$_-]{0,39}$/);
const version = fc.integer({ min: 1, max: 32_767 });
const blocks = fc.integer({ min: 0, max: 2_000_000_000 });

test('a file is read as it was written, its version kept', () => {
  fc.assert(
    fc.property(
      fileName,
      version,
      blocks,
      anySecond,
      fc.boolean(),
      (file, version, used, time, isLong) => {
        const { year, name, day, clock } = partsOf(time);
        const date = `${Number(day)}-${name.toUpperCase()}-${year} ${clock}`;
        const columns = `    ${used}/${used + 2}   ${date}  [SYSTEM]   (RWED,RWED,RE,)`;
        const full = `${file};${version}`;
        const entry = isLong ? entryOf('vms', full, columns) : entryOf('vms', full + columns);
        const isFolder = file.endsWith('.DIR') && version === 1 && file !== '.DIR';
        expect(entry?.name).toBe(isFolder ? file.slice(0, -'.DIR'.length) : full);
        expect(entry).toMatchObject({ size: used * 512, modified: time, precision: 'second' });
      },
    ),
  );
});

test('blocks are a size of storage, unless there are none', () => {
  const facts = '29-JAN-1996 03:33:12';
  expect(entryOf('vms', `A.TXT;1 213/216 ${facts}`)).toMatchObject({ sizeOf: 'storage' });
  expect(entryOf('vms', `A.TXT;1 0/3 ${facts}`)).not.toHaveProperty('sizeOf');
  expect(entryOf('vms', `A.TXT;1 ${facts} 102788/201`)).not.toHaveProperty('sizeOf');
});

test('more blocks than can be counted in bytes are no size', () => {
  const facts = '20199023255040/4294967295 5-MAR-1993 18:09';
  expect(entryOf('vms', `LARGE.FILE;1 ${facts}`)?.size).toBeUndefined();
});

test('every version of a file has a name of its own', () => {
  const facts = '1/3 29-JAN-1996 03:33:12';
  const { entries } = readBy('vms', [`A.TXT;12 ${facts}`, `A.TXT;2 ${facts}`, `A.DIR;2 ${facts}`]);
  expect(entries.map(({ name, type }) => [name, type])).toEqual([
    ['A.TXT;12', 'file'],
    ['A.TXT;2', 'file'],
    ['A.DIR;2', 'file'],
  ]);
});

test('what lies in a folder below the listed one is no entry of it', () => {
  const line = 'A.TXT;1 1/3 29-JAN-1996 03:33:12';
  const { entries, unread } = readBy('vms', ['Directory X:[A]', line, 'Directory X:[A.B]', line]);
  expect([entries.length, unread]).toEqual([1, [line]]);
});

test('headers, totals and the word that there is nothing are skipped', () => {
  const lines = [
    'Directory SYS$SYSDEVICE:[ANONYMOUS]',
    'Total of 11 files, 2350/2412 blocks.',
    'Total of 7 blocks in 7 files.',
    'Grand total of 87 directories, 2593 files, 2220036 blocks.',
    'Total 6 files',
    '%DIRECT-W-NOFILES, no files found',
    '*.*;               <%RMS-E-FNF, file not found>',
  ];
  expect(readBy('vms', lines)).toEqual({ entries: [], skipped: lines, unread: [] });
  expect(readBy('vms', ['total 6']).skipped).toEqual([]);
});
