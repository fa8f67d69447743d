import type { Word } from '../words.ts';
import { parseMonth } from './listingTime.ts';

type Day = readonly [month: number, day: number];
type CalendarDate = readonly [year: number, month: number, day: number];

/** A date in figures, as far as its words tell it, and the word that comes `next`. */
export type NumericDate =
  | { readonly kind: 'whole'; readonly date: CalendarDate; readonly next: number }
  | { readonly kind: 'yearless'; readonly day: Day; readonly next: number }
  /** Nothing tells the day from the month. */
  | { readonly kind: 'unsure'; readonly next: number };

const figuresOnly = /^(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})\.?$/;
const withMonthName = /^(\d{1,2})([-./])(\p{Letter}{3,5})\2(\d{1,4})\.?$/u;

/** The date whose first word begins with a figure; a year or a time may have to follow it. */
export function parseNumericDate(words: readonly Word[], at: number): NumericDate | undefined {
  const first = words[at]?.text ?? '';
  const separated = figuresOnly.exec(first) ?? withMonthName.exec(first);
  if (separated) return separatedDate(separated, at + 1);
  return (
    monthAndDay(first, at) ?? (/^\d{1,2}$/.test(first) ? figures(words, at) : asian(words, at))
  );
}

function separatedDate(match: RegExpExecArray, next: number): NumericDate | undefined {
  const [, first = '', separator, second = '', third = ''] = match;
  if (first.length >= 3) {
    if (first.length === 3 || third.length > 2) return undefined;
    return whole([Number(first), Number(second) - 1, Number(third)], next);
  }
  if (third.length === 1 || third.length === 3) return undefined;
  const year = fullYear(third);
  const month = parseMonth(second);
  if (month !== undefined) return whole([year, month, Number(first)], next);
  const [one, two] = [Number(first), Number(second)];
  if (separator === '.' || one > 12) return whole([year, two - 1, one], next);
  if (two > 12) return whole([year, one - 1, two], next);
  return one === two ? whole([year, one - 1, two], next) : { kind: 'unsure', next };
}

/** Two digits are the years 1969 to 2068, as POSIX has it: where nothing set a time, it is that of 1970. */
export function fullYear(text: string): number {
  const year = Number(text);
  if (text.length > 2) return year;
  return year < 69 ? 2000 + year : 1900 + year;
}

function whole(date: CalendarDate, next: number): NumericDate {
  return { kind: 'whole', date, next };
}

// "11-22 16:23", and of Finland "22.11. 16:23"
function monthAndDay(text: string, at: number): NumericDate | undefined {
  const [, month, day] = /^(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (month !== undefined) {
    return { kind: 'yearless', day: [Number(month) - 1, Number(day)], next: at + 1 };
  }
  const [, first, second] = /^(\d{1,2})\.(\d{1,2})\.$/.exec(text) ?? [];
  if (first === undefined) return undefined;
  return { kind: 'yearless', day: [Number(second) - 1, Number(first)], next: at + 1 };
}

// "3 29 03:26": the month's name was a figure with a letter after it that was lost.
function figures(words: readonly Word[], at: number): NumericDate | undefined {
  const second = words[at + 1]?.text ?? '';
  if (!/^\d{1,2}$/.test(second)) return asian(words, at);
  return { kind: 'yearless', day: [Number(words[at]?.text) - 1, Number(second)], next: at + 2 };
}

// The words for year, month and day after a figure; in the older charsets of Asia the last byte of
// such a letter may be an ASCII one.
const unit = '[^\\0-\\x7f]{1,3}[A-Za-z]?';
const glued = new RegExp(`^(?:(\\d{4})${unit})?(\\d{1,2})${unit}(\\d{1,2})${unit}$`, 'u');
const counted = new RegExp(`^(\\d{1,4})(${unit})?$`, 'u');

// "11月 22日 16:23", "11월 22 16:23", "2005년 1월 6일", "2003 3월 20", "2026年11月22日"
function asian(words: readonly Word[], at: number): NumericDate | undefined {
  const [, year, month, day] = glued.exec(words[at]?.text ?? '') ?? [];
  if (month !== undefined) {
    const of: Day = [Number(month) - 1, Number(day)];
    if (year === undefined) return { kind: 'yearless', day: of, next: at + 1 };
    return whole([Number(year), ...of], at + 1);
  }
  const [first, second, third] = words.slice(at, at + 3).map(({ text }) => counted.exec(text));
  if (!first || !second) return undefined;
  if (first[1]?.length === 4) {
    if (!third || second[2] === undefined || third[1] === undefined || third[1].length > 2) {
      return undefined;
    }
    return whole([Number(first[1]), Number(second[1]) - 1, Number(third[1])], at + 3);
  }
  if (first[2] === undefined || (second[1]?.length ?? 0) > 2) return undefined;
  return { kind: 'yearless', day: [Number(first[1]) - 1, Number(second[1])], next: at + 2 };
}
