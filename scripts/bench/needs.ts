// What Portside needs of the machine: memory while a large file passes, processor time of small files.
import { forgetPeak, openStation, processState } from './metered.ts';
import { reportedRow } from './report.ts';
import { sampleOf } from './samples.ts';
import type { RowGroup } from './tools.ts';

const mebibyte = 1024 * 1024;
const nothing = { files: 0, folders: 0, large: 0 };
const memoryFigure = 64;
const transfers = { down: 'getLarge', up: 'putLarge' } as const;

/** How much more than at rest each side holds at most, down or up. */
export function memory(size: string): RowGroup {
  const rows = (['client', 'server'] as const).map((side) => ({
    side,
    name: `memory of the ${side} while ${size} passes`,
    unit: 'MiB' as const,
  }));
  return {
    rows,
    measure: async ({ course, large, signal }) => {
      const sizes = { ...nothing, large };
      await using station = await openStation({ distance: 'near', sizes }, await course(), signal);
      const { target, run } = station;
      const sides = { client: [] as number[], server: [] as number[] };
      const idle = (await run('listOneFolder')).peakBytes;
      for (const task of Object.values(transfers)) {
        await forgetPeak(target.pid);
        const before = (await processState(target.pid)).bytes;
        sides.client.push(((await run(task)).peakBytes - idle) / mebibyte);
        sides.server.push(((await processState(target.pid)).peakBytes - before) / mebibyte);
      }
      return rows.map(({ name, unit, side }) => {
        const [down = 0, up = 0] = sides[side];
        const rest = side === 'client' ? 'when it lists a folder' : 'before';
        const note = `above what it holds ${rest}: down ${down.toFixed(0)}, up ${up.toFixed(0)}`;
        const portside = Math.max(down, up);
        return reportedRow({ name, unit, portside, figure: memoryFigure, note });
      });
    },
  };
}

const smallFiles = 1_000;
const processorFigure = 1.1;
const times = 3;

/** Of all that each side does for many small files, the part of one. */
export function processor(): RowGroup {
  const rows = (['client', 'server'] as const).map((side) => ({
    side,
    name: `processor time of a small file, ${side}`,
    unit: 'ms' as const,
  }));
  return {
    rows,
    measure: async ({ course, signal }) => {
      const sizes = { ...nothing, files: smallFiles };
      await using station = await openStation({ distance: 'near', sizes }, await course(), signal);
      const { target, run } = station;
      const start = Math.round((await run('listOneFolder')).processorMs);
      const taken = { client: [] as number[], server: [] as number[] };
      for (let count = 0; count < times; count++) {
        const before = (await processState(target.pid)).processorMs;
        taken.client.push((await run('getFiles')).processorMs / smallFiles);
        const after = (await processState(target.pid)).processorMs;
        taken.server.push((after - before) / smallFiles);
      }
      return rows.map(({ name, unit, side }) => {
        const { median, lowest, highest } = sampleOf(taken[side]);
        const starting = `, with the ${start} ms that the program takes to start`;
        const note = `of ${smallFiles} files down${side === 'client' ? starting : ''}`;
        const row = { name, unit, portside: median, figure: processorFigure, note };
        return { ...reportedRow(row), spread: { portside: [lowest, highest] as const } };
      });
    },
  };
}
