// Saves, deletes, renames and copies while one thing goes wrong in each, with a look at the server's
// disk afterwards:
//
//   npm run faults -- [--seed N] [--runs N] [--server serve|iis|vsftpd] [--json FILE] [--only RUN]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { faultServers } from '../test/faults/faultServers.ts';
import { runScript } from './interruption.ts';
import { anySeed, type FaultRow, runFaultRow } from './stages/faults.ts';

await runScript(async (signal) => {
  const { json, ...row } = readArguments(process.argv.slice(2));
  const { tally, problems } = await runFaultRow(row, signal);
  if (json !== undefined) {
    const { seed, server } = row;
    await writeFile(json, JSON.stringify({ ...tally, seed, server, problems }, null, 1));
  }
  return problems.length === 0 ? 0 : 1;
});

interface Arguments extends FaultRow {
  readonly json: string | undefined;
}

function readArguments(args: readonly string[]): Arguments {
  const options = {
    seed: { type: 'string' },
    runs: { type: 'string' },
    server: { type: 'string' },
    json: { type: 'string' },
    only: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const server = faultServers.find((name) => name === (values.server ?? 'serve'));
  if (server === undefined) throw new Error(`--server takes ${faultServers.join(', ')}.`);
  const only = whole('only', values.only);
  return {
    seed: whole('seed', values.seed) ?? anySeed(),
    runs: whole('runs', values.runs) ?? 200,
    server,
    json: values.json,
    ...(only !== undefined && { only }),
  };
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a whole number.`);
}
