import { parseSize } from '../../entry.ts';
import { dated, parseClock } from '../dates/hostDates.ts';
import { parseMonth } from '../dates/listingTime.ts';
import {
  lineGrammar,
  type ListingContext,
  type ListingGrammar,
  type ListingLine,
} from '../listingLine.ts';
import { wordsOf } from '../words.ts';

//   size          date       time       name
// --------       ------     ------    --------
//    19388    JAN-28-1997  01:02:03   alarms.asp
//     2048    JAN-28-1997  01:02:03   images            <DIR>

/** The listings of VxWorks and of devices made of it. */
export const vxworksGrammar: ListingGrammar = lineGrammar('vxworks', parseVxworksLine);

function parseVxworksLine(line: string, context: ListingContext): ListingLine {
  const [size, date, time, first] = wordsOf(line, 4);
  if (!size || !date || !time) return undefined;
  if (isHeader(line)) return 'skip';
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

function isHeader(line: string): boolean {
  const words = wordsOf(line, 5).map(({ text }) => text);
  return headers.has(words.join(' '));
}

const headers: ReadonlySet<string> = new Set([
  'size date time name',
  '-------- ------ ------ --------',
]);
