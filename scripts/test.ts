// `npm test`: everything, one stage after another. `npm test -- unit browser`: only these stages.
import { runScript, sentenceOf } from './interruption.ts';
import { MissingPrerequisiteError } from './prerequisite.ts';
import { browser } from './stages/browser.ts';
import { format, lint, types } from './stages/checks.ts';
import { inHost } from './stages/inHost.ts';
import { type Stage, type Tally, nothing, sum } from './stages/tally.ts';
import { network, servers, unit } from './stages/vitest.ts';

const stages: readonly Stage[] = [types, lint, format, unit, servers, network, inHost, browser];

await runScript(async (signal) => {
  const chosen = choose(process.argv.slice(2));
  if (chosen === undefined) return 2;
  let total = nothing;
  for (const stage of chosen) total = sum(total, await runStage(stage, signal));
  report(total);
  return total.failed.length === 0 ? 0 : 1;
});

function choose(names: readonly string[]): readonly Stage[] | undefined {
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length === 0) {
    return names.length === 0 ? stages : stages.filter((stage) => names.includes(stage.name));
  }
  const known = stages.map((stage) => stage.name).join(', ');
  process.stderr.write(`There is no stage ${unknown.join(', ')}; there are ${known}.\n`);
  return undefined;
}

async function runStage(stage: Stage, signal: AbortSignal): Promise<Tally> {
  const start = Date.now();
  process.stdout.write(`\n=== ${stage.name} ===\n`);
  const tally = await attempt(stage, signal);
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  process.stdout.write(`--- ${stage.name}: ${wordsOf(tally)}, ${seconds} s\n`);
  return tally;
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

function report({ passed, failed, skipped }: Tally): void {
  process.stdout.write('\n');
  for (const name of failed) process.stdout.write(`failed: ${name}\n`);
  for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
  process.stdout.write(`${wordsOf({ passed, failed, skipped })}\n`);
}

function wordsOf({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`;
}
