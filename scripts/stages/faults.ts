// Saves, deletes, renames and copies while one thing goes wrong in each, with a look at the server's
// disk afterwards.
import { randomInt } from 'node:crypto';
import { type FaultReport, runFaults } from '../../test/faults/faultRuns.ts';
import type { FaultServerName } from '../../test/faults/faultServers.ts';
import { vsftpd } from '../../test/servers/kinds/vsftpd.ts';
import { MissingPrerequisiteError } from '../prerequisite.ts';
import { nothing, type Stage, sum } from './tally.ts';

// A run mostly waits for a deadline; more at a time would make the deadlines themselves late.
const lanes = 6;

// A seed that fails is repeated by hand, so it should be short to type.
const seedsBelow = 1_000_000;

/** Runs that one seed decides. */
export interface FaultRow {
  readonly server: FaultServerName;
  readonly seed: number;
  readonly runs: number;
  /** Only this one of them; all that was said in it is printed. */
  readonly only?: number;
}

/** A random seed. */
export function anySeed(): number {
  return randomInt(seedsBelow);
}

/** Carries the runs out; prints those that went wrong, and the tally. */
export async function runFaultRow(row: FaultRow, signal: AbortSignal): Promise<FaultReport> {
  const { server, seed, runs, only } = row;
  const missing = server === 'vsftpd' ? await vsftpd.unavailable(signal) : undefined;
  if (missing !== undefined) {
    throw new MissingPrerequisiteError(`vsftpd cannot be run here: ${missing}`);
  }
  process.stdout.write(`seed ${seed}, ${runs} runs on ${server}\n`);
  const report = await runFaults({
    ...row,
    lanes,
    signal,
    onRun: ({ run, operation, fault, told, wrongs }) => {
      if (wrongs.length === 0 && only === undefined) return;
      process.stdout.write(`run ${run}: ${operation}; ${JSON.stringify(fault)}\n`);
      process.stdout.write(`  told ${JSON.stringify(told)}\n`);
      for (const [kind, why] of wrongs) process.stdout.write(`  ${kind}: ${why}\n`);
    },
  });
  process.stdout.write(`${JSON.stringify(report.tally)}\n`);
  return report;
}

/** The stage of so many rows on a server, each with a seed of its own. */
export function faultStage(server: FaultServerName, rows: number, runs: number): Stage {
  const oneRow = async (signal: AbortSignal) => {
    const seed = anySeed();
    const { tally, problems } = await runFaultRow({ server, seed, runs }, signal);
    return {
      ...nothing,
      passed: tally.runs - problems.length,
      failed: problems.map(
        ({ run, wrongs }) =>
          `${wrongs.map(([kind]) => kind).join(', ')}: ` +
          `npm run faults -- --server ${server} --seed ${seed} --runs ${runs} --only ${run}`,
      ),
    };
  };
  return {
    name: `faults-${server}`,
    run: async (signal) => {
      const tallies = [];
      for (let row = 0; row < rows; row++) tallies.push(await oneRow(signal));
      return sum(tallies);
    },
  };
}
