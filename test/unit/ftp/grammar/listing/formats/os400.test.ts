import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, entryOf, partsOf, readBy } from '../hostListings.ts';

const fileName = fc
  .string({ unit: fc.constantFrom(...'abZ09 ._-*;é'.split('')), minLength: 1, maxLength: 20 })
  .filter((name) => name.trim() === name);
const size = fc.integer({ min: 0, max: 9_999_999_999 });

test('a stream file is read as it was written, whatever the order of its date', () => {
  const order = fc.constantFrom<'mdy' | 'dmy' | 'ymd'>('mdy', 'dmy', 'ymd');
  fc.assert(
    fc.property(
      fileName,
      size,
      anySecond,
      order,
      fc.boolean(),
      (name, size, time, order, isOwned) => {
        const { year, month, day, clock } = partsOf(time);
        const dateOf = (year: string, month: string, day: string): string =>
          ({ mdy: [month, day, year], dmy: [day, month, year], ymd: [year, month, day] })[
            order
          ].join('/');
        const lineOf = (date: string, name: string): string =>
          `${isOwned ? 'QSYS' : ''.padEnd(4)}      ${String(size).padStart(10)} ${date} ${clock} *STMF      ${name}`;
        // Other lines of the listing tell the order.
        const lines = [
          lineOf(dateOf(year.slice(2), month, day), name),
          lineOf(dateOf('99', '01', '31'), 'other'),
          lineOf(dateOf('40', '12', '31'), 'another'),
        ];
        const { entries } = readBy('os400', lines);
        expect(entries[0]).toEqual({
          name,
          type: 'file',
          size,
          modified: time,
          precision: 'second',
        });
      },
    ),
  );
});

const line = (type: string, name: string): string =>
  `QSYS             8192 06/12/00 16:36:51 ${type.padEnd(10)} ${name}`;

test('the slash after a folder is none of its name', () => {
  expect(entryOf('os400', line('*DIR', 'a folder/'))).toMatchObject({
    name: 'a folder',
    type: 'directory',
  });
  expect(entryOf('os400', line('*LIB', 'QSYS.LIB'))).toMatchObject({
    name: 'QSYS.LIB',
    type: 'directory',
  });
});

test('a database file is a folder where its members follow', () => {
  const file = line('*FILE', 'A.FILE');
  const member = 'QSYS                                    *MEM       A.FILE/B.MBR';
  expect(readBy('os400', [file, member]).entries[0]?.type).toBe('directory');
  expect(readBy('os400', [file, line('*FILE', 'AB.FILE')]).entries[0]?.type).toBe('file');
});

const nameOf = (type: string, name: string): string | undefined =>
  entryOf('os400', line(type, name))?.name;

test('only a name that lies in the listed folder is cut to its last part', () => {
  expect(nameOf('*FILE', '/QSYS.LIB/X.LIB/A.PRTF')).toBe('A.PRTF');
  expect(nameOf('*MEM', 'QGPL/QCLSRC.MYMBR')).toBe('QCLSRC.MYMBR');
  expect(nameOf('*MEM', 'QCLSRC.FILE/MYMBR.MBR')).toBe('QCLSRC.FILE/MYMBR.MBR');
  expect(nameOf('*STMF', 'home/file.txt')).toBe('home/file.txt');
});

test('only what is a stream has the size of its transfer', () => {
  expect(entryOf('os400', line('*STMF', 'a'))).not.toHaveProperty('sizeOf');
  expect(entryOf('os400', line('*FILE', 'A.SAVF'))).toMatchObject({ sizeOf: 'storage' });
});
