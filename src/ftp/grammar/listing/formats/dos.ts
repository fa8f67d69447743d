import type { RemoteEntry } from '../../entry.ts';
import { type ClockTime, parseListedClock } from '../dates/listedClock.ts';
import { localTime, type TimeFacts, timeFacts } from '../dates/listingTime.ts';
import { fullYear } from '../dates/numericDate.ts';
import { parseListedSize, sizeFacts } from '../listedSize.ts';
import type { LinesParser, ListingContext, ListingGrammar, ListingLine } from '../listingLine.ts';
import { digitsAt, type Word, wordsOf } from '../words.ts';

/** Which of two numbers is the day; `unknown` where no line of the listing tells. */
export type DayPlace = 'first' | 'second' | 'unknown';

/**
 * The listings of IIS and of `dir`: "11-22-26  04:23PM       <DIR>          name", years of four
 * digits, 24 hours, and the dates of other countries, whose order the listing's lines tell together.
 */
export const dosGrammar: ListingGrammar = {
  format: 'dos',
  begin: (context): LinesParser => {
    let read: readonly string[] | undefined;
    let shape: DosShape = unknownShape;
    return (lines, at) => {
      if (read !== lines) shape = { place: dayPlaceOf(lines), nameStart: nameStartIn(lines) };
      read = lines;
      const parsed = parseDosLine(lines[at] ?? '', context, shape);
      return parsed && { parsed, taken: 1 };
    };
  },
};

const beginning = /^ {0,8}(\d{1,2})([-/])(\d{1,2})\2\d/;

// Enough for the days of a few weeks to be among them.
const tellingLines = 1_000;

// A number that is no month is a day, and so is its neighbour above and below.
function dayPlaceOf(lines: readonly string[]): DayPlace {
  const places = new Set<DayPlace>();
  for (const line of lines.slice(0, tellingLines)) {
    const [, first = '', , second = ''] = beginning.exec(line) ?? [];
    if (Number(first) > 12) places.add('first');
    else if (Number(second) > 12) places.add('second');
  }
  const [place = 'unknown'] = places;
  return places.size === 1 ? place : 'unknown';
}

// Date, time, AM or PM, a mark or a size, and the first word of the name.
const words = 5;

/** What the lines of one listing tell together. */
export interface DosShape {
  readonly place: DayPlace;
  /** Where the name begins behind a size that ends there. */
  readonly nameStart: (sizeEnd: number) => number;
}

const unknownShape: DosShape = { place: 'unknown', nameStart: (sizeEnd) => sizeEnd + 1 };

/** One line of a DOS listing. */
export function parseDosLine(
  line: string,
  context: ListingContext,
  shape: DosShape = unknownShape,
): ListingLine {
  const plain = shape.place === 'first' ? undefined : parsePlainLine(line, context);
  return plain ?? parseAnyDosLine(line, context, shape);
}

const inTheWayOfIis = /^\d\d-\d\d-(?:\d\d)?\d\d  \d\d:\d\d(?:[AP]M)? +\d+ /;

// Some servers put more than one blank between size and name, or write the sizes to the left of their
// column: the blanks before all names belong to the format. IIS has one blank there: further blanks
// before a single name belong to the name.
function nameStartIn(lines: readonly string[]): DosShape['nameStart'] {
  let [column, gap, seen] = [Infinity, Infinity, 0];
  for (const line of lines.slice(0, tellingLines)) {
    const columns = wordsOf(line, words);
    const kind = columns[kindAt(columns)];
    if (!kind || !isDate(columns) || !isSize(kind)) continue;
    let start = kind.end;
    while (line[start] === ' ') start++;
    column = Math.min(column, start);
    gap = Math.min(gap, start - kind.end);
    seen += inTheWayOfIis.test(line) ? 1 : 2;
  }
  return (sizeEnd) => (seen < 2 ? sizeEnd + 1 : Math.max(column, sizeEnd + gap));
}

// What IIS itself prints; no part of the pattern can take what the next one begins with.
const ofIis =
  /^(?:0\d|1[0-2])-\d\d-(?:\d\d)?\d\d  \d\d:\d\d([AP]M)? +(?:(\d{1,15})|<DIR> {9}) (.+)$/;

function parsePlainLine(line: string, context: ListingContext): ListingLine {
  const match = ofIis.exec(line);
  if (!match) return undefined;
  const [, half, size, name = ''] = match;
  const yearEnd = line[8] === ' ' ? 8 : 10;
  const year = fullYear(line.slice(6, yearEnd));
  const hours = digitsAt(line, yearEnd + 2);
  if (half !== undefined && hours > 12) return undefined;
  const hour = half === undefined ? hours : (hours % 12) + (half === 'PM' ? 12 : 0);
  // A blank before it may belong to the format: the other lines show that.
  if (name.startsWith(' ')) return undefined;
  const [month, day] = [digitsAt(line, 0) - 1, digitsAt(line, 3)];
  const modified = localTime([year, month, day, hour, digitsAt(line, yearEnd + 5)], context);
  if (!modified) return undefined;
  const type = size === undefined ? 'directory' : 'file';
  const bytes = size === undefined ? undefined : Number(size);
  return { name, type, size: bytes, modified, precision: 'minute' };
}

/** The same, by its words alone. */
export function parseAnyDosLine(
  line: string,
  context: ListingContext,
  { place, nameStart }: DosShape = unknownShape,
): ListingLine {
  const columns = wordsOf(line, words);
  const date = dateForm.exec(short(columns[0]));
  if (!date) return isAround(line) ? 'skip' : undefined;
  const half = isHalf(columns[2]) ? columns[2]?.text : '';
  const clock = parseListedClock(`${short(columns[1])}${half}`);
  const kind = columns[kindAt(columns)];
  if (!clock || !kind) return undefined;
  const dated = dateAndTime(date, clock, { place, isHalved: isHalved(columns, half) }, context);
  return dated && entryOf(line, kind, { dated, nameStart });
}

