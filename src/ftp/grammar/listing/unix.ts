import { type EntryType, parseSize, type RemoteEntry, type TimePrecision } from '../entry.ts';
import type { ListingContext, ListingLine } from './listingLine.ts';
import { localTime, parseMonth, recentTime } from './listingTime.ts';

// drwxr-xr-x+ 2 owner group 4096 Nov 22 16:23 name: "+" of ACLs, "." of SELinux and "@" of macOS may
// follow the bits; a device has "8, 0" in place of a size; the group is left out by some, and a
// Windows domain's has blanks.
const unixBits = /^([-dlbcpsDC])([-rwxsStTl]{9})[+.@]?$/;

const types: Readonly<Record<string, EntryType>> = { '-': 'file', d: 'directory', l: 'symlink' };

// Before the date stand the bits, the links, an owner, a group and a size, the names of a few words
// each. A line that has no date by then has none.
const maxColumns = 24;
const firstSizeColumn = 3;

/** One line of `ls -l`. It is read word by word: no pattern tries two ways over the same blanks. */
export function parseUnixLine(line: string, context: ListingContext): ListingLine {
  if (/^total \d+$/.test(line)) return 'skip';
  const columns = columnsOf(line);
  const [, letter = '', bits = ''] = unixBits.exec(columns[0]?.text ?? '') ?? [];
  if (letter === '' || !isCount(columns[1]?.text)) return undefined;
  for (let at = firstSizeColumn; at < columns.length; at++) {
    const size = columns[at]?.text;
    const date = isCount(size) ? parseDate(columns, at + 1, context) : undefined;
    if (!date) continue;
    // The one blank after the date belongs to the format, all others to the name.
    const rest = line.slice(date.end + 1);
    const type = types[letter] ?? 'other';
    const { modified, precision } = date;
    const common = { type, size: sizeOf(letter, size), modified, precision, mode: octal(bits) };
    return { ...nameAndTarget(rest, type), ...common };
  }
  return undefined;
}

interface Column {
  readonly text: string;
  /** Where the blank after it stands. */
  readonly end: number;
}

function columnsOf(line: string): Column[] {
  const columns: Column[] = [];
  let start = 0;
  for (let at = 0; at <= line.length && columns.length < maxColumns; at++) {
    if (at < line.length && line[at] !== ' ' && line[at] !== '\t') continue;
    if (at > start) columns.push({ text: line.slice(start, at), end: at });
    start = at + 1;
  }
  return columns;
}

function isCount(text: string | undefined): text is string {
  return text !== undefined && /^(?:\d+,)?\d+$/.test(text);
}

// Of a device, the two numbers stand where other files have their size.
function sizeOf(letter: string, text: string | undefined): number | undefined {
  return letter === 'b' || letter === 'c' ? undefined : parseSize(text);
}

function nameAndTarget(rest: string, type: EntryType): Pick<RemoteEntry, 'name' | 'target'> {
  const arrow = type === 'symlink' ? rest.indexOf(' -> ') : -1;
  return arrow < 0 ? { name: rest } : { name: rest.slice(0, arrow), target: rest.slice(arrow + 4) };
}

interface ListedDate {
  readonly modified: Date;
  readonly precision: TimePrecision;
  readonly end: number;
}

/** "Nov 22 16:23", "Nov 22  2025" or "2026-11-22 16:23", from the column `at` on. */
function parseDate(
  columns: readonly Column[],
  at: number,
  context: ListingContext,
): ListedDate | undefined {
  const [first, second, third] = columns.slice(at, at + 3);
  if (!first || !second) return undefined;
  if (first.text.length === 10) return isoDate(first.text, second, context);
  const month = parseMonth(first.text);
  if (month === undefined || !/^\d{1,2}$/.test(second.text) || !third) return undefined;
  const day = Number(second.text);
  const [, hour, minute] = /^(\d{1,2}):(\d\d)$/.exec(third.text) ?? [];
  if (hour !== undefined) {
    const time = recentTime([month, day, Number(hour), Number(minute)], context);
    return time && { modified: time, precision: 'minute', end: third.end };
  }
  if (!/^\d{4}$/.test(third.text)) return undefined;
  const time = localTime([Number(third.text), month, day], context);
  return time && { modified: time, precision: 'day', end: third.end };
}

function isoDate(date: string, time: Column, context: ListingContext): ListedDate | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(date) ?? [];
  const [, hour, minute] = /^(\d\d):(\d\d)$/.exec(time.text) ?? [];
  if (year === undefined || hour === undefined) return undefined;
  const modified = localTime(
    [Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute)],
    context,
  );
  return modified && { modified, precision: 'minute', end: time.end };
}

/** rwxr-sr-t as four octal digits. */
function octal(bits: string): string {
  let mode = 0;
  for (const [index, letter] of bits.split('').entries()) {
    if (letter !== '-' && letter !== 'S' && letter !== 'T' && letter !== 'l') {
      mode |= 0o400 >> index;
    }
    if ('sStT'.includes(letter)) mode |= 0o4000 >> Math.floor(index / 3);
  }
  return mode.toString(8).padStart(4, '0');
}
