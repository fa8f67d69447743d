// The stages that read the code and run none of it; each counts as one test.
import { join } from 'node:path';
import { run } from '../childProcess.ts';
import { projectRoot } from '../paths.ts';
import { type Stage, single } from './tally.ts';

/** The compiler finds no fault. */
export const types: Stage = checkBy('types', 'typescript/bin/tsc', '-p', '.');

/** The linter finds no fault. */
export const lint: Stage = checkBy('lint', 'oxlint/bin/oxlint', '--type-aware', '--deny-warnings');

/** Every file is formatted as the formatter would. */
export const format: Stage = checkBy('format', 'oxfmt/bin/oxfmt', '--check');

function checkBy(name: string, program: string, ...args: readonly string[]): Stage {
  return {
    name,
    run: async (signal) => {
      const file = join(projectRoot, 'node_modules', ...program.split('/'));
      const code = await run(process.execPath, [file, ...args], { cwd: projectRoot, signal });
      return single(name, code === 0);
    },
  };
}
