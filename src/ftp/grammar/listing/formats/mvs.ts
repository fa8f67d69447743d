import type { ListingContext, ListingGrammar, ListingLine } from '../listingLine.ts';
import { jobEntry, type JobListing } from './jesJobs.ts';
import { dataSetReader } from './mvsDataSets.ts';
import { memberReader, moduleEntry } from './mvsMembers.ts';

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
