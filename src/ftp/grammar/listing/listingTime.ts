import type { ListingContext } from './listingLine.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayMs = 86_400_000;
const minuteMs = 60_000;

/** 0 for January. `undefined` for what is no English month's first three letters. */
export function parseMonth(text: string): number | undefined {
  const month = months.indexOf(text.toLowerCase());
  return month < 0 ? undefined : month;
}

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
export function localTime(
  [year, month, day, hour = 0, minute = 0, second = 0]: LocalTime,
  { zone }: ListingContext,
): Date | undefined {
  // Date.UTC takes the years 0 to 99 for those of the twentieth century.
  if (!(year >= 100 && hour <= 23 && minute <= 59 && second <= 59)) return undefined;
  const local = new Date(Date.UTC(year, month, day, hour, minute, second));
  if (local.getUTCMonth() !== month || local.getUTCDate() !== day) return undefined;
  const ahead = typeof zone === 'number' ? zone : zone(local.getTime(), 'local');
  return new Date(local.getTime() - ahead * minuteMs);
}

/**
 * A date without a year is the latest such date that is not in the future; a day of grace is left
 * for a server whose clock or zone runs ahead of ours.
 */
export function recentTime(
  [month, day, hour, minute]: readonly [number, number, number, number],
  context: ListingContext,
): Date | undefined {
  const thisYear = new Date(context.now).getUTCFullYear();
  for (const year of [
    thisYear + 1,
    thisYear,
    thisYear - 1,
    thisYear - 2,
    thisYear - 3,
    thisYear - 4,
  ]) {
    const time = localTime([year, month, day, hour, minute], context);
    if (time && time.getTime() <= context.now + dayMs) return time;
  }
  return undefined;
}
