// A folder of many files, listed from `serve` over the line.
import { portside } from './clients.ts';
import { forgetPeak, openStation, processState } from './metered.ts';
import { reportedRow } from './report.ts';
import type { RowGroup } from './tools.ts';

const count = 100_000;
const sizes = { files: count, folders: 0, large: 0 };
const rung = 'block mode · default data port';
const mebibyte = 1024 * 1024;

const parts = {
  'first entries': { unit: 's', figure: 1 },
  end: { unit: 's', figure: 4 },
  memory: { unit: 'MiB', figure: 150 },
} as const;

/** When it begins and ends, and what either side holds; where the rung is lost, none is met. */
export function largeFolder(): RowGroup {
  const rows = (['first entries', 'end', 'memory'] as const).map((part) => ({
    part,
    name: `ls of a folder of ${count.toLocaleString('en')} files, serve: ${part}`,
    unit: parts[part].unit,
  }));
  return {
    rows,
    measure: async ({ course, signal }) => {
      await using station = await openStation({ distance: 'far', sizes }, await course(), signal);
      const { target, run } = station;
      await forgetPeak(target.pid);
      const listed = await run('listOneFolder', {
        words: (assignment) => (portside('', ['--trace']).words(assignment) ?? []).map(toFiles),
        first: /\bf\d{5}\b/,
      });
      const server = (await processState(target.pid)).peakBytes / mebibyte;
      const client = listed.peakBytes / mebibyte;
      const isKept = listed.output.includes(rung);
      const values = {
        'first entries': listed.firstSeconds ?? null,
        end: listed.seconds,
        memory: Math.max(client, server),
      };
      const note =
        `${isKept ? `${rung} to the end` : `the rung is lost: ${rung}`}; ` +
        `client ${client.toFixed(0)} MiB, server ${server.toFixed(0)} MiB at most`;
      return rows.map(({ name, unit, part }) => {
        const { figure } = parts[part];
        const row = reportedRow({ name, unit, portside: values[part], figure, note });
        return { ...row, met: row.met && isKept };
      });
    },
  };
}

// The folder in place of the root.
const toFiles = (word: string): string => (word.startsWith('ftpes://') ? `${word}files` : word);
