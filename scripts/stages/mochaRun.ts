// Running mocha tests that are functions, so that they can be handed what they test: inside the
// extension host, and around the browser.
import Mocha from 'mocha';
import type { Tally } from './tally.ts';

/** A group of tests: defines them with mocha's `describe`, `it` and hooks when called. */
export type Suite = () => void;

/** Where the run is told, a line at a time. */
export type Print = (line: string) => void;

const timeout = 180_000;

/** Runs the tests that the suites define, prints them as they end, and returns their tally. */
export async function runMocha(
  suites: readonly Suite[],
  print: Print,
  signal: AbortSignal,
): Promise<Tally> {
  const mocha = new Mocha({ ui: 'bdd', timeout, reporter: SilentReporter });
  // What mocha does before it loads a file of tests; from here on `describe` and `it` are global.
  mocha.suite.emit('pre-require', globalThis, null, mocha);
  for (const suite of suites) suite();
  const failed: string[] = [];
  const skipped: string[] = [];
  let passed = 0;
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('suite', (suite) => print(suite.title));
    runner.on('pass', (test) => {
      passed++;
      print(`  ok: ${test.title} (${test.duration ?? 0} ms)`);
    });
    runner.on('fail', (test, error: unknown) => {
      failed.push(test.fullTitle());
      print(`  FAILED: ${test.title}\n${textOf(error)}`);
    });
    runner.on('pending', (test) => {
      skipped.push(`${test.fullTitle()} (left out by the test itself)`);
      print(`  skipped: ${test.title}`);
    });
    signal.addEventListener('abort', () => runner.abort(), { once: true });
  });
  signal.throwIfAborted();
  if (passed + failed.length + skipped.length === 0) failed.push('mocha found no test');
  return { passed, failed, skipped, files: [] };
}

/** Says nothing: what mocha's own reporters write to the console of VS Code arrives garbled. */
class SilentReporter extends Mocha.reporters.Base {}

function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\nbecause: ${textOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
