import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  localTime,
  recentTime,
} from '../../../../../../src/ftp/grammar/listing/dates/listingTime.ts';
import type { ListingContext } from '../../../../../../src/ftp/grammar/listing/listingLine.ts';

const dayMs = 86_400_000;
const [firstNow, lastNow] = [Date.UTC(1971, 0, 1), Date.UTC(2399, 11, 31)];

// Year by year, from one that is surely too late.
function plainly(day: readonly [number, number, number, number], context: ListingContext) {
  const latest = context.now + dayMs;
  let year = new Date(context.now).getUTCFullYear() + 2;
  for (const first = year - 20; year > first; year--) {
    const time = localTime([year, ...day], context);
    if (time && time.getTime() <= latest) return time;
  }
  return undefined;
}

// Most of them near a new year, where the year of now is the last one or the next.
const now = fc.oneof(
  fc.integer({ min: firstNow, max: lastNow }),
  fc
    .tuple(fc.integer({ min: 1972, max: 2399 }), fc.integer({ min: -3 * dayMs, max: 3 * dayMs }))
    .map(([year, off]) => Date.UTC(year, 0, 1) + off),
);
const date = fc.tuple(
  fc.nat({ max: 12 }),
  fc.nat({ max: 32 }),
  fc.nat({ max: 25 }),
  fc.nat({ max: 60 }),
);

test('a date without a year is the latest one that is not in the future, whenever it is read', () => {
  fc.assert(
    fc.property(now, date, fc.integer({ min: -900, max: 900 }), (now, day, zone) => {
      expect(recentTime(day, { now, zone })).toEqual(plainly(day, { now, zone }));
    }),
    { numRuns: 3_000 },
  );
});