const dateForm = /^(\d{1,4})([-./])(\d{1,2})\2(\d{1,4})\.?$/;

function isDate([first]: readonly Word[]): boolean {
  return dateForm.test(short(first));
}

function isHalf(word: Word | undefined): boolean {
  return /^[ap]\.?m\.?$/i.test(short(word));
}

// The mark or the size: it stands behind a time, or behind AM or PM.
function kindAt(columns: readonly Word[]): number {
  return isHalf(columns[2]) ? 3 : 2;
}

function isSize({ text }: Word): boolean {
  return /^\d/.test(text) && parseListedSize(text) !== undefined;
}

// No word of a date or a time is longer.
function short(word: Word | undefined): string {
  return word && word.text.length <= 24 ? word.text : '';
}

function isHalved(columns: readonly Word[], half: string | undefined): boolean {
  return half !== '' || /[ap]m?$/i.test(short(columns[1]));
}

interface Evidence {
  readonly place: DayPlace;
  /** The clock has AM and PM. */
  readonly isHalved: boolean;
}

function dateAndTime(
  match: RegExpExecArray,
  { hour, minute, second }: ClockTime,
  evidence: Evidence,
  context: ListingContext,
): TimeFacts | undefined {
  const date = calendarDate(match, evidence);
  if (date === undefined) return undefined;
  if (date === 'unknown') return { modified: undefined, precision: 'none' };
  const precision = second === undefined ? 'minute' : 'second';
  return timeFacts([...date, hour, minute, second], precision, context);
}

function calendarDate(
  match: RegExpExecArray,
  evidence: Evidence,
): readonly [number, number, number] | 'unknown' | undefined {
  const [, first = '', separator, second = '', third = ''] = match;
  if (first.length === 4) {
    return third.length > 2 ? undefined : [Number(first), Number(second) - 1, Number(third)];
  }
  if (first.length === 3 || third.length % 2 === 1) return undefined;
  const [one, two, year] = [Number(first), Number(second), fullYear(third)];
  const isFirst = dayIsFirst(one, two, separator, evidence);
  if (isFirst === 'unknown') return 'unknown';
  return isFirst ? [year, two - 1, one] : [year, one - 1, two];
}

function dayIsFirst(
  one: number,
  two: number,
  separator: string | undefined,
  { place, isHalved }: Evidence,
): boolean | 'unknown' {
  if (separator === '.' || one > 12) return true;
  if (two > 12 || one === two) return false;
  if (place !== 'unknown') return place === 'first';
  // IIS writes the month first, with "-". A "/" with AM and PM is American, with 24 hours no more
  // likely one than the other.
  return separator === '-' || isHalved ? false : 'unknown';
}

// <REP> and <KAT> are <DIR> in French and Swedish.
const marks: Readonly<Record<string, RemoteEntry['type']>> = {
  '<DIR>': 'directory',
  '<REP>': 'directory',
  '<KAT>': 'directory',
  '<JUNCTION>': 'symlink',
  '<SYMLINK>': 'symlink',
  '<SYMLINKD>': 'symlink',
};

// A mark and the blanks after it are as wide as a size.
const markWidth = 15;

interface Told {
  readonly dated: TimeFacts;
  readonly nameStart: DosShape['nameStart'];
}

function entryOf(line: string, kind: Word, { dated, nameStart }: Told): RemoteEntry | undefined {
  const type = marks[kind.text.toUpperCase()];
  if (type === undefined) {
    const size = /^\d/.test(kind.text) ? parseListedSize(kind.text) : undefined;
    const name = line.slice(nameStart(kind.end));
    return size && { name, type: 'file', ...sizeFacts(size), ...dated };
  }
  const start = nameStart(kind.start + markWidth - 1);
  const fills = line.slice(kind.end, start).trim() === '';
  const name = fills ? line.slice(start) : line.slice(kind.end).trimStart();
  if (type === 'directory') return { name, type, size: undefined, ...dated };
  return { ...nameAndTarget(name), type, size: undefined, ...dated };
}

function nameAndTarget(text: string): { name: string; target?: string } {
  // Windows has no ">" in names.
  const arrow = / [-=]> /.exec(text);
  if (arrow && arrow.index > 0) {
    return { name: text.slice(0, arrow.index), target: text.slice(arrow.index + 4) };
  }
  const bracket = targetBracket(text);
  if (bracket < 1 || text[bracket - 1] !== ' ') return { name: text };
  return { name: text.slice(0, bracket - 1), target: text.slice(bracket + 1, -1) };
}

// Names and targets may have brackets of their own: the one that belongs to the last is meant.
function targetBracket(text: string): number {
  let open = 0;
  for (let at = text.endsWith(']') ? text.length - 1 : -1; at >= 0; at--) {
    if (text[at] === ']') open++;
    else if (text[at] === '[') open--;
    if (open === 0) return at;
  }
  return -1;
}

// What `dir` writes above and below its files.
const around = [
  /^ Volume in drive [A-Z] (?:is|has) /i,
  /^ Volume Serial Number is [\dA-F]{4}-[\dA-F]{4}$/i,
  /^ Directory of [A-Z]:/i,
  /^ {1,30}[\d.,]{1,20} (?:File|Dir)\(s\) {1,30}[\d.,]{1,30} bytes(?: free)?$/i,
];

function isAround(line: string): boolean {
  return line.startsWith(' ') && around.some((pattern) => pattern.test(line));
}
