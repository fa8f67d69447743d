import type { RemoteEntry } from '../../entry.ts';
import { parseSize } from '../../facts.ts';
import { dayParser, looksLikeDay } from '../dates/dateOrder.ts';
import { dated, parseClock, undated } from '../dates/hostDates.ts';
import type { ListingContext, ListingGrammar, ListingLine } from '../listingLine.ts';
import { wordsOf } from '../words.ts';
import { dataSetReader } from './mvsDataSets.ts';

// z/OS lists data sets, the members of a partitioned one, load modules and jobs, each in columns of
// its own under a header of its own. What it keeps in its Unix files, it lists like a Unix.
type Kind = 'dataSets' | 'members' | 'modules' | 'jobs';

/** The listings of MVS and z/OS. */
export const mvsGrammar: ListingGrammar = {
  format: 'mvs',
  begin: (context) => {
    const readers = readersFor(context);
    let headed: Kind | undefined;
    return (lines, at) => {
      const line = lines[at] ?? '';
      const begun = kindOfHeader(line);
      if (begun) {
        headed = begun;
        return { parsed: 'skip', taken: 1 };
      }
      // Without a header, a line must say by itself what it is.
      for (const kind of headed ? [headed] : kinds) {
        const parsed = readers[kind](lines, at, headed !== undefined);
        if (parsed) return { parsed, taken: 1 };
      }
      return undefined;
    };
  },
};

type LineReader = (lines: readonly string[], at: number, isHeaded: boolean) => ListingLine;

const kinds = ['dataSets', 'members', 'modules', 'jobs'] as const;

function readersFor(context: ListingContext): Readonly<Record<Kind, LineReader>> {
  const dataSets = dataSetReader(context);
  const members = memberReader(context);
  const jobs: JobListing = { job: undefined };
  return {
    dataSets,
    members,
    modules: (lines, at) => moduleEntry(lines[at] ?? ''),
    jobs: (lines, at) => jobEntry(lines[at] ?? '', jobs),
  };
}

const headers: readonly (readonly [Kind, RegExp])[] = [
  ['dataSets', /^ {0,3}Volume +(?:Unit +)?(?:Referred|Date) +Ext +/],
  ['members', /^ {0,3}Name +VV\.MM +(?:Created +)?Changed +/i],
  ['modules', /^ {0,3}Name +Size +TTR +/],
  ['jobs', /^ {0,3}JOBNAME +JOBID +OWNER +STATUS +/],
];

function kindOfHeader(line: string): Kind | undefined {
  return headers.find(([, header]) => header.test(line))?.[0];
}

//  Name     VV.MM   Created       Changed      Size  Init   Mod   Id
// BKUPINC   01.00 2004/04/26 2004/04/26 11:45   120   120     0 NAMEX
// LOADLIST
//
// The statistics are those of ISPF: records and not bytes; members that were not edited with it have
// none.

// Name, version, two dates, the time, three counts and the user.
const maxMemberWords = 10;

/** Reads a line of the members of a partitioned data set; a name alone only under a header. */
function memberReader(
  context: ListingContext,
): (lines: readonly string[], at: number, isHeaded: boolean) => RemoteEntry | undefined {
  const dayOf = dayParser(daysIn, ['ymd', 'mdy', 'dmy'], context);
  return (lines, at, isHeaded) => {
    const line = lines[at] ?? '';
    const [name = '', version, ...others] = wordsOf(line, maxMemberWords).map(({ text }) => text);
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
function moduleEntry(line: string): RemoteEntry | undefined {
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

// JOBNAME  JOBID    OWNER    STATUS CLASS
// CBLJSONJ JOB06314 Z32883   OUTPUT A        RC=0000 5 spool files
// BPXAS    STC02132 ++++++++ ACTIVE STC
//
// and, where the server is set to the first level of its interface, without header and owner:
//
// CBLJSONJ  JOB06314  OUTPUT    5 Spool Files
//
// A job is found by its id. The list of one job goes on with its output:
//
// --------
//          ID  STEPNAME PROCSTEP C DDNAME   BYTE-COUNT
//          001 JES2        N/A   A JESMSGLG      1234
// 1 spool files

/** The job whose output the lines are about, if any: the lines before show it. */
interface JobListing {
  job: string | undefined;
}

// Nine columns, a result of two words, and "5 spool files".
const maxJobWords = 12;

/** One line of a queue of jobs, or of one job's output. */
function jobEntry(line: string, listing: JobListing): ListingLine {
  const words = wordsOf(line, maxJobWords).map(({ text }) => text);
  if (line.startsWith('No jobs found on ')) return 'skip';
  if (listing.job !== undefined) {
    const output = isAroundOutput(line) ? 'skip' : outputEntry(words, listing.job);
    if (output) return output;
  }
  const [, id = '', ...others] = words;
  if (!/^(?:(?:JOB|TSU|STC)\d{5}|[JTS]\d{7})$/.test(id)) return undefined;
  const [status = '', ...rest] = statuses.has(others[0] ?? '') ? others : others.slice(1);
  if (!statuses.has(status) || !isSpool(rest)) return undefined;
  listing.job = id;
  return { name: id, type: 'file', size: undefined, ...undated };
}

const statuses: ReadonlySet<string> = new Set(['INPUT', 'HELD', 'ACTIVE', 'OUTPUT']);

// "A RC=0000 5 spool files", "TSU", "A (JCL error) 3 spool files", "-- NONE --"
function isSpool(words: readonly string[]): boolean {
  return words.every((text) => /^[\w=()+-]{1,16}$/.test(text));
}

// The number of the output is what the server finds it by: "JOB06314.1".
function outputEntry(words: readonly string[], job: string): RemoteEntry | undefined {
  const [id = ''] = words;
  const size = parseSize(words.at(-1));
  if (!/^\d{3,5}$/.test(id) || words.length < 5 || words.length > 7 || size === undefined) {
    return undefined;
  }
  // Counted with the records' own bytes, which a transfer leaves out or turns into line ends.
  return { name: `${job}.${Number(id)}`, type: 'file', size, sizeOf: 'storage', ...undated };
}

function isAroundOutput(line: string): boolean {
  return (
    /^-{8}\s*$/.test(line) ||
    /^ {1,12}ID +STEPNAME +PROCSTEP +C +DDNAME +BYTE-COUNT/.test(line) ||
    /^\d{1,6} spool files?\s*$/i.test(line)
  );
}
