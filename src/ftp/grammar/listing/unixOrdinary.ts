import type { RemoteEntry } from '../entry.ts';
import type { ListingContext } from './listingLine.ts';
import { localTime, recentTime } from './listingTime.ts';
import { octal } from './unixMode.ts';

// What nearly every server prints: kind and bits, links, owner, group, size, a date in English or of
// figures, and a name. No part of the pattern can take what the next one begins with, so that it
// never looks twice.
const ordinary =
  /^([-d])([-r][-w][-xsS][-r][-w][-xsS][-r][-w][-xtT])[+.@]? +\d{1,9} +\S+ +\S+ +(\d{1,15}) (?:(J(?:an|u[nl])|Feb|Ma[ry]|A(?:pr|ug)|Sep|Oct|Nov|Dec) ([ 123]\d|0[1-9]) (?:(\d\d):(\d\d)| (\d{4}))|(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)) (.*[^/])$/;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads an ordinary line quickly; `undefined` for any other, which may be a good one all the same. */
export function parseOrdinaryLine(line: string, context: ListingContext): RemoteEntry | undefined {
  const match = ordinary.exec(line);
  const modified = match && timeOf(match, context);
  if (!modified) return undefined;
  return {
    name: match[14] ?? '',
    type: match[1] === 'd' ? 'directory' : 'file',
    size: Number(match[3]),
    modified,
    precision: match[8] === undefined ? 'minute' : 'day',
    mode: octal(match[2] ?? ''),
  };
}

function timeOf(match: RegExpExecArray, context: ListingContext): Date | undefined {
  const name = match[4];
  if (name === undefined) {
    const [year, month, day] = [Number(match[9]), Number(match[10]) - 1, Number(match[11])];
    return localTime([year, month, day, Number(match[12]), Number(match[13])], context);
  }
  const [month, day] = [months.indexOf(name), Number(match[5])];
  const year = match[8];
  if (year !== undefined) return localTime([Number(year), month, day], context);
  return recentTime([month, day, Number(match[6]), Number(match[7])], context);
}
