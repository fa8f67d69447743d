// Runs stages of tests one after another, and tells what came of them and how long they took.
import { sentenceOf } from '../interruption.ts';
import { MissingPrerequisiteError } from '../prerequisite.ts';
import { type Stage, type Tally, nothing, sum } from './tally.ts';

// So many of the slowest files of tests are named.
const slowestFiles = 10;

interface Outcome {
  readonly stage: string;
  readonly tally: Tally;
  readonly seconds: number;
}

/**
 * Runs the stages of these names, or all of them; prints a table of them with the tally as the last
 * line, and gives the exit code.
 */
export async function runChosen(
  stages: readonly Stage[],
  names: readonly string[],
  signal: AbortSignal,
): Promise<number> {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) {
    const known = stages.map((stage) => stage.name).join(', ');
    process.stderr.write(`There is no stage ${unknown.join(', ')}; there are ${known}.\n`);
    return 2;
  }
  const chosen = stages.filter((stage) => names.length === 0 || names.includes(stage.name));
  return await runStages(chosen, signal);
}

async function runStages(stages: readonly Stage[], signal: AbortSignal): Promise<number> {
  const outcomes: Outcome[] = [];
  for (const stage of stages) outcomes.push(await runStage(stage, signal));
  const total = sum(outcomes.map(({ tally }) => tally));
  process.stdout.write(reportOf(outcomes, total));
  return total.failed.length === 0 ? 0 : 1;
}

async function runStage(stage: Stage, signal: AbortSignal): Promise<Outcome> {
  const start = Date.now();
  process.stdout.write(`\n=== ${stage.name} ===\n`);
  const tally = await attempt(stage, signal);
  const seconds = (Date.now() - start) / 1000;
  process.stdout.write(`--- ${stage.name}: ${wordsOf(tally)}, ${seconds.toFixed(1)} s\n`);
  return { stage: stage.name, tally, seconds };
}

/** A stage that this machine cannot run is skipped as one test; one that breaks has failed as one. */
async function attempt(stage: Stage, signal: AbortSignal): Promise<Tally> {
  try {
    return await stage.run(signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const sentence = sentenceOf(error);
    process.stdout.write(`${sentence}\n`);
    return error instanceof MissingPrerequisiteError
      ? { ...nothing, skipped: [`${stage.name} (${sentence})`] }
      : { ...nothing, failed: [`${stage.name}: ${sentence.split('\n', 1)[0]}`] };
  }
}

function reportOf(outcomes: readonly Outcome[], total: Tally): string {
  const slowest = total.files
    .toSorted((one, other) => other.seconds - one.seconds)
    .slice(0, slowestFiles);
  const lines = [
    '',
    ...tableOf([
      ...outcomes.map(({ stage, tally, seconds }) => [stage, wordsOf(tally), seconds] as const),
      ['all', wordsOf(total), outcomes.reduce((sum, { seconds }) => sum + seconds, 0)],
    ]),
    ...(slowest.length > 0 ? ['', 'slowest files:'] : []),
    ...tableOf(slowest.map(({ path, seconds }) => [`  ${path}`, '', seconds])),
    '',
    ...total.failed.map((name) => `failed: ${name}`),
    ...total.skipped.map((name) => `skipped: ${name}`),
    wordsOf(total),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function tableOf(rows: readonly (readonly [string, string, number])[]): readonly string[] {
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const [first, second] = [width(0), width(1)];
  return rows.map(
    ([name, words, seconds]) =>
      `${name.padEnd(first)}  ${words.padEnd(second)}  ${seconds.toFixed(1).padStart(7)} s`,
  );
}

function wordsOf({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}
