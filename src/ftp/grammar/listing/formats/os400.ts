import type { EntryType, RemoteEntry } from '../../entry.ts';
import { parseSize } from '../../facts.ts';
import { type DateOrder, looksLikeDay, ordersOfDates, parseDay } from '../dates/dateOrder.ts';
import { type CalendarDay, dated, parseClock, undated } from '../dates/hostDates.ts';
import type { TimeFacts } from '../dates/listingTime.ts';
import type { ListingContext, ListingGrammar, Reading } from '../listingLine.ts';
import { type Word, wordsOf } from '../words.ts';

// QSYS            77824 02/23/00 15:09:55 *DIR       QOpenSys/
// QSYS            45056 11/04/99 19:50:02 *FILE      QACJINFO.FILE
// QSYS                                    *MEM       QACJINFO.FILE/QACJINFO.MBR
//                  8192 12/31/69 16:00:00 *FLR       QDLS/
//                                                    winsrv
//
// IBM's manual: owner, size, date, time, type and name; the date is written as the server's job is
// set to. The owner is left out for anonymous users, size and time where an object has none, and
// all but the name where the user may not know more.

/** The listings of IBM i, once OS/400, in its own format. */
export const os400Grammar: ListingGrammar = {
  format: 'os400',
  begin: (context) => {
    const dayOf = jobsDays(context);
    return (lines, at) => {
      const row = rowOf(lines[at] ?? '');
      if (!row) return undefined;
      // The first line of a database file's own listing is the file itself.
      if (row.name === '') return row.type === 'FILE' ? { parsed: 'skip', taken: 1 } : undefined;
      return entryOf(row, lines[at + 1] ?? '', (day) =>
        dated(dayOf(lines, day), parseClock(row.time), context),
      );
    };
  },
  isCertain: (line) => /(?:^|\s)\*[A-Z]{2,10}(?:\s|$)/.test(line),
};

interface Row {
  readonly size: number | undefined;
  readonly day: string | undefined;
  readonly time: string | undefined;
  /** Without the asterisk; empty where it is not told. */
  readonly type: string;
  readonly name: string;
}

// The owner, size, date and time stand before the type.
const maxColumnsBefore = 4;

function rowOf(line: string): Row | undefined {
  const words = wordsOf(line, maxColumnsBefore + 2);
  const at = words.findIndex(({ text }) => /^\*[A-Z]{2,10}$/.test(text));
  if (at < 0) return nameAlone(line, words);
  const before = words.slice(0, at).map(({ text }) => text);
  const isTimed = looksLikeDay(before.at(-2));
  const [time, day] = isTimed ? [before.pop(), before.pop()] : [];
  const sized = /^\d+$/.test(before.at(-1) ?? '') && (isTimed || before.length > 1);
  const size = sized ? parseSize(before.pop()) : undefined;
  if (before.length > 1 || (isTimed && parseClock(clockText(time)) === undefined)) return undefined;
  const type = words[at]?.text.slice(1) ?? '';
  // A word with an asterisk may begin any line of words.
  if (!isTimed && !Object.hasOwn(entryTypes, type)) return undefined;
  const first = words[at + 1];
  const name = first ? line.slice(first.start).trimEnd() : '';
  return { size, day, time: clockText(time), type, name };
}

// Jobs may be set to "15.09.55" and "15,09,55".
function clockText(time: string | undefined): string | undefined {
  return time?.replaceAll(/[.,]/g, ':');
}

const nameColumn = 40;

function nameAlone(line: string, [first]: readonly Word[]): Row | undefined {
  if (!first || first.start < nameColumn) return undefined;
  const name = line.slice(first.start).trimEnd();
  return /\s/.test(name)
    ? undefined
    : { size: undefined, day: undefined, time: undefined, type: '', name };
}

