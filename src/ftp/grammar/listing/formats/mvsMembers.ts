import type { RemoteEntry } from '../../entry.ts';
import { dayParser, looksLikeDay } from '../dates/dateOrder.ts';
import { dated, parseClock, undated } from '../dates/hostDates.ts';
import type { ListingContext } from '../listingLine.ts';
import { wordsOf } from '../words.ts';

//  Name     VV.MM   Created       Changed      Size  Init   Mod   Id
// BKUPINC   01.00 2004/04/26 2004/04/26 11:45   120   120     0 NAMEX
// LOADLIST
//
// The statistics are those of ISPF: records and not bytes; what was not edited with it has none.

// Name, version, two dates, the time, three counts and who it was.
const maxWords = 10;

/** Reads a line of the members of a partitioned data set; a name alone only under a header. */
export function memberReader(
  context: ListingContext,
): (lines: readonly string[], at: number, isHeaded: boolean) => RemoteEntry | undefined {
  const dayOf = dayParser(daysIn, ['ymd', 'mdy', 'dmy'], context);
  return (lines, at, isHeaded) => {
    const line = lines[at] ?? '';
    const [name = '', version, ...others] = wordsOf(line, maxWords).map(({ text }) => text);
    if (version === undefined) {
      const isMember = isHeaded && /^[A-Z@#$][A-Z0-9@#${]{0,7}$/.test(name);
      return isMember ? { name, type: 'file', size: undefined, ...undated } : undefined;
    }
    if (!/^\d\d[.:]\d\d$/.test(version) || !/^[\w@#${.-]{1,44}$/.test(name)) return undefined;
    const [changed, time, ...counts] = looksLikeDay(others[1]) ? others.slice(1) : others;
    const times = dated(dayOf(changed, lines), parseClock(time), context);
    if (!times || !areCounts(counts)) return undefined;
    return { name, type: 'file', size: undefined, ...times };
  };
}

function daysIn(line: string): readonly string[] {
  return wordsOf(line, 4)
    .map(({ text }) => text)
    .filter(looksLikeDay);
}

function areCounts(words: readonly string[]): boolean {
  return words.length <= 4 && words.slice(0, 3).every((text) => /^[\d*+]{1,9}$/.test(text));
}

//  Name      Size   TTR   Alias-of AC --------- Attributes --------- Amode Rmode
// BLDQS     001848 001403 ILBOQSU  00 FO                              24    24

/** One line of a library of load modules. */
export function moduleEntry(line: string): RemoteEntry | undefined {
  const [name = '', size = '', place = '', ...others] = wordsOf(line, maxModuleWords).map(
    ({ text }) => text,
  );
  const isModule = /^[0-9A-F]{6}$/.test(size) && /^[0-9A-F]{6}$/.test(place);
  if (!isModule || !/^[\w@#${.-]{1,44}$/.test(name)) return undefined;
  if (!others.slice(-2).every((mode) => addressModes.has(mode)) || others.length < 2)
    return undefined;
  // As large as it is in memory; what a transfer sends of it is another size.
  return { name, type: 'file', size: Number.parseInt(size, 16), sizeOf: 'storage', ...undated };
}

// Five columns and the letters of up to seven attributes.
const maxModuleWords = 16;

const addressModes: ReadonlySet<string> = new Set(['24', '31', '64', 'ANY', 'MIN']);
