import { type EntryType, parseSize } from '../../entry.ts';
import { parseListedClock } from '../dates/listedClock.ts';
import { parseMonth, timeFacts } from '../dates/listingTime.ts';
import { sizeFacts } from '../listedSize.ts';
import type { ListingContext, ListingLine } from '../listingLine.ts';
import { wordsOf } from '../words.ts';
import { isTotal, nameAfter, sizeAndDate } from './unixColumns.ts';

// The systems that list much like `ls -l`, and yet in columns of their own.

const kinds: Readonly<Record<string, EntryType>> = {
  '04': 'directory',
  '10': 'file',
  '12': 'symlink',
};

/** The bits in octal and the time in seconds: "0100644   500  101   12345    123456789  name". */
export function parseNumericLine(line: string): ListingLine {
  const words = wordsOf(line, 6);
  const [bits, user, group, bytes, seconds, first] = words.map(({ text }) => text);
  const [, kind, mode] = /^0?(04|1[02]|0[126]|14)([0-7]{4})$/.exec(bits ?? '') ?? [];
  const ids = [user, group].every((id) => /^\d{1,10}$/.test(id ?? ''));
  const size = parseSize(bytes);
  if (kind === undefined || !ids || size === undefined || first === undefined) return undefined;
  if (!/^\d{1,11}$/.test(seconds ?? '')) return undefined;
  return {
    name: line.slice(words[5]?.start),
    type: kinds[kind] ?? 'other',
    size,
    modified: new Date(Number(seconds) * 1000),
    precision: 'second',
    ...(mode !== undefined && { mode }),
  };
}

/** VShell 2: "206876  Apr 04, 2000 21:06 name"; a folder's name ends with "/". */
export function parseVShellLine(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, 6);
  const [bytes, month, day, year, time] = words.map(({ text }) => text);
  const size = parseSize(bytes);
  const clock = parseListedClock(time ?? '');
  if (size === undefined || !clock || !/^\d{1,2},$/.test(day ?? '')) return undefined;
  const monthNumber = parseMonth(month ?? '');
  if (monthNumber === undefined || !/^\d{4}$/.test(year ?? '')) return undefined;
  const date = [Number(year), monthNumber, Number.parseInt(day ?? '', 10)] as const;
  const name = line.slice((words[4]?.end ?? 0) + 1);
  const isFolder = name.endsWith('/');
  return {
    name: isFolder ? name.slice(0, -1) : name,
    type: isFolder ? 'directory' : 'file',
    size,
    ...timeFacts([...date, clock.hour, clock.minute], 'minute', context),
  };
}

/** Connect:Enterprise, whose bits are a batch's: "-C--E-----FTP B QUA1I1  18128  41 Aug 12 13:56 name". */
export function parseEnterpriseLine(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, 12);
  const [status, format] = words.map(({ text }) => text);
  if (!/^-[-A-Z]{9}[A-Z]{2,5}$/.test(status ?? '') || !/^[A-Z]$/.test(format ?? ''))
    return undefined;
  const found = sizeAndDate(words, 3, context);
  if (!found) return undefined;
  const { modified, precision } = found.date;
  return {
    name: nameAfter(line, found.date),
    type: 'file',
    ...sizeFacts(found.size),
    modified,
    precision,
  };
}

const os9Bits = /^[-d][-s][-e][-w][-r][-e][-w][-r]$/;

/** OS-9 of Microware: owner, date, time, attributes, sector, bytes, name. */
export function parseOs9Line(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, 7);
  const [owner, date, time, bits = '', sector, bytes, first] = words.map(({ text }) => text);
  if (!/^\d{1,5}\.\d{1,5}$/.test(owner ?? '') || !os9Bits.test(bits)) return undefined;
  const [, year, month, day] = /^(\d\d)\/(\d\d)\/(\d\d)$/.exec(date ?? '') ?? [];
  const [, hour, minute] = /^(\d\d)(\d\d)$/.exec(time ?? '') ?? [];
  const size = parseSize(bytes);
  const isWhole = first !== undefined && year !== undefined && hour !== undefined;
  if (!/^[\da-f]{1,8}$/i.test(sector ?? '') || size === undefined || !isWhole) return undefined;
  const full = Number(year) < 70 ? 2000 + Number(year) : 1900 + Number(year);
  const of = [full, Number(month) - 1, Number(day), Number(hour), Number(minute)] as const;
  const type = bits.startsWith('d') ? 'directory' : 'file';
  return { name: line.slice(words[6]?.start), type, size, ...timeFacts(of, 'minute', context) };
}

/** Routers of Nortel: "name  1014196  06/03/04  Thur.  10:20:03". */
export function parseWfFtpLine(line: string, context: ListingContext): ListingLine {
  const words = wordsOf(line, 6);
  const [name, bytes, date, weekday, time] = words.map(({ text }) => text);
  const size = parseSize(bytes);
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d\d)$/.exec(date ?? '') ?? [];
  const clock = parseListedClock(time ?? '');
  const isWhole = words.length === 5 && /^[A-Z][a-z]{2,4}\.$/.test(weekday ?? '');
  if (name === undefined || size === undefined || !clock || !isWhole) return undefined;
  if (year === undefined) return undefined;
  const full = Number(year) < 70 ? 2000 + Number(year) : 1900 + Number(year);
  const of = [
    full,
    Number(month) - 1,
    Number(day),
    clock.hour,
    clock.minute,
    clock.second,
  ] as const;
  return { name, type: 'file', size, ...timeFacts(of, 'second', context) };
}

// The kind, the rights, links, an owner of a few words, a size and a date.
const netWareWords = 16;

/**
 * NetWare: "d [R----F--] supervisor 512 Jan 16 18:53 login". The rights are of NetWare's own kind:
 * who has them, the line does not tell.
 */
export function parseNetWareLine(line: string, context: ListingContext): ListingLine {
  const columns = wordsOf(line, netWareWords);
  const first = rightsEnd(columns.map(({ text }) => text));
  if (first === undefined) return isTotal(columns) ? 'skip' : undefined;
  const found = sizeAndDate(columns, first, context);
  if (!found) return undefined;
  const { modified, precision } = found.date;
  // The name stands in a column of its own, so blanks before it are the format's.
  const name = nameAfter(line, found.date).trimStart();
  const type = line.trimStart().startsWith('d') ? 'directory' : 'file';
  return { name, type, ...sizeFacts(found.size), modified, precision };
}

// "d [R----F--]", or without a blank; HellSoft's server writes seven rights.
function rightsEnd([kind = '', rights = '']: readonly string[]): number | undefined {
  if (/^[-d]\[[-A-Z]{7,8}\]$/.test(kind)) return 1;
  return /^[-d]$/.test(kind) && /^\[[-A-Z]{7,8}\]$/.test(rights) ? 2 : undefined;
}
