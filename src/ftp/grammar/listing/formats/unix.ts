import type { RemoteEntry } from '../../entry.ts';
import { localTime, parseMonth, recentTime } from '../dates/listingTime.ts';
import { parseLooseDate } from '../dates/listedDate.ts';
import { MonthLanguages } from '../dates/monthNames.ts';
import { type ListedSize, parseListedSize, sizeFacts } from '../listedSize.ts';
import type { LinesParser, ListingContext, ListingGrammar, ListingLine } from '../listingLine.ts';
import { digitsAt, type Word, wordsOf } from '../words.ts';
import {
  gluedSizeAndDate,
  isTotal,
  nameAfter,
  octal,
  parseUnixMode,
  type SizeAndDate,
  sizeAndDate,
  type UnixMode,
} from './unixColumns.ts';

// Before the name stand the bits, the links, an owner, a group, a size and a date: nine words. Names
// of owners and groups have a few each, those of Cygwin a sentence.
const usualWords = 10;
const mostWords = 32;

/**
 * The listings of `ls -l`. What `ls -R` lists of the folders below is in none of this folder: the
 * lines after the header of the second one are not read.
 */
export const unixGrammar: ListingGrammar = {
  format: 'unix',
  begin: (context): LinesParser => {
    let [isBegun, isElsewhere] = [false, false];
    const languages = new MonthLanguages();
    const told = { ...context, monthIn: (name: string) => languages.monthOf(name) };
    return (lines, at) => {
      const line = lines[at] ?? '';
      languages.lines = lines;
      isElsewhere ||= isBegun && isFolderHeader(lines, at);
      if (isElsewhere) return undefined;
      const parsed = line === '.:' && !isBegun ? 'skip' : parseUnixLine(line, told);
      isBegun ||= parsed !== undefined && line !== '.:';
      return parsed && { parsed, taken: 1 };
    };
  },
};

// "./sub:" after an empty line.
function isFolderHeader(lines: readonly string[], at: number): boolean {
  return lines[at - 1] === '' && /^\.?\/.*:$/.test(lines[at] ?? '');
}

/**
 * One line of `ls -l`, whatever the server leaves out of it (links, owner, group) or puts in front
 * (the inode, the blocks). It is read word by word: no pattern tries two ways over the same blanks.
 */
export function parseUnixLine(line: string, context: ListingContext): ListingLine {
  return parseOrdinaryLine(line, context) ?? parseAnyUnixLine(line, context);
}

/** The same, by its words alone. */
export function parseAnyUnixLine(line: string, context: ListingContext): ListingLine {
  return fromWords(line, usualWords, context);
}

function fromWords(line: string, most: number, context: ListingContext): ListingLine {
  const words = wordsOf(line, most);
  const at = modeAt(words);
  if (at === undefined) return isTotal(words) ? 'skip' : undefined;
  const mode = parseUnixMode(words[at]?.text ?? '');
  if (!mode) return undefined;
  const columns = sizeAndDate(words, at + 1, context, mode.isDevice ? deviceNumbers : undefined);
  if (columns) return entryOf(line, words, { at, mode, columns });
  if (words.length === usualWords && most < mostWords) return fromWords(line, mostWords, context);
  const hidden = unseen(line, words, at, mode);
  if (hidden) return hidden;
  const loose =
    gluedSizeAndDate(words, at + 1, context) ??
    sizeAndDate(words, at + 1, context, parseListedSize, parseLooseDate);
  if (loose) return entryOf(line, words, { at, mode, columns: loose });
  return undated(words, at, mode);
}

// "8, 0", "8,0", or of macOS "0x3000002".
function deviceNumbers(text: string): ListedSize | undefined {
  return /^(?:\d{1,10},)?(?:\d{1,10}|0x[\da-f]{1,16})$/i.test(text)
    ? { bytes: undefined }
    : undefined;
}

// The bits are the first word, or stand after the inode or the blocks or both.
function modeAt(words: readonly Word[]): number | undefined {
  for (let at = 0; at < 3; at++) {
    const text = words[at]?.text;
    if (text === undefined) return undefined;
    if (!/^\d/.test(text)) return parseUnixMode(text) ? at : undefined;
    if (!/^\d{1,20}(?:[.,]\d)?[KMGT]?$/.test(text)) return undefined;
  }
  return undefined;
}

interface Columns {
  readonly at: number;
  readonly mode: UnixMode;
  readonly columns: SizeAndDate;
}

function entryOf(line: string, words: readonly Word[], parts: Columns): RemoteEntry | undefined {
  const { at, mode, columns } = parts;
  const { date } = columns;
  const sized = isItems(words, parts) ? { size: undefined } : sizeFacts(columns.size);
  const { modified, precision } = date;
  const common = {
    type: mode.type,
    ...sized,
    modified,
    precision,
    ...(mode.mode !== undefined && { mode: mode.mode }),
  };
  const rest = nameAfter(line, date);
  // The links are a number: without one, the owner comes at once, and "1ftp" is neither.
  if (columns.at > at + 1 && /^\d+\D/.test(words[at + 1]?.text ?? '')) {
    return undefined;
  }
  return { ...nameAndTarget(rest, mode, columns.size.bytes), ...common };
}

