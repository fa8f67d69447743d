// What a workspace costs in round trips, on servers that keep their data connection and on those that
// do not. It does not depend on any time.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { within } from '../waiting.ts';
import { reportedRow } from './report.ts';
import { type ServerName, startTarget } from './servers.ts';
import { numbered } from './site.ts';
import type { RowGroup } from './tools.ts';
import type { Cost } from './workspacePeer.ts';

const steps = {
  read: 'a file is read, warm',
  saved: 'it is saved',
  savedAgain: 'it is saved again',
} as const;

type Step = keyof typeof steps;
type Costs = Readonly<Record<Step, Cost>>;

// Where the machine pauses, a round trip more is seen than there is.
const times = 3;

const figures: Readonly<Record<'block' | 'stream', Readonly<Record<Step, number>>>> = {
  block: { read: 1, saved: 4, savedAgain: 4 },
  stream: { read: 4, saved: 6, savedAgain: 8 },
};

/** Reading and saving on the server, in the mode that it offers. */
export function workspace(server: ServerName, mode: keyof typeof figures): RowGroup {
  const rows = (['read', 'saved', 'savedAgain'] as const).map((step) => ({
    step,
    name: `${steps[step]}, ${server}`,
    unit: 'round trips' as const,
  }));
  return {
    rows,
    measure: async ({ course, signal }) => {
      const { lines, programs } = await course();
      const sizes = { files: 10, folders: 0, large: 0 };
      await using target = await startTarget({ name: server, sizes }, lines.near, signal);
      const words = [process.execPath, programs.workspacePeer, JSON.stringify(target), 'files'];
      const costs: Costs[] = [];
      for (let count = 0; count < times; count++) {
        costs.push(JSON.parse(await lines.near.client.run(words, within(signal))) as Costs);
      }
      return rows.map(({ name, unit, step }) => {
        const all = costs.map((cost) => cost[step]);
        const portside = Math.min(...all.map(({ roundTrips }) => roundTrips));
        const note = `${Math.max(...all.map(({ commands }) => commands))} commands`;
        return reportedRow({ name, unit, portside, figure: figures[mode][step], note });
      });
    },
  };
}

const folderFigures = { deleted: 25, copied: 400 } as const;
const folderRows = [
  { step: 'deleted', name: '20 files of a folder of 1,000 are deleted', unit: 'commands' },
  { step: 'copied', name: 'a folder of 96 files is copied within a site', unit: 'commands' },
] as const;

/** What is done to folders, in commands. */
export function folderCommands(): RowGroup {
  return {
    rows: folderRows,
    measure: async ({ course, signal }) => {
      const { lines, programs } = await course();
      const sizes = { files: 1_000, folders: 0, large: 0 };
      await using target = await startTarget({ name: 'serve', sizes }, lines.near, signal);
      const site = join(target.folder, 'site');
      await mkdir(site);
      for (const name of numbered('f', 96)) await writeFile(join(site, name), name);
      const words = [process.execPath, programs.workspacePeer, JSON.stringify(target), 'folders'];
      const output = await lines.near.client.run(words, within(signal));
      const costs = JSON.parse(output) as Readonly<Record<keyof typeof folderFigures, Cost>>;
      return folderRows.map(({ name, unit, step }) => {
        const { commands, roundTrips } = costs[step];
        const figure = folderFigures[step];
        return reportedRow({
          name,
          unit,
          portside: commands,
          figure,
          note: `${roundTrips} round trips`,
        });
      });
    },
  };
}
