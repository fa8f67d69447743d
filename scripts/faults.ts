// Saves, deletes, renames and copies while one thing goes wrong in each, with a look at the server's
// disk afterwards:
//
//   npm run faults -- [--seed N] [--runs N] [--server serve|iis|vsftpd] [--json FILE] [--only RUN]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { runFaults } from '../test/faults/faultRuns.ts';
import { type FaultServerName, faultServers } from '../test/faults/faultServers.ts';
import { vsftpd } from '../test/servers/kinds/vsftpd.ts';
import { runScript } from './interruption.ts';

// A run mostly waits for a deadline; more at a time would make the deadlines themselves late.
const lanes = 6;

await runScript(async (signal) => {
  const { seed, runs, server, json, only } = readArguments(process.argv.slice(2));
  const missing = server === 'vsftpd' ? await vsftpd.unavailable(signal) : undefined;
  if (missing !== undefined) throw new Error(`vsftpd cannot be run here: ${missing}`);
  process.stdout.write(`seed ${seed}, ${runs} runs on ${server}\n`);
  const { tally, problems } = await runFaults({
    server,
    seed,
    runs,
    lanes,
    signal,
    ...(only !== undefined && { only }),
    onRun: ({ run, operation, fault, told, wrongs }) => {
      if (wrongs.length === 0 && only === undefined) return;
      process.stdout.write(`run ${run}: ${operation}; ${JSON.stringify(fault)}\n`);
      process.stdout.write(`  told ${JSON.stringify(told)}\n`);
      for (const [kind, why] of wrongs) process.stdout.write(`  ${kind}: ${why}\n`);
    },
  });
  process.stdout.write(`${JSON.stringify(tally)}\n`);
  if (json !== undefined) {
    await writeFile(json, JSON.stringify({ ...tally, seed, server, problems }, null, 1));
  }
  return problems.length === 0 ? 0 : 1;
});

interface Arguments {
  readonly seed: number;
  readonly runs: number;
  readonly server: FaultServerName;
  readonly json: string | undefined;
  readonly only: number | undefined;
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
  return {
    seed: whole('seed', values.seed) ?? Math.floor(Math.random() * 1_000_000),
    runs: whole('runs', values.runs) ?? 200,
    server,
    json: values.json,
    only: whole('only', values.only),
  };
}

function whole(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a whole number.`);
}
