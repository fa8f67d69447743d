import { parseSize, type RemoteEntry } from '../../entry.ts';
import { dated, parseClock } from '../dates/hostDates.ts';
import { parseListedClock } from '../dates/listedClock.ts';
import { parseMonth, type TimeFacts, timeFacts } from '../dates/listingTime.ts';
import { fullYear } from '../dates/numericDate.ts';
import { parseListedSize } from '../listedSize.ts';
import {
  lineGrammar,
  type ListingContext,
  type ListingGrammar,
  type ListingLine,
} from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// The relatives of DOS: its own `dir`, servers for Windows 3, OS/2, and the DOS file system of VxWorks.
// What IIS lists is in dos.ts.

// Name, ending, size, the three words of a date, time, weekday or more.
const mostDirWords = 9;

/**
 * Listings that begin with the name: `dir` of MS-DOS ("COMMAND  COM     54645 05-31-94   6:22a"),
 * and the servers for Windows 3 SuperTCP ("DESIGN1.DOC   11264   05-11-95   14:20") and NEWT
 * ("DESIGN1.DOC   11264   May 11 1995   14:20").
 */
export function parseDosDirLine(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, mostDirWords);
  const at = words.findIndex((word, index) => index > 0 && sizeOf(word) !== undefined);
  if (at < 1 || at > 2 || words[0]?.start !== 0) return undefined;
  const size = words[at] && sizeOf(words[at]);
  const dated = dateAndTime(words, at + 1, context);
  const name = nameOf(line, words.slice(0, at), dated);
  if (size === undefined || !dated || name === undefined) return undefined;
  const type: RemoteEntry['type'] = size === 'directory' ? 'directory' : 'file';
  const bytes = size === 'directory' ? undefined : size.bytes;
  return { name, type, size: bytes, ...dated.time };
}

function sizeOf({ text }: Word): 'directory' | { readonly bytes: number | undefined } | undefined {
  if (text.toUpperCase() === '<DIR>') return 'directory';
  return /^\d[\d.,]*$/.test(text) ? parseListedSize(text) : undefined;
}

// Windows 95 writes the long name last.
function nameOf(
  line: string,
  words: readonly Word[],
  dated: DateAndTime | undefined,
): string | undefined {
  const [name, ending] = words.map(({ text }) => text);
  if (name === undefined || !dated) return undefined;
  const long = line.slice(dated.end).trim();
  // NEWT writes the attributes last.
  const isName = long !== '' && (dated.isDos || !/^[ADHRS]{1,5}$/.test(long));
  if (isName) return dated.isDos ? long : undefined;
  if (ending === undefined) return name;
  const isShort = dated.isDos && name.length <= 8 && ending.length <= 3 && !name.includes('.');
  return isShort ? `${name}.${ending}` : undefined;
}

interface DateAndTime {
  readonly time: TimeFacts;
  readonly end: number;
  /** The time has an "a" or "p", as only `dir` itself writes it. */
  readonly isDos: boolean;
}

function dateAndTime(
  words: readonly Word[],
  at: number,
  context: ListingContext,
): DateAndTime | undefined {
  const [first, second, third, fourth] = words.slice(at, at + 4);
  const date = /^(\d{1,2})-(\d{1,2})-(\d\d|\d{4})$/.exec(first?.text ?? '');
  const [, month, day, year = ''] = date ?? [];
  if (date) {
    return onDay([fullYear(year), Number(month) - 1, Number(day)], second, context);
  }
  const name = parseMonth(first?.text ?? '');
  const isNamed = /^\d{1,2}$/.test(second?.text ?? '') && /^\d{4}$/.test(third?.text ?? '');
  if (name === undefined || !isNamed) return undefined;
  return onDay([Number(third?.text), name, Number(second?.text)], fourth, context);
}

function onDay(
  date: readonly [number, number, number],
  word: Word | undefined,
  context: ListingContext,
): DateAndTime | undefined {
  const clock = word && parseListedClock(word.text);
  if (!clock) return undefined;
  const time = timeFacts([...date, clock.hour, clock.minute], 'minute', context);
  return { time, end: word.end, isDos: /[ap]$/i.test(word.text) };
}

