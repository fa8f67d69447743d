// Whether ten times as much takes ten times as long, and ten times the memory.
import { portside } from './clients.ts';
import { openStation, type Run, type RunOptions } from './metered.ts';
import { reportedRow } from './report.ts';
import type { RowGroup, Tools } from './tools.ts';

interface Growing {
  readonly what: string;
  readonly counts: readonly number[];
  readonly run: (count: number, tools: Tools) => Promise<Run>;
}

const growing: readonly Growing[] = [
  { what: 'files down', counts: [100, 1_000, 10_000], run: getFiles },
  { what: 'entries listed', counts: [100, 10_000, 100_000, 1_000_000], run: listEntries },
];

// Ten times as many take ten times as long; the rest is what measurements differ by.
const figure = 11.5;
const noise = 0.05;

interface Measured {
  readonly count: number;
  readonly run: Run;
}

const measures: Readonly<Record<'time' | 'memory', (run: Run) => number>> = {
  time: ({ seconds }) => seconds,
  memory: ({ peakBytes }) => peakBytes,
};

/** By how much the last step, which is tenfold, lets time and memory grow. */
export function growths(): readonly RowGroup[] {
  return growing.map(({ what, counts, run }) => {
    const [before = 0, last = 0] = counts.slice(-2).map((count) => count.toLocaleString('en'));
    const rows = (['time', 'memory'] as const).map((of) => ({
      of,
      name: `growth from ${before} to ${last} ${what}: ${of}`,
      unit: 'times' as const,
    }));
    return {
      rows,
      measure: async (tools) => {
        const measured: Measured[] = [];
        for (const count of counts) measured.push({ count, run: await run(count, tools) });
        const note = measured.map(words).join('; ');
        return rows.map(({ name, unit, of }) =>
          reportedRow({ name, unit, portside: growthOf(measured, measures[of]), figure, note }),
        );
      },
    };
  });
}

function growthOf(measured: readonly Measured[], measure: (run: Run) => number): number {
  const values = measured.map(({ run }) => measure(run));
  const [least = 0] = values;
  const [before = 0, last = 0] = values.slice(-2);
  // What the program needs for next to nothing is no growth, nor is what measurements differ by.
  return Math.max(0, last - least) / Math.max(before - least, least * noise);
}

const words = ({ count, run: { seconds, peakBytes } }: Measured): string =>
  `${count.toLocaleString('en')}: ${seconds.toFixed(2)} s, ${Math.round(peakBytes / 1024 / 1024)} MiB`;

async function getFiles(count: number, { course, signal }: Tools): Promise<Run> {
  const sizes = { files: count, folders: 0, large: 0 };
  await using station = await openStation({ distance: 'near', sizes }, await course(), signal);
  return await station.run('getFiles');
}

const listingPort = 2221;

async function listEntries(count: number, { course, signal }: Tools): Promise<Run> {
  const laid = await course();
  const { server, address } = laid.lines.near;
  const sizes = { files: 0, folders: 0, large: 0 };
  await using station = await openStation({ distance: 'near', sizes }, laid, signal);
  const listing = [address, String(listingPort), String(count)];
  await using peer = server.start([process.execPath, laid.programs.listingPeer, ...listing]);
  await peer.waitForOutput(/^listening$/m, signal);
  const url = `ftp://anna@${address}:${listingPort}/`;
  const words: RunOptions['words'] = (assignment) => {
    // The environment and the program as ever, with another server to list.
    const usual = portside().words(assignment) ?? [];
    return [...usual.slice(0, usual.indexOf('ls')), 'ls', '--security', 'none', url];
  };
  await station.run('listOneFolder', { words });
  return await station.run('listOneFolder', { words });
}
