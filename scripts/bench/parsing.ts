// How long 100,000 lines of a listing take to read, format by format: the median of several runs in
// milliseconds. MLSD and the usual forms of LIST are to stay below 150 on a quiet machine.
import { parseListing } from '../src/ftp/grammar/listing/listing.ts';

const lineCount = 100_000;
const runs = 7;

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
  eplf: ({ index }) =>
    `+i8388621.${index},m${1_700_000_000 + index},r,s${index},\tfile ${index}.txt`,
  vms: ({ index, month, day, clock }) =>
    `FILE${index}.TXT;1  ${index % 999}/999  ${day}-${months[month]?.toUpperCase()}-2025 ${clock}:05  [ANNA]  (RWED,RWED,RE,)`,
};

function momentOf(index: number): Moment {
  const clock = `${padded(index % 12)}:${padded(index % 60)}`;
  return { index, month: index % 12, day: padded((index % 28) + 1), clock };
}

function medianMs(listing: readonly string[]): number {
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    const { entries } = parseListing(listing, { now: Date.UTC(2026, 10, 22), zone: 60 });
    const took = performance.now() - started;
    if (entries.length !== listing.length) throw new Error('A line was not read.');
    return took;
  });
  return times.toSorted((a, b) => a - b)[Math.floor(runs / 2)] ?? Number.NaN;
}

process.stdout.write(`${lineCount} lines, median of ${runs} runs\n`);
for (const [format, lineOf] of Object.entries(lines)) {
  const listing = Array.from({ length: lineCount }, (_, index) => lineOf(momentOf(index)));
  const ms = medianMs(listing);
  process.stdout.write(`${format.padEnd(16)} ${ms.toFixed(0).padStart(5)} ms\n`);
}
