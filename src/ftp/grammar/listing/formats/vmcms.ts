import type { RemoteEntry } from '../../entry.ts';
import { parseSize } from '../../facts.ts';
import { parseDay } from '../dates/dateOrder.ts';
import { dated, parseClock } from '../dates/hostDates.ts';
import {
  lineGrammar,
  type ListingContext,
  type ListingGrammar,
  type ListingLine,
} from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// README   ANONYMOU V         71         26          1 1997-04-02 12:33:20 TCP291
// WEBSHARE          DIR        -          -          -  5/30/97 18:44:17 -
// PROFILE  EXEC      A1 V      17     3      1       9/12/91   12:39:07
// 05/20/2000 13:38:19 F 1 65758 'bfsline.cpy'
//
// A CMS file has a name and a type, which FTP writes with a dot between; then come, on a minidisk,
// its mode, and of all files the record format, record length, records, blocks, date and time. The
// last line is of the byte file system.

/** The listings of VM/CMS. */
export const vmcmsGrammar: ListingGrammar = lineGrammar('vmcms', parseVmcmsLine);

// The name, type, mode, format, three counts, date, time and what the minidisk is called.
const maxWords = 11;

function parseVmcmsLine(line: string, context: ListingContext): ListingLine {
  const places = wordsOf(line, maxWords);
  const words = places.map(({ text }) => text);
  if (words.slice(0, 4).join(' ') === 'Filename FileType Fm Format') return 'skip';
  const found = formatAmong(words);
  if (found === undefined) return byteFile(line, places, context);
  const [format, length, records, blocks, date, time, ...label] = words.slice(found.at);
  const times = dated(dayOf(date), parseClock(time), context);
  if (!times || label.length > 1) return undefined;
  const counts = [length, records, blocks];
  const name = found.name.join('.');
  if (format === 'DIR') {
    if (!counts.every((count) => count === '-')) return undefined;
    return { name, type: 'directory', size: undefined, ...times };
  }
  if (!counts.every((count) => parseSize(count) !== undefined)) return undefined;
  return { name, type: 'file', size: sizeOf(format, length, records), ...times };
}

interface Found {
  readonly at: number;
  readonly name: readonly string[];
}

const partOfName = /^[\w$#@+:-]{1,16}$/;

// A folder has no type; the mode is a letter and a digit.
function formatAmong(words: readonly string[]): Found | undefined {
  const hasMode = (at: number): boolean => /^[A-Z][0-6]$/.test(words[at - 1] ?? '');
  const isFolder = (at: number): boolean => words[at] === 'DIR' && words[at + 1] === '-';
  const isFile = (at: number): boolean =>
    /^[FV]$/.test(words[at] ?? '') && /^\d+$/.test(words[at + 1] ?? '');
  let [at, parts] = [-1, 1];
  if (isFolder(1)) at = 1;
  else if (isFolder(2) && hasMode(2)) at = 2;
  else if (isFile(2)) [at, parts] = [2, 2];
  else if (isFile(3) && hasMode(3)) [at, parts] = [3, 2];
  const name = words.slice(0, parts);
  return at > 0 && name.every((part) => partOfName.test(part)) ? { at, name } : undefined;
}

// IBM's manual: of fixed records it is the size; of variable ones it is unknown until the file is
// read.
function sizeOf(format: string | undefined, length = '', records = ''): number | undefined {
  const size = Number(length) * Number(records);
  return format === 'F' && Number.isSafeInteger(size) ? size : undefined;
}

// 1997-04-02 or 4/02/97, whose year counts on from 99: "1/03/100".
function dayOf(text: string | undefined): ReturnType<typeof parseDay> {
  return parseDay(text, text?.includes('-') ? 'ymd' : 'mdy');
}

function byteFile(
  line: string,
  places: readonly Word[],
  context: ListingContext,
): RemoteEntry | undefined {
  const [date, time, kind, , size] = places.map(({ text }) => text);
  const quoted = places[5];
  const times = dated(dayOf(date), parseClock(time), context);
  if (!times || !quoted || (kind !== 'F' && kind !== 'D')) return undefined;
  // Names are quoted, in some versions by other quotation marks than the apostrophe.
  if (!/^['\u2018\u2019]/.test(quoted.text)) return undefined;
  const rest = line.slice(quoted.start + 1).trimEnd();
  const name = rest.replace(/['\u2019]$/, '');
  if (kind === 'D') return { name, type: 'directory', size: undefined, ...times };
  const bytes = parseSize(size);
  return bytes === undefined ? undefined : { name, type: 'file', size: bytes, ...times };
}
