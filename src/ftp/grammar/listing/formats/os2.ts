import { parseSize } from '../../entry.ts';
import { parseListedClock } from '../dates/listedClock.ts';
import { timeFacts } from '../dates/listingTime.ts';
import type { ListingContext, ListingLine } from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// Size, attributes, DIR, date and time; the attributes may come before DIR or after it.
const words = 6;

/**
 * OS/2: "     0           DIR   05-12-97   16:44  PSFONTS", "36611      A    04-23-103   10:57  name".
 * The years count on from 1999 as 100, 101 and so on; newer servers write four digits.
 */
export function parseOs2Line(line: string, context: ListingContext): ListingLine {
  const columns = wordsOf(line, words);
  const size = parseSize(columns[0]?.text);
  if (size === undefined) return undefined;
  const { at, isFolder } = kindOf(columns);
  const [, month, day, year] =
    /^(\d{1,2})-(\d{1,2})-(\d{2,4})$/.exec(columns[at]?.text ?? '') ?? [];
  const word = columns[at + 1];
  const clock = word && parseListedClock(word.text);
  if (year === undefined || !clock) return undefined;
  const { hour, minute } = clock;
  const full = fullYear(Number(year));
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
  return kindOf(wordsOf(line, words)).at > 1;
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
function fullYear(year: number): number {
  if (year >= 1000) return year;
  return year < 80 ? 2000 + year : 1900 + year;
}