// NetPresenz of the Mac counts the items of a folder where its size would stand.
function isItems(words: readonly Word[], { at, columns }: Columns): boolean {
  return columns.at === at + 2 && words[at + 1]?.text === 'folder';
}

function nameAndTarget(
  rest: string,
  { type }: UnixMode,
  size: number | undefined,
): Pick<RemoteEntry, 'name' | 'target'> {
  // `ls -p` and `ls -F` mark a folder by a slash, which is no part of any name.
  if (type === 'directory') return { name: rest.endsWith('/') ? rest.slice(0, -1) : rest };
  const arrow = type === 'symlink' ? arrowOf(rest, size) : -1;
  return arrow < 0 ? { name: rest } : { name: rest.slice(0, arrow), target: rest.slice(arrow + 4) };
}

// The size of a link is that of its target, which tells the arrow between the two from one within
// either. Where no arrow fits, it is the first.
function arrowOf(rest: string, size: number | undefined): number {
  const first = rest.indexOf(' -> ');
  const next = first < 0 ? -1 : rest.indexOf(' -> ', first + 1);
  if (next < 0 || size === undefined) return first;
  const bytes = new TextEncoder().encode(rest);
  const target = bytes.length - size;
  if (target < 4 || target > bytes.length) return first;
  const name = new TextDecoder().decode(bytes.subarray(0, target));
  return name.endsWith(' -> ') ? name.length - 4 : first;
}

// "d????????? ? ? ? ?            ? name": `ls` could not look at it.
function unseen(
  line: string,
  words: readonly Word[],
  at: number,
  { type }: UnixMode,
): RemoteEntry | undefined {
  const unknown = words.slice(at + 1, at + 6);
  const last = unknown.at(-1);
  if (!last || unknown.length < 5 || unknown.some(({ text }) => text !== '?')) return undefined;
  const name = line.slice(last.end + 1);
  return { name, type, size: undefined, modified: undefined, precision: 'none' };
}

// "drwxr-xr-x 3 owner group 512 name", and nothing that could be a part of a date.
function undated(
  words: readonly Word[],
  at: number,
  { type, mode, isDevice }: UnixMode,
): RemoteEntry | undefined {
  const [links, , , size, name] = words.slice(at + 1);
  if (!name || words.length > at + 6 || isDevice || mode === undefined) return undefined;
  if (!/^\d+$/.test(links?.text ?? '') || !/^\d{1,15}$/.test(size?.text ?? '')) return undefined;
  if (parseMonth(name.text) !== undefined || /^\d+(?:[-./:]\d+)*[-./:]?$/.test(name.text)) {
    return undefined;
  }
  const bytes = Number(size?.text);
  return { name: name.text, type, size: bytes, modified: undefined, precision: 'none', mode };
}

// What nearly every server prints: kind and bits, links, owner, group, size, a date in English or of
// figures, and a name. No part of the pattern can take what the next one begins with, so that it
// never looks twice. Only the size and the name are cut out: the rest has fixed places beside them.
const ordinary =
  /^[-d][-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT][+.@]? +\d{1,9} +\S+ +\S+ +(\d{1,15}) (?:(?:J(?:an|u[nl])|Feb|Ma[ry]|A(?:pr|ug)|Sep|Oct|Nov|Dec) (?:[ 123]\d|0[1-9]) (?:\d\d:\d\d| \d{4})|\d{4}-\d\d-\d\d \d\d:\d\d) (.*[^/])$/;

/** Reads an ordinary line quickly; `undefined` for any other, which may be a good one all the same. */
export function parseOrdinaryLine(line: string, context: ListingContext): RemoteEntry | undefined {
  const match = ordinary.exec(line);
  const name = match?.[2] ?? '';
  if (!match) return undefined;
  const end = line.length - name.length - 1;
  const isYear = line[end - 3] !== ':';
  const modified =
    line[end - 12] === '-' ? timeOfFigures(line, end, context) : timeOf(line, end, context);
  if (!modified) return undefined;
  return {
    name,
    type: line.startsWith('d') ? 'directory' : 'file',
    size: Number(match[1]),
    modified,
    precision: isYear ? 'day' : 'minute',
    mode: octal(line, 1),
  };
}

// "2026-11-22 16:23", up to `end`
function timeOfFigures(line: string, end: number, context: ListingContext): Date | undefined {
  const year = digitsAt(line, end - 16) * 100 + digitsAt(line, end - 14);
  const [month, day] = [digitsAt(line, end - 11) - 1, digitsAt(line, end - 8)];
  return localTime([year, month, day, digitsAt(line, end - 5), digitsAt(line, end - 2)], context);
}

// "Nov 22 16:23" or "Nov 22  2026", up to `end`
function timeOf(line: string, end: number, context: ListingContext): Date | undefined {
  const month = monthLetters.indexOf(line.slice(end - 12, end - 9)) / 3;
  const day = line[end - 8] === ' ' ? line.charCodeAt(end - 7) - 0x30 : digitsAt(line, end - 8);
  const [first, second] = [digitsAt(line, end - 4), digitsAt(line, end - 2)];
  if (line[end - 3] !== ':') return localTime([first * 100 + second, month, day], context);
  return recentTime([month, day, digitsAt(line, end - 5), second], context);
}

const monthLetters = 'JanFebMarAprMayJunJulAugSepOctNovDec';