// Size, attributes, DIR, date and time; the attributes may come before DIR or after it.
const os2Words = 6;

/**
 * OS/2: "     0           DIR   05-12-97   16:44  PSFONTS", "36611      A    04-23-103   10:57  name".
 * The years count on from 1999 as 100, 101 and so on; newer servers write four digits.
 */
export function parseOs2Line(line: string, context: ListingContext): ListingLine {
  const columns = wordsOf(line, os2Words);
  const size = parseSize(columns[0]?.text);
  if (size === undefined) return undefined;
  const { at, isFolder } = kindOf(columns);
  const [, month, day, year] =
    /^(\d{1,2})-(\d{1,2})-(\d{2,4})$/.exec(columns[at]?.text ?? '') ?? [];
  const word = columns[at + 1];
  const clock = word && parseListedClock(word.text);
  if (year === undefined || !clock) return undefined;
  const { hour, minute } = clock;
  const full = os2Year(Number(year));
  const time = [full, Number(month) - 1, Number(day), hour, minute] as const;
  // Two blanks belong to the format, all others to the name.
  const name = line.slice(line.startsWith('  ', word.end) ? word.end + 2 : word.end + 1);
  return {
    name,
    type: isFolder ? 'directory' : 'file',
    size,
    ...timeFacts(time, 'minute', context),
  };
}

/** Without DIR and attributes, a line could be another system's. */
export function hasOs2Kind(line: string): boolean {
  return kindOf(wordsOf(line, os2Words)).at > 1;
}

// Where the date stands.
function kindOf(columns: readonly Word[]): { at: number; isFolder: boolean } {
  let at = isAttributes(columns[1]) ? 2 : 1;
  const isFolder = columns[at]?.text === 'DIR';
  if (isFolder) at++;
  if (isFolder && isAttributes(columns[at])) at++;
  return { at, isFolder };
}

function isAttributes(word: Word | undefined): boolean {
  return /^[ADHRS]{1,5}$/.test(word?.text ?? '');
}

// OS/2 is younger than 1980.
function os2Year(year: number): number {
  if (year >= 1000) return year;
  return year < 80 ? 2000 + year : 1900 + year;
}

//   size          date       time       name
// --------       ------     ------    --------
//    19388    JAN-28-1997  01:02:03   alarms.asp
//     2048    JAN-28-1997  01:02:03   images            <DIR>

/** The listings of VxWorks and of devices made of it. */
export const vxworksGrammar: ListingGrammar = lineGrammar('vxworks', parseVxworksLine);

function parseVxworksLine(line: string, context: ListingContext): ListingLine {
  const [size, date, time, first] = wordsOf(line, 4);
  if (!size || !date || !time) return undefined;
  if (isVxworksHeader(line)) return 'skip';
  const clock = parseClock(time.text);
  const bytes = parseSize(size.text);
  if (!first || !clock || bytes === undefined) return undefined;
  const times = dated(parseMonthFirst(date.text), clock, context);
  if (!times) return undefined;
  // Names are filled up with blanks to the width of their column.
  const rest = line.slice(first.start).trimEnd();
  const isFolder = /\s<DIR>$/i.test(rest);
  const name = isFolder ? rest.slice(0, -'<DIR>'.length).trimEnd() : rest;
  return { name, type: isFolder ? 'directory' : 'file', size: bytes, ...times };
}

function parseMonthFirst(text: string): readonly [number, number, number] | undefined {
  const [, name = '', day, year] = /^([a-z]{3})-(\d{1,2})-(\d{4})$/i.exec(text) ?? [];
  const month = parseMonth(name);
  return month === undefined ? undefined : [Number(year), month, Number(day)];
}

function isVxworksHeader(line: string): boolean {
  const words = wordsOf(line, 5).map(({ text }) => text);
  return vxworksHeaders.has(words.join(' '));
}

const vxworksHeaders: ReadonlySet<string> = new Set([
  'size date time name',
  '-------- ------ ------ --------',
]);
