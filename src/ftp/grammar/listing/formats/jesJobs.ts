import { parseSize, type RemoteEntry } from '../../entry.ts';
import { undated } from '../dates/hostDates.ts';
import type { ListingLine } from '../listingLine.ts';
import { wordsOf } from '../words.ts';

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

/** What the lines before tell: whose output is listed, if anyone's. */
export interface JobListing {
  job: string | undefined;
}

// Nine columns, a result of two words, and "5 spool files".
const maxWords = 12;

/** One line of a queue of jobs, or of one job's output. */
export function jobEntry(line: string, listing: JobListing): ListingLine {
  const words = wordsOf(line, maxWords).map(({ text }) => text);
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
