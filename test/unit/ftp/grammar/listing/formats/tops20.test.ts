import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, entryOf, partsOf, readBy } from '../hostListings.ts';

const name = fc.stringMatching(/^[A-Z0-9$_-]{1,39}\.[A-Z0-9$_-]{0,39}$/);
const generation = fc.integer({ min: 1, max: 131_071 });

test('a file is read as it was written, its generation kept', () => {
  const bits = fc.constantFrom(7, 8, 36);
  fc.assert(
    fc.property(
      name,
      generation,
      fc.nat(),
      bits,
      anySecond,
      (name, generation, bytes, bits, time) => {
        fc.pre(!name.endsWith('.DIRECTORY'));
        const { year, name: month, day, clock } = partsOf(time);
        const full = `${name}.${generation}`;
        const line = ` ${full};P777700  5 ${bytes}(${bits})  ${Number(day)}-${month}-${year} ${clock}`;
        expect(entryOf('tops20', line)).toEqual({
          name: full,
          type: 'file',
          size: bits === 36 ? undefined : bytes,
          modified: time,
          precision: 'second',
        });
      },
    ),
  );
});

test('a name alone is a file only under a header', () => {
  expect(readBy('tops20', ['LOGIN.CMD.1']).entries).toEqual([]);
  expect(readBy('tops20', ['   PS:<ANONYMOUS>', 'LOGIN.CMD.1']).entries).toHaveLength(1);
});

test('the listing of a folder below tells that folder, and none of what is in it', () => {
  const lines = ['PS:<A>', 'X.TXT.1', 'PS:<A.B>', 'Y.TXT.1', 'PS:<A.B.C>', 'Z.TXT.1'];
  const { entries, unread } = readBy('tops20', lines);
  expect(entries.map(({ name, type }) => [name, type])).toEqual([
    ['X.TXT.1', 'file'],
    ['B', 'directory'],
  ]);
  expect(unread).toEqual(['Y.TXT.1', 'Z.TXT.1']);
});
