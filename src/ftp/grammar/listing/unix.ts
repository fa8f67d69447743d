import { type EntryType, parseSize, type RemoteEntry, type TimePrecision } from '../entry.ts';
import type { ListingContext, ListingLine } from './listingLine.ts';
import { localTime, parseMonth, recentTime } from './listingTime.ts';

// drwxr-xr-x+ 2 owner group 4096 Nov 22 16:23 name: "+" of ACLs, "." of SELinux and "@" of macOS may
// follow the bits; a device has "8, 0" in place of a size; the group is left out by some. The blank
// after the date belongs to the format, all others to the name.
const unixLine =
  /^([-dlbcpsDC])([-rwxsStTl]{9})[+.@]?\s+\d+\s+(.+?)\s+(\d+|\d+,\s*\d+)\s+([A-Za-z]{3}\s+\d{1,2}\s+(?:\d{4}|\d{1,2}:\d\d)|\d{4}-\d\d-\d\d \d\d:\d\d) (.+)$/;

const types: Readonly<Record<string, EntryType>> = { '-': 'file', d: 'directory', l: 'symlink' };

/** One line of `ls -l`. */
export function parseUnixLine(line: string, context: ListingContext): ListingLine {
  if (/^total \d+$/.test(line)) return 'skip';
  // A line this long is no name of any file system: the pattern is not run over it.
  if (line.length > 8192) return undefined;
  const [, letter = '', bits = '', , size, date = '', rest = ''] = unixLine.exec(line) ?? [];
  const time = parseDate(date, context);
  if (!time) return undefined;
  const type = types[letter] ?? 'other';
  return { ...nameAndTarget(rest, type), type, size: parseSize(size), ...time, mode: octal(bits) };
}

function nameAndTarget(rest: string, type: EntryType): Pick<RemoteEntry, 'name' | 'target'> {
  const arrow = type === 'symlink' ? rest.indexOf(' -> ') : -1;
  return arrow < 0 ? { name: rest } : { name: rest.slice(0, arrow), target: rest.slice(arrow + 4) };
}

function parseDate(
  text: string,
  context: ListingContext,
): { modified: Date; precision: TimePrecision } | undefined {
  const [, iso, isoTime] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)$/.exec(text) ?? [];
  if (iso !== undefined && isoTime !== undefined) {
    const [year = 0, month = 0, day = 0] = iso.split('-').map(Number);
    const [hour, minute] = isoTime.split(':').map(Number);
    return dated(localTime([year, month - 1, day, hour, minute], context), 'minute');
  }
  const [monthName = '', day = '', yearOrTime = ''] = text.split(/\s+/);
  const month = parseMonth(monthName);
  if (month === undefined) return undefined;
  const [hour, minute] = yearOrTime.split(':').map(Number);
  return minute === undefined
    ? dated(localTime([Number(yearOrTime), month, Number(day)], context), 'day')
    : dated(recentTime([month, Number(day), hour ?? 0, minute], context), 'minute');
}

function dated(
  modified: Date | undefined,
  precision: TimePrecision,
): { modified: Date; precision: TimePrecision } | undefined {
  return modified && { modified, precision };
}

/** rwxr-sr-t as four octal digits. */
function octal(bits: string): string {
  let mode = 0;
  for (const [index, letter] of bits.split('').entries()) {
    if (letter !== '-' && letter !== 'S' && letter !== 'T' && letter !== 'l')
      mode |= 0o400 >> index;
    if ('sStT'.includes(letter)) mode |= 0o4000 >> Math.floor(index / 3);
  }
  return mode.toString(8).padStart(4, '0');
}
