import type { TimePrecision } from '../../entry.ts';
import type { ListingContext } from '../listingLine.ts';
import type { Word } from '../words.ts';
import { type ClockTime, parseListedClock } from './listedClock.ts';
import { calendarTime, localTime, parseMonth, recentTime } from './listingTime.ts';
import { fullYear, parseNumericDate } from './numericDate.ts';

/** A date of a listing, and where it ends. */
export interface ListedDate {
  readonly modified: Date | undefined;
  readonly precision: TimePrecision;
  /** Where the blank after it stands. */
  readonly end: number;
  /** The column of a time was left empty: blanks after the date belong to the format. */
  readonly isPadded?: true;
}

/**
 * The date that begins with the word `at`, in any of the forms of `ls -l`: "Nov 22 16:23",
 * "Nov 22  2025", "22. Nov. 2025", "2026-11-22 16:23:45.123456789 +0100", "11月 22日 16:23" and
 * others.
 */
export function parseListedDate(
  words: readonly Word[],
  at: number,
  context: ListingContext,
): ListedDate | undefined {
  const first = words[at];
  const second = words[at + 1];
  if (!first || first.text.length > longestWord) return undefined;
  if (isDigit(first.text)) return numberFirst(words, at, context);
  if (!second) return undefined;
  const month = monthOf(first.text, context);
  if (isUndecoded(first.text) && dayOf(second.text) !== undefined)
    return undecodedMonth(words, at + 2);
  if (month !== undefined) {
    const day = dayOf(second.text);
    return day === undefined ? undefined : afterDay(words, at + 2, [month, day], context);
  }
  // "Sun Nov 22 16:23:45 2026": the weekday is not compared, its month is looked for after it.
  if (!/^\p{Letter}{2,4}\.?,?$/u.test(first.text) || isDigit(second.text)) return undefined;
  return monthOf(second.text, context) === undefined
    ? undefined
    : parseListedDate(words, at + 1, context);
}

function monthOf(text: string, { monthIn }: ListingContext): number | undefined {
  return parseMonth(text) ?? monthIn?.(text);
}

// A name of a folder may be as long as it likes, a word of a date is not.
const longestWord = 24;

function isDigit(text: string): boolean {
  const code = text.charCodeAt(0);
  return code >= 0x30 && code <= 0x39;
}

type Day = readonly [month: number, day: number];

function numberFirst(
  words: readonly Word[],
  at: number,
  context: ListingContext,
): ListedDate | undefined {
  const day = dayOf(words[at]?.text ?? '');
  const second = words[at + 1]?.text ?? '';
  // "22 Nov 2025", "26. Juli, 20:10"
  const month = day === undefined || isDigit(second) ? undefined : monthOf(second, context);
  if (day !== undefined && month !== undefined)
    return afterDay(words, at + 2, [month, day], context);
  if (day !== undefined && isUndecoded(second)) return undecodedMonth(words, at + 2);
  const numeric = parseNumericDate(words, at);
  if (!numeric) return undefined;
  if (numeric.kind === 'yearless') return afterDay(words, numeric.next, numeric.day, context);
  if (numeric.kind === 'unsure') return unsureDate(words, numeric.next);
  const date = afterYear(words, numeric.next, numeric.date, context);
  return date?.precision === 'day' ? { ...date, isPadded: true } : date;
}

function dayOf(text: string): number | undefined {
  if (text.length > 3) return undefined;
  return /^\d{1,2}[.,]?$/.test(text) ? Number.parseInt(text, 10) : undefined;
}

// After month and day: a time of the last months, or a year; a few servers write both.
function afterDay(
  words: readonly Word[],
  at: number,
  [month, day]: Day,
  context: ListingContext,
): ListedDate | undefined {
  const word = words[at];
  if (!word) return undefined;
  const clock = parseListedClock(word.text) ?? parseDottedClock(word.text);
  if (clock) return withClock(words, at, [month, day], clock, context);
  const short = shortYear(words, at);
  if (short !== undefined) return afterYear(words, at + 1, [short, month, day], context);
  if (!/^\d{4}(?:[^\0-\x7f]{1,3}[A-Za-z]?)?$/.test(word.text)) return undefined;
  const year = Number.parseInt(word.text, 10);
  // In "Nov 22  2025" the year fills the column of a time; "Oct 08, 2002 09:47" has both.
  const fills = word.start > (words[at - 1]?.end ?? 0) + 1;
  const own = fills ? words.slice(0, at + 1) : words;
  const date = afterYear(own, at + 1, [year, month, day], context);
  // AIX writes the year at the left of the column of a time: one blank more follows it.
  const isLeft = !fills && date?.end === word.end && (words[at + 1]?.start ?? 0) > word.end + 1;
  return isLeft ? { ...date, end: word.end + 1 } : date;
}

// "14.05", of servers in some languages; a time or a year must stand here, so that it is no version.
function parseDottedClock(text: string): ClockTime | undefined {
  return /^\d{1,2}\.\d\d$/.test(text) ? parseListedClock(text.replace('.', ':')) : undefined;
}

