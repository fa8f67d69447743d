// How long 100,000 lines of a listing take to read, in each of the usual formats.
import { parseListing } from '../../src/ftp/grammar/listing/listing.ts';
import { isMet, type ReportedRow } from './report.ts';
import { sampleOf } from './samples.ts';

const lineCount = 100_000;
const figure = 100;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const padded = (value: number): string => String(value).padStart(2, '0');

interface Moment {
  readonly index: number;
  readonly month: number;
  readonly day: string;
  readonly clock: string;
}

const lines: Readonly<Record<string, (at: Moment) => string>> = {
  mlsd: ({ index, month, day }) =>
    `modify=2025${padded(month + 1)}${day}162305;perm=adfrw;size=${index};type=file;` +
    `unique=801U${index};UNIX.group=33;UNIX.mode=0644;UNIX.owner=33; file ${index}.txt`,
  unix: ({ index, month, day, clock }) =>
    `-rw-r--r--   1 anna     www      ${String(index).padStart(10)} ${months[month]} ${day} ${clock} file ${index}.txt`,
  'unix, years': ({ index, month, day }) =>
    `-rw-r--r--   1 anna     www      ${String(index).padStart(10)} ${months[month]} ${day}  2024 file ${index}.txt`,
  'unix, long-iso': ({ index, month, day, clock }) =>
    `-rw-r--r-- 1 anna www ${index} 2025-${padded(month + 1)}-${day} ${clock} file ${index}.txt`,
  dos: ({ index, month, day, clock }) =>
    `${padded(month + 1)}-${day}-25  ${clock}AM ${String(index).padStart(20)} file ${index}.txt`,
};

function momentOf(index: number): Moment {
  const clock = `${padded(index % 12)}:${padded(index % 60)}`;
  return { index, month: index % 12, day: padded((index % 28) + 1), clock };
}

/** The formats of which there is a row each. */
export const parsedFormats: readonly string[] = Object.keys(lines);

/** What its row is called. */
export function parsingRowName(format: string): string {
  return `parse a listing of ${lineCount.toLocaleString('en')} entries: ${format}`;
}

/** Reads such a listing so many times, after a first time that does not count. */
export function measureParsing(format: string, rounds: number): ReportedRow {
  const lineOf = lines[format];
  if (lineOf === undefined) throw new Error(`There is no format ${format}.`);
  const listing = Array.from({ length: lineCount }, (_, index) => lineOf(momentOf(index)));
  const times = Array.from({ length: rounds + 1 }, () => timeOf(listing));
  const { median, lowest, highest } = sampleOf(times.slice(1));
  return {
    name: parsingRowName(format),
    unit: 'ms',
    portside: median,
    peers: {},
    limit: null,
    figure,
    met: isMet({ portside: median, figure, limit: null }),
    note: '',
    spread: { portside: [lowest, highest] },
  };
}

function timeOf(listing: readonly string[]): number {
  const started = performance.now();
  const { entries } = parseListing(listing, { now: Date.UTC(2026, 10, 22), zone: 60 });
  const took = performance.now() - started;
  if (entries.length !== listing.length) throw new Error('A line was not read.');
  return took;
}
