import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, entryOf, partsOf, readBy } from '../hostListings.ts';

const part = fc.stringMatching(/^[A-Z0-9$#@+:_-]{1,8}$/);
const count = fc.nat(99_999);

test('a file is read as it was written; only fixed records tell its size', () => {
  const kind = fc.constantFrom('F', 'V');
  const form = fc.constantFrom('long', 'short', 'minidisk');
  fc.assert(
    fc.property(
      part,
      part,
      kind,
      count,
      count,
      anySecond,
      form,
      (name, type, kind, length, records, time, form) => {
        const { year, month, day, clock } = partsOf(time);
        const short = `${Number(month)}/${day}/${Number(year) - 1900}`;
        const date = form === 'long' ? `${year}-${month}-${day}` : short;
        const mode = form === 'minidisk' ? 'A1 ' : '';
        const line = `${name.padEnd(8)} ${type.padEnd(8)} ${mode}${kind} ${length} ${records} 1 ${date} ${clock}`;
        expect(entryOf('vmcms', line)).toEqual({
          name: `${name}.${type}`,
          type: 'file',
          size: kind === 'F' ? length * records : undefined,
          modified: time,
          precision: 'second',
        });
      },
    ),
  );
});

test('a file of the byte file system may have any name', () => {
  const name = fc.string({
    unit: fc.constantFrom(...`ab 'Z.`.split('')),
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(name, fc.nat(), anySecond, (name, size, time) => {
      const { year, month, day, clock } = partsOf(time);
      const line = `${month}/${day}/${year} ${clock} F 1 ${size} '${name}'`;
      expect(entryOf('vmcms', line)).toMatchObject({ name, size, modified: time });
    }),
  );
});

test('the header of a minidisk is skipped', () => {
  const header = ['Filename FileType  Fm Format Lrecl  Records Blocks Date      Time'];
  expect(readBy('vmcms', header)).toEqual({ entries: [], skipped: header, unread: [] });
});
