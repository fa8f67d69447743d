import type { EntryType, RemoteEntry } from '../../entry.ts';
import { dayParser } from '../dates/dateOrder.ts';
import { type CalendarDay, dated, undated } from '../dates/hostDates.ts';
import type { ListingContext } from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname
// WYOSPT 3390   2003/05/21  1  200  FB      80  8053  PS  SOME.FILE
// NRP004 3390   **NONE**    1   15  NONE     0     0  PO  SOME.LIBRARY
// SYSPP5 3390                                        VSAM SOME.CLUSTER
// Migrated                                                SOME.OLDFILE
// Pseudo Directory                                        ISPF
//
// Columns run into each other where a number is too long, and some servers leave no blanks at all:
// what can be relied on is the name at the end, the organization before it, and the date.

/** Reads a line of a list of data sets; without the header above it, only one that is in full. */
export function dataSetReader(
  context: ListingContext,
): (lines: readonly string[], at: number, isHeaded: boolean) => RemoteEntry | undefined {
  const dayOf = dayParser(datesIn, ['mdy', 'ymd', 'dmy'], context);
  return (lines, at, isHeaded) => {
    const row = rowOf(lines[at] ?? '');
    if (!row) return undefined;
    const known = statusEntry(row, isHeaded);
    if (known) return known;
    const { name, organization, before } = row;
    const date = dateIn(before);
    const isPlaced = isHeaded && organization === '' && (date !== undefined || noDay.test(before));
    // A data set that was never written or read has no organization: it is asked for like any file.
    const type = typeOf(organization) ?? (isPlaced ? 'file' : undefined);
    if (!type || !(isHeaded ? hasPlace(row) : isComplete(row))) return undefined;
    const times = date === undefined ? undated : lastUse(dayOf(date, lines), context);
    return times && { name, type, size: undefined, ...times };
  };
}

function datesIn(line: string): readonly string[] {
  const date = dateIn(line);
  return date === undefined ? [] : [date];
}

interface Row {
  /** The columns before the organization. */
  readonly before: string;
  readonly organization: string;
  readonly name: string;
  /** What stands before the name, as words. */
  readonly words: readonly string[];
  /** Whether more than one blank sets the name apart. */
  readonly isApart: boolean;
}

// Volume, unit, date, seven columns and the name; some messages have a word more.
const maxWords = 12;

function rowOf(line: string): Row | undefined {
  const words = wordsOf(line, maxWords);
  const last = words.at(-1);
  if (!last || line.slice(last.end).trim() !== '') return undefined;
  const [glued, rest] = gluedOrganization(last);
  if (words.length < 2 && glued === '') return undefined;
  const name = /^'([^']+)'$/.exec(rest)?.[1] ?? rest;
  if (!/^[\w@#$][\w@#$.(){}+-]{0,54}$/.test(name)) return undefined;
  const head = line.slice(0, last.start).trimEnd() + glued;
  // Where no blank parts the columns, a block size ends where the organization begins.
  const organization = /(?:^|[\s\d])([A-Z]{2,4}(?:-E)?)$/.exec(head.slice(-8))?.[1] ?? '';
  const gap = line.slice(words.at(-2)?.end, last.start);
  return {
    before: head.slice(0, head.length - organization.length),
    organization,
    name,
    words: words.slice(0, -1).map(({ text }) => text),
    isApart: gap.length > 1 || gap === '\t',
  };
}

// The organization of four letters reaches to the name, which begins in column 57.
const nameColumn = 56;

function gluedOrganization({ text, start }: Word): readonly [organization: string, name: string] {
  const isGlued = start === nameColumn - 4 && /^(?:VSAM|PATH)./.test(text);
  return isGlued ? [` ${text.slice(0, 4)}`, text.slice(4)] : ['', text];
}

// Only partitioned data sets have members to list, and only sequential ones can be retrieved. A
// cluster, a path to it and the base of a generation group are neither.
const types: Readonly<Record<string, EntryType>> = {
  PO: 'directory',
  'PO-E': 'directory',
  POU: 'directory',
  PS: 'file',
  'PS-E': 'file',
  PSU: 'file',
  DA: 'file',
  DAU: 'file',
  IS: 'file',
  ISU: 'file',
  VS: 'other',
  VSAM: 'other',
  AIX: 'other',
  PATH: 'other',
  GDG: 'other',
  HFS: 'other',
  ZFS: 'other',
};

function typeOf(organization: string): EntryType | undefined {
  return Object.hasOwn(types, organization) ? types[organization] : undefined;
}

const day = /(?:^|[\s\w])(\d{4}\/\d\d\/\d\d|\d\d\/\d\d\/\d\d)/;
const noDay = /\*\*NONE\*\*/;

// The date is among the first columns; volume and unit may reach to it.
const dateEnd = 28;

function dateIn(before: string): string | undefined {
  return day.exec(before.slice(0, dateEnd))?.[1];
}

// A volume, perhaps with its unit, and a date or none: under a header, that is enough.
function hasPlace({ before }: Row): boolean {
  return before.trim() === '' || /^[\w@#$]{1,6}/.test(before);
}

// Volume, unit, date, then numbers and the record format. "1+++++" and "????" are too many tracks.
function isComplete({ words, organization }: Row): boolean {
  const [volume = '', unit = '', date = '', ...others] = words.slice(0, -1);
  const hasVolume = /^[A-Z0-9@#$]{1,6}$/.test(volume) && /^\d{4}[A-Z]?$/.test(unit);
  if (words.at(-1) !== organization || !hasVolume) return false;
  const isTimed = day.test(date) || noDay.test(date);
  if (!isTimed) return date === '' && organization === 'VSAM';
  return others.length <= 5 && others.every((text) => /^[A-Z0-9+?*]{1,8}$/.test(text));
}

// The catalog says when a data set was last read or written.
function lastUse(
  date: CalendarDay | undefined,
  context: ListingContext,
): Pick<RemoteEntry, 'modified' | 'precision' | 'timeOf'> | undefined {
  const times = dated(date, undefined, context);
  return times?.modified ? { ...times, timeOf: 'lastUse' } : times;
}

// The words in place of the columns. A data set that is away, on tape or unknown in its facts is
// asked for like any file; the server fetches it then, or says why not.
const statuses: readonly (readonly [RegExp, EntryType])[] = [
  [/^Pseudo Directory$/, 'directory'],
  [/^User catalog connector$/i, 'other'],
  [/^Migrated$/, 'file'],
  [/^(?:\S{1,6} )?Error determining attributes$/, 'file'],
  [/^\S{1,6} Not Mounted$/, 'file'],
  [/^\S{1,6} Not Direct Access Device$/, 'file'],
  [/^\S{1,6} Tape$/, 'file'],
  [/^\S{1,6} (?:\d{4}[A-Z]? )?< [\w ]{1,40} >(?:\w{1,8} >)?$/, 'file'],
];

function statusEntry({ words, name, isApart }: Row, isHeaded: boolean): RemoteEntry | undefined {
  if (!isHeaded && !isApart) return undefined;
  const text = words.join(' ');
  const type = statuses.find(([status]) => status.test(text))?.[1];
  return type && { name, type, size: undefined, ...undated };
}
