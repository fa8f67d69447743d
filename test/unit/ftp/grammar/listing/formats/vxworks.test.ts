import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, entryOf, partsOf, readBy } from '../hostListings.ts';

const name = fc
  .string({ unit: fc.constantFrom(...'abZ09 ._-<é'.split('')), minLength: 1, maxLength: 20 })
  .filter((name) => name.trim() === name);

test('an entry is read as it was written', () => {
  fc.assert(
    fc.property(name, fc.nat(), anySecond, fc.boolean(), (name, size, time, isFolder) => {
      const parts = partsOf(time);
      const date = `${parts.name}-${parts.day}-${parts.year}  ${parts.clock}`;
      const line = `${String(size).padStart(8)}    ${date}   ${name.padEnd(18)}${isFolder ? '<DIR>' : ''}`;
      fc.pre(!isFolder || name.length < 18);
      expect(entryOf('vxworks', line)).toEqual({
        name,
        type: isFolder ? 'directory' : 'file',
        size,
        modified: time,
        precision: 'second',
      });
    }),
  );
});

test('the two lines of the header are skipped', () => {
  const header = [
    '  size          date       time       name',
    '--------       ------     ------    --------',
  ];
  expect(readBy('vxworks', header)).toEqual({ entries: [], skipped: header, unread: [] });
});
