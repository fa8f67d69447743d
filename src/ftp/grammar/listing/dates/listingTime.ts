import type { RemoteEntry, TimePrecision } from '../../entry.ts';
import type { ListingContext } from '../listingLine.ts';
import { mistakenMonthNames, monthNames } from './monthNames.ts';

const dayMs = 86_400_000;
const minuteMs = 60_000;

// The longest name of a month in any language has fewer letters; longer words are not looked up.
const longestMonth = 12;

/**
 * 0 for January, in any of many languages, with or without a full stop or a comma. `undefined` for
 * any other word.
 */
export function parseMonth(text: string): number | undefined {
  if (text.length > longestMonth) return undefined;
  const name = text.toLowerCase();
  return monthNames.get(name) ?? otherMonth(name.replace(/[.,]{1,2}$/, ''));
}

function otherMonth(name: string): number | undefined {
  return monthNames.get(name) ?? mistakenMonthNames.get(name.replaceAll(/[^\0-\x7f]/g, '?'));
}

/** When an entry was changed, as far as its listing tells it. */
export type TimeFacts = Pick<RemoteEntry, 'modified' | 'precision'>;

/** Year, month (0 for January), day and, where they are told, hour, minute and second. */
export type LocalTime = readonly [
  year: number,
  month: number,
  day: number,
  hour?: number | undefined,
  minute?: number | undefined,
  second?: number | undefined,
];

/** The server's local date and time as an instant; `undefined` for a day that no calendar has. */
export function localTime(time: LocalTime, context: ListingContext): Date | undefined {
  const instant = instantOf(time, context);
  return instant === undefined ? undefined : new Date(instant);
}

function instantOf(time: LocalTime, { zone }: ListingContext): number | undefined {
  const local = calendarTime(time);
  return local === undefined ? undefined : local - aheadOf(local, zone) * minuteMs;
}

/**
 * The time of an entry by its listing: none where no calendar has that day, for a file with a wrong
 * date is still a file.
 */
export function timeFacts(
  time: LocalTime,
  precision: Exclude<TimePrecision, 'none'>,
  context: ListingContext,
): TimeFacts {
  const modified = localTime(time, context);
  return modified ? { modified, precision } : { modified: undefined, precision: 'none' };
}

function aheadOf(local: number, zone: ListingContext['zone']): number {
  return typeof zone === 'number' ? zone : zone(local, 'local');
}

const monthDays = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The milliseconds since the epoch when UTC shows this; `undefined` where no calendar has it. */
export function calendarTime([year, month, day, hour = 0, minute = 0, second = 0]: LocalTime):
  | number
  | undefined {
  // Date.UTC takes the years 0 to 99 for those of the twentieth century.
  if (!(year >= 100 && year <= 9999 && hour <= 24 && minute <= 59 && second <= 59))
    return undefined;
  // 24:00 is the midnight at the end of its day.
  if (hour === 24 && minute + second > 0) return undefined;
  if (!(day >= 1 && day <= (monthDays[month] ?? 0))) return undefined;
  const leaps = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  if (month === 1 && day === 29 && !leaps) return undefined;
  return Date.UTC(year, month, day, hour, minute, second);
}

// From a 29 February to the next one: the years 1900 and 2100 have none.
const longestLeapYears = 8;

/**
 * A date without a year is the latest such date that is not in the future; a day of grace is left
 * for a server whose clock or zone runs ahead of ours.
 */
export function recentTime(
  [month, day, hour, minute, second = 0]: readonly [
    month: number,
    day: number,
    hour: number,
    minute: number,
    second?: number | undefined,
  ],
  context: ListingContext,
): Date | undefined {
  const latest = context.now + dayMs;
  // In a zone ahead of UTC, the latest day may be one of the next year.
  let year = lastYearOf(latest + dayMs);
  for (const first = year - longestLeapYears - 2; year > first; year--) {
    const instant = instantOf([year, month, day, hour, minute, second], context);
    if (instant !== undefined && instant <= latest) return new Date(instant);
  }
  return undefined;
}

// That year or, within a day or two of its end, the next: a year of the calendar is as long as this on
// the average. It is asked for each line of a listing, and a Date would cost as much as the line.
const yearMs = 365.2425 * dayMs;

function lastYearOf(moment: number): number {
  return 1970 + Math.floor((moment + 2 * dayMs) / yearMs);
}
