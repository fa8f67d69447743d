import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anySecond, entryOf, partsOf, readBy } from '../hostListings.ts';

const name = fc.stringMatching(/^[A-Z][A-Z0-9]{0,7}$/);
const user = fc.integer({ min: 0, max: 255 });

test('a file is read as it was written', () => {
  const code = fc.constantFrom(0, 100, 101, 700, 1000);
  fc.assert(
    fc.property(
      name,
      code,
      fc.nat(),
      anySecond,
      user,
      fc.boolean(),
      (name, code, size, time, user, isOpen) => {
        const { year, name: month, day, clock } = partsOf(time);
        const date = `${Number(day)}-${month}-${year.slice(2)} ${clock}`;
        const line = `${name.padEnd(10)}${isOpen ? 'O' : ' '} ${code} ${size} ${date} ${user},${String(user).padStart(3)} "nunu"`;
        expect(entryOf('nonstop', line)).toEqual({
          name,
          type: 'file',
          size,
          ...(code === 101 && size > 0 && { sizeOf: 'storage' }),
          modified: time,
          precision: 'second',
        });
      },
    ),
  );
});

test('the header is skipped', () => {
  const header = ['File         Code             EOF  Last Modification    Owner  RWEP'];
  expect(readBy('nonstop', header)).toEqual({ entries: [], skipped: header, unread: [] });
});
