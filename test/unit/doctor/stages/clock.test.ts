import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { zoneOffset } from '../../../../src/doctor/stages/clock.ts';

const exact = new Date('2026-11-20T12:00:42Z');
const minute = 60_000;

test.each([
  ['2026-11-20T12:00:00Z', 0],
  ['2026-11-20T14:00:00Z', 120],
  ['2026-11-20T06:30:00Z', -330],
  ['2026-11-20T17:45:00Z', 345],
])('a listed time of %s is %i minutes from UTC', (listed, minutes) => {
  expect(zoneOffset({ listed: new Date(listed), precision: 'minute', exact })).toBe(
    minutes * minute,
  );
});

test.each(['2026-11-20T12:07:00Z', '2025-11-20T12:00:00Z', '2026-11-21T12:00:00Z'])(
  'a listed time of %s can be no zone',
  (listed) => {
    expect(zoneOffset({ listed: new Date(listed), precision: 'minute', exact })).toBeUndefined();
  },
);

test('every zone is found from a time to the minute', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -56, max: 56 }),
      fc.integer({ min: 0, max: 2_000_000_000 }),
      (quarters, seconds) => {
        const offset = quarters * 15 * minute;
        const time = new Date(seconds * 1000);
        const listed = new Date(Math.floor((seconds * 1000 + offset) / minute) * minute);
        const found = zoneOffset({ listed, precision: 'minute', exact: time });
        expect(found).toBe(offset + 0);
      },
    ),
  );
});
