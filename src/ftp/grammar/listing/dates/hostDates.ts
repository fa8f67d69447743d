import type { ListingContext } from '../listingLine.ts';
import { parseMonth, type TimeFacts, timeFacts } from './listingTime.ts';

/** Year, month (0 for January) and day. */
export type CalendarDay = readonly [year: number, month: number, day: number];

/** What a clock shows; without seconds where they are not told. */
export type HostClock = readonly [hour: number, minute: number, second?: number];

/** Of an entry whose time the listing does not tell. */
export const undated = { modified: undefined, precision: 'none' } as const;

/** The server's local day and time; `undefined` where there is no day. */
export function dated(
  day: CalendarDay | undefined,
  clock: HostClock | undefined,
  context: ListingContext,
): TimeFacts | undefined {
  if (!day) return undefined;
  const [hour, minute, second] = clock ?? [];
  const precision = !clock ? 'day' : second === undefined ? 'minute' : 'second';
  return timeFacts([...day, hour, minute, second], precision, context);
}

/** "3:33", "03:33:21" or "03:33:21.47"; what is finer than a second is left out. */
export function parseClock(text: string | undefined): HostClock | undefined {
  const match = /^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d{1,9})?)?$/.exec(text ?? '');
  if (!match) return undefined;
  const [, hour, minute, second] = match;
  if (second === undefined) return [Number(hour), Number(minute)];
  return [Number(hour), Number(minute), Number(second)];
}

// Two digits are the years 1940 to 2039, as IBM i defines them for its jobs. None of these systems
// has older files, and the epoch of 1970 is a day of 1969 in the west.
const firstYear = 40;

/** A year of four digits, of two, or of three where a server counts on from 99: "103" is 2003. */
export function hostYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  if (text.length === 3) return 1900 + year;
  return year < firstYear ? 2000 + year : 1900 + year;
}

// Of a month in a language that we do not know; no calendar has it.
const unknownMonth = 12;

/** "29-JAN-1996", "6-Apr-07" or, of a server in another language, "15-DÉC-2002". */
export function parseNamedDay(text: string | undefined): CalendarDay | undefined {
  const match = /^(\d{1,2})-(\p{Letter}{3,4})-(\d{4}|\d\d)$/u.exec(text ?? '');
  if (!match) return undefined;
  const [, day, name = '', year = ''] = match;
  return [hostYear(year), parseMonth(name) ?? unknownMonth, Number(day)];
}
