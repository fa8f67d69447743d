import type { ListingContext } from '../listingLine.ts';
import { type CalendarDay, dated, hostYear } from './hostDates.ts';

/** In which order a server writes month, day and year. */
export type DateOrder = 'mdy' | 'dmy' | 'ymd';

// "02/23/00", "23.02.00", "00-02-23", "2000/02/23" and, of servers that count on from 99, "1/03/100".
const numbers = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})$/;

/** A day written as three numbers; `undefined` for what has no such numbers in that order. */
export function parseDay(text: string | undefined, order: DateOrder): CalendarDay | undefined {
  const [, first = '', , second = '', third = ''] = numbers.exec(text ?? '') ?? [];
  const [year, month, day] =
    order === 'ymd'
      ? [first, second, third]
      : order === 'mdy'
        ? [third, first, second]
        : [third, second, first];
  if (year.length < 2 || month === '' || month.length > 2 || day === '' || day.length > 2) {
    return undefined;
  }
  return [hostYear(year), Number(month) - 1, Number(day)];
}

/** True for three numbers that some order makes a day of. */
export function looksLikeDay(text: string | undefined): boolean {
  return numbers.test(text ?? '');
}

const dayMs = 86_400_000;

/**
 * The orders in which most of a listing's dates are days of a calendar, and none is yet to come: one
 * listing is written in one order, and a single day above 12 tells which. More than one where the
 * dates do not tell.
 */
export function ordersOfDates(
  dates: Iterable<string>,
  orders: readonly DateOrder[],
  context: ListingContext,
): readonly DateOrder[] {
  const counts = orders.map(() => 0);
  for (const text of new Set(dates)) {
    for (const [index, order] of orders.entries()) {
      const modified = dated(parseDay(text, order), undefined, context)?.modified;
      // A day of grace, for a server whose clock or zone runs ahead of ours.
      if (modified && modified.getTime() <= context.now + dayMs)
        counts[index] = (counts[index] ?? 0) + 1;
    }
  }
  const most = Math.max(...counts);
  return orders.filter((_, index) => counts[index] === most);
}

/** Parses the days of one listing, in the order that its dates show; a year of four digits is first. */
export function dayParser(
  daysIn: (line: string) => readonly string[],
  orders: readonly [DateOrder, ...DateOrder[]],
  context: ListingContext,
): (day: string | undefined, lines: readonly string[]) => CalendarDay | undefined {
  let read: readonly string[] | undefined;
  let [order] = orders;
  return (day, lines) => {
    if (/^\d{4}/.test(day ?? '')) return parseDay(day, 'ymd');
    if (read !== lines) [order = orders[0]] = ordersOfDates(lines.flatMap(daysIn), orders, context);
    read = lines;
    return parseDay(day, order);
  };
}