function entryOf(row: Row, next: string, timesOf: (day: string) => TimeFacts | undefined): Reading {
  const times = (row.day === undefined ? undefined : timesOf(row.day)) ?? undated;
  const { size, type } = row;
  // What a database object takes is counted with all that describes it; no transfer gives that.
  const isStored = size !== undefined && !streams.has(type);
  const parsed: RemoteEntry = {
    name: nameIn(row),
    type: entryTypeOf(row, next),
    size,
    ...(isStored && { sizeOf: 'storage' }),
    ...times,
  };
  return { parsed, taken: 1 };
}

const streams: ReadonlySet<string> = new Set(['STMF', 'DSTMF', 'DOC']);

// The slash after a folder is the format's. An absolute name and, of objects in a library, one
// qualified by it ("QGPL/QCLSRC.MYMBR") end in the name. "A.FILE/B.MBR" is the name of a member in
// the folder A.FILE, not in the listed one: it stays whole, and is thereby no name here.
function nameIn({ name, type }: Row): string {
  const text = name.endsWith('/') ? name.slice(0, -1) : name;
  const slash = text.lastIndexOf('/');
  const folder = text.slice(0, slash);
  const qualifies = folder.startsWith('/') || (libraryTypes.has(type) && /^[^./]+$/.test(folder));
  const isMember = type === 'MEM' && folder.endsWith('.FILE');
  return slash > 0 && qualifies && !isMember ? text.slice(slash + 1) : text;
}

const libraryTypes: ReadonlySet<string> = new Set(['FILE', 'MEM', 'PGM', 'SRVPGM', 'MODULE']);

const entryTypes: Readonly<Record<string, EntryType>> = {
  DIR: 'directory',
  DDIR: 'directory',
  FLR: 'directory',
  LIB: 'directory',
  SYMLNK: 'symlink',
  STMF: 'file',
  DSTMF: 'file',
  DOC: 'file',
  FILE: 'file',
  MEM: 'file',
  '': 'file',
};

// A database file is a folder where its members follow it: they are what can be read and written.
function entryTypeOf({ name, type }: Row, next: string): EntryType {
  if (name.endsWith('/')) return 'directory';
  const member = type === 'FILE' ? rowOf(next) : undefined;
  if (member?.type === 'MEM' && member.name.startsWith(`${name}/`)) return 'directory';
  return Object.hasOwn(entryTypes, type) ? (entryTypes[type] ?? 'other') : 'other';
}

// By the separators with which IBM delivers its systems: month first, in Europe the day.
const orders: Readonly<Record<string, readonly DateOrder[]>> = {
  '/': ['mdy', 'dmy', 'ymd'],
  '.': ['dmy', 'ymd', 'mdy'],
  '-': ['ymd', 'dmy', 'mdy'],
};

// One job wrote all the lines: what their dates show of the order holds for each that allows it. A
// date that does not is read in the one order that makes a day of it; where more than one is left,
// and they differ, the day is unknown.
function jobsDays(
  context: ListingContext,
): (lines: readonly string[], day: string) => CalendarDay | undefined {
  let read: readonly string[] | undefined;
  let days: readonly string[] = [];
  const known = new Map<string, readonly DateOrder[]>();
  return (lines, day) => {
    if (read !== lines) {
      read = lines;
      days = lines.flatMap((line) => rowOf(line)?.day ?? []);
      known.clear();
    }
    const separator = /[./-]/.exec(day)?.[0] ?? '/';
    const usual = orders[separator] ?? ['mdy'];
    const possible = known.get(separator) ?? ordersOfDates(days, usual, context);
    known.set(separator, possible);
    return (
      onlyDay(day, possible, context) ?? onlyDay(day, ordersOfDates([day], usual, context), context)
    );
  };
}

// The one day of a calendar that these orders make of it.
function onlyDay(
  text: string,
  orders: readonly DateOrder[],
  context: ListingContext,
): CalendarDay | undefined {
  const days = orders
    .map((order) => parseDay(text, order))
    .filter((day) => dated(day, undefined, context)?.modified);
  const [first] = days;
  return days.every((day) => day?.join() === first?.join()) ? first : undefined;
}
