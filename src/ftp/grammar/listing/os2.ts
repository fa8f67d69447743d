import { parseSize } from '../entry.ts';
import { parseListedClock } from './listedClock.ts';
import type { ListingContext, ListingLine } from './listingLine.ts';
import { localTime } from './listingTime.ts';
import { wordsOf } from './words.ts';

// Size, DIR, attributes, date, time, and the first word of the name.
const words = 6;

/**
 * OS/2: "     0           DIR   05-12-97   16:44  PSFONTS", "36611      A    04-23-103   10:57  name".
 * The years count on from 1999 as 100, 101 and so on.
 */
export function parseOs2Line(line: string, context: ListingContext): ListingLine {
  const columns = wordsOf(line, words);
  const size = parseSize(columns[0]?.text);
  if (size === undefined) return undefined;
  let at = 1;
  const isFolder = columns[at]?.text === 'DIR';
  if (isFolder) at++;
  if (/^[ADHRS]{1,5}$/.test(columns[at]?.text ?? '')) at++;
  const [, month, day, year] =
    /^(\d{1,2})-(\d{1,2})-(\d{2,3})$/.exec(columns[at]?.text ?? '') ?? [];
  const time = columns[at + 1];
  const clock = time && parseListedClock(time.text);
  // Without DIR and attributes, it could be another system's.
  if (year === undefined || !clock || at === 1) return undefined;
  const { hour, minute } = clock;
  const full = fullYear(Number(year));
  const modified = localTime([full, Number(month) - 1, Number(day), hour, minute], context);
  if (!modified) return undefined;
  // Two blanks belong to the format, all others to the name.
  const name = line.slice(line.startsWith('  ', time.end) ? time.end + 2 : time.end + 1);
  return { name, type: isFolder ? 'directory' : 'file', size, modified, precision: 'minute' };
}

// OS/2 is younger than 1980.
function fullYear(year: number): number {
  return year < 80 ? 2000 + year : 1900 + year;
}
