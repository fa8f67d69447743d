import type { RemoteEntry } from '../entry.ts';
import type { ListingContext } from './listingLine.ts';
import { localTime, recentTime } from './listingTime.ts';
import { octal } from './unixMode.ts';

// What nearly every server prints: kind and bits, links, owner, group, size, an English date and a
// name. No part of the pattern can take what the next one begins with, so that it never looks twice.
const ordinary =
  /^([-d])([-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT])[+.@]? +\d{1,9} +\S+ +\S+ +(\d{1,15}) (J(?:an|u[nl])|Feb|Ma[ry]|A(?:pr|ug)|Sep|Oct|Nov|Dec) ([ 123]\d|0[1-9]) (?:(\d\d):(\d\d)| (\d{4})) (.*[^/])$/;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads an ordinary line quickly; `undefined` for any other, which may be a good one all the same. */
export function parseOrdinaryLine(line: string, context: ListingContext): RemoteEntry | undefined {
  const match = ordinary.exec(line);
  if (!match) return undefined;
  const [, kind, bits = '', size, name = '', dayText, hour, minute, year, rest = ''] = match;
  const [month, day] = [months.indexOf(name), Number(dayText)];
  const modified =
    year === undefined
      ? recentTime([month, day, Number(hour), Number(minute)], context)
      : localTime([Number(year), month, day], context);
  if (!modified) return undefined;
  return {
    name: rest,
    type: kind === 'd' ? 'directory' : 'file',
    size: Number(size),
    modified,
    precision: year === undefined ? 'minute' : 'day',
    mode: octal(bits),
  };
}
