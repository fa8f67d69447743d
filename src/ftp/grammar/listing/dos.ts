import { parseSize } from '../entry.ts';
import type { ListingContext, ListingLine } from './listingLine.ts';
import { localTime } from './listingTime.ts';

// 11-22-26  04:23PM       <DIR>          name, or with a year of four digits, 24 hours and a size:
// the formats of IIS. <JUNCTION> and <SYMLINKD> show their target in brackets.
const dosLine =
  /^(\d\d)-(\d\d)-(\d\d|\d{4})\s+(\d\d):(\d\d)\s?([AP]M)?\s+(?:<(DIR|JUNCTION|SYMLINKD?)>|(\d+))\s(.+)$/is;

/** One line of a DOS listing. */
export function parseDosLine(line: string, context: ListingContext): ListingLine {
  const match = dosLine.exec(line);
  if (!match) return undefined;
  const [, month, day, year = '', hour, minute, half, kind, size, rest = ''] = match;
  const modified = localTime(
    [fullYear(year), Number(month) - 1, Number(day), fullHour(Number(hour), half), Number(minute)],
    context,
  );
  if (!modified) return undefined;
  const dated = { modified, precision: 'minute' } as const;
  // After <DIR> the name stands in a column of its own, so blanks before it are the format's.
  const name = kind === undefined ? rest : rest.trimStart();
  if (kind === undefined) return { name, type: 'file', size: parseSize(size), ...dated };
  if (kind.toUpperCase() === 'DIR') return { name, type: 'directory', size: undefined, ...dated };
  return { ...nameAndTarget(name), type: 'symlink', size: undefined, ...dated };
}

function nameAndTarget(text: string): { name: string; target?: string } {
  const bracket = text.endsWith(']') ? text.lastIndexOf(' [') : -1;
  if (bracket < 0) return { name: text };
  return { name: text.slice(0, bracket), target: text.slice(bracket + 2, -1) };
}

// Two digits: IIS writes the year as of 1980 to 2079.
function fullYear(text: string): number {
  const year = Number(text);
  if (text.length === 4) return year;
  return year < 80 ? 2000 + year : 1900 + year;
}

// "16:23PM" is neither: no hour of a day.
function fullHour(hour: number, half: string | undefined): number {
  if (half === undefined) return hour;
  if (hour > 12) return Number.NaN;
  return (hour % 12) + (half.toUpperCase() === 'PM' ? 12 : 0);
}