// "Feb 11 97 09:41" of NetWare: only a time behind them makes two digits a year.
function shortYear(words: readonly Word[], at: number): number | undefined {
  const text = words[at]?.text ?? '';
  const isYear = /^\d\d$/.test(text) && parseListedClock(words[at + 1]?.text ?? '');
  return isYear ? fullYear(text) : undefined;
}

// A month's name in a charset that the listing was not decoded with. Its letters are those that
// stand for single bytes.
function isUndecoded(text: string): boolean {
  return /^[\uEF80-\uEFFF\uFFFD]{2,12}[.,]?$/.test(text);
}

function undecodedMonth(words: readonly Word[], at: number): ListedDate | undefined {
  const word = words[at];
  const isEnd = word && (parseListedClock(word.text) ?? /^\d{4}$/.exec(word.text));
  return isEnd ? { modified: undefined, precision: 'none', end: word.end } : undefined;
}

function withClock(
  words: readonly Word[],
  at: number,
  [month, day]: Day,
  clock: ClockTime,
  context: ListingContext,
): ListedDate | undefined {
  const { hour, minute, second } = clock;
  const [word, next] = [words[at], words[at + 1]];
  if (!word) return undefined;
  const precision = second === undefined ? 'minute' : 'second';
  // `ls -lT` of the BSDs: "Nov 22 16:23:45 2026". Without seconds, the year is the name's.
  if (second !== undefined && next && /^\d{4}$/.test(next.text)) {
    const modified = localTime([Number(next.text), month, day, hour, minute, second], context);
    return modified && { modified, precision, end: next.end };
  }
  const modified = recentTime([month, day, hour, minute, second], context);
  return modified && { modified, precision, end: word.end };
}

// After a whole date: nothing, or a time, and after its seconds perhaps a zone.
function afterYear(
  words: readonly Word[],
  at: number,
  date: readonly [year: number, month: number, day: number],
  context: ListingContext,
): ListedDate | undefined {
  const [before, word, zone] = [words[at - 1], words[at], words[at + 1]];
  if (!before) return undefined;
  const clock = word && word.start === before.end + 1 && parseListedClock(word.text);
  if (!clock) {
    const modified = localTime(date, context);
    return modified && { modified, precision: 'day', end: before.end };
  }
  const { hour, minute, second, thousandths = 0 } = clock;
  const precision = second === undefined ? 'minute' : 'second';
  const ahead = second === undefined ? undefined : zoneOf(zone?.text ?? '');
  const time = [...date, hour, minute, second] as const;
  if (ahead !== undefined && zone) {
    const local = calendarTime(time);
    if (local === undefined) return undefined;
    const modified = new Date(local - ahead * 60_000 + thousandths);
    return { modified, precision, end: zone.end };
  }
  const modified = localTime(time, context);
  if (!modified) return undefined;
  return { modified: new Date(modified.getTime() + thousandths), precision, end: word.end };
}

// "+0100", in minutes.
function zoneOf(text: string): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d\d)([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined || Number(hours) > 15) return undefined;
  const ahead = Number(hours) * 60 + Number(minutes);
  return sign === '-' ? -ahead : ahead;
}

function unsureDate(words: readonly Word[], at: number): ListedDate | undefined {
  const [before, word] = [words[at - 1], words[at]];
  if (!before) return undefined;
  const clock = word && word.start === before.end + 1 && parseListedClock(word.text);
  return { modified: undefined, precision: 'none', end: clock ? word.end : before.end };
}

// A month in a language that we do not know, "Th3" or "kw."; or one that is another month in each of
// two languages.
const looseMonth = /^\p{Letter}[\p{Letter}\p{Mark}\d\u2019']{0,11}[.,]?$/u;
const looseDay = /^\d{1,2}[.,]?$/;
const looseYear = /^\d{4}$/;
const longestClock = 24;
const looseFigures = /^\d{1,4}([-./])\d{1,2}\1\d{1,4}\.?$/;

/**
 * What has the form of a date and is none that we can read: of an unknown month, or a day that no
 * calendar has ("Jan  0  1980"). It hides no file; the time is left out.
 */
export function parseLooseDate(words: readonly Word[], at: number): ListedDate | undefined {
  const [first, second, third] = words.slice(at, at + 3);
  if (!first || !second) return undefined;
  if (looseFigures.test(first.text)) {
    return isClock(second) ? endingAt(second) : { ...endingAt(first), isPadded: true };
  }
  const isDay = [first, second].some(({ text }) => looseDay.test(text));
  const isMonth = [first, second].some(({ text }) => looseMonth.test(text));
  if (!isDay || !isMonth || !third) return undefined;
  if (isClock(third)) return endingAt(third);
  if (!looseYear.test(third.text)) return undefined;
  const fourth = words[at + 3];
  return endingAt(fourth && fourth.start === third.end + 1 && isClock(fourth) ? fourth : third);
}

// Whether a day has that time is not asked: "13:23PM".
function isClock({ text }: Word): boolean {
  return (
    text.length <= longestClock &&
    /^\d{1,2}[:.]\d{1,2}(?:[:.][\d.,]+)?(?:[ap]\.?m?\.?)?$/i.test(text)
  );
}

function endingAt({ end }: Word): ListedDate {
  return { modified: undefined, precision: 'none', end };
}
