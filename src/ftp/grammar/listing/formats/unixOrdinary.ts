import type { RemoteEntry } from '../../entry.ts';
import { localTime, recentTime } from '../dates/listingTime.ts';
import type { ListingContext } from '../listingLine.ts';
import { digitsAt } from '../words.ts';
import { octal } from './unixMode.ts';

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
