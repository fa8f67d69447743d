// The stages that vitest runs, in this process: so the reason of a skipped test is known.
import { relative } from 'node:path';
import {
  type ModuleDiagnostic,
  type TestCase,
  type TestModule,
  type Vitest,
  createVitest,
} from 'vitest/node';
import { projectRoot } from '../paths.ts';
import type { Stage, Tally } from './tally.ts';

/** The properties, each tried with many times as many examples as in `unit`. */
export const properties: Stage = vitestStage('properties', 'vitest.nightly.config.ts');

/** Everything that needs neither a foreign server nor VS Code. */
export const unit: Stage = vitestStage('unit', 'vitest.config.ts');

/** The engine against real servers. */
export const servers: Stage = vitestStage('servers', 'vitest.servers.config.ts');

/** Client and server on hosts of their own, with firewalls between them. */
export const network: Stage = vitestStage('network', 'vitest.network.config.ts');

function vitestStage(name: string, config: string): Stage {
  return {
    name,
    run: async (signal) => {
      const vitest = await createVitest('test', {
        root: projectRoot,
        config,
        watch: false,
        run: true,
      });
      const cancel = (): void => void vitest.close();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        await vitest.start();
        signal.throwIfAborted();
        return tallyOf(vitest, name);
      } finally {
        signal.removeEventListener('abort', cancel);
        await vitest.close();
        // vitest sets it for its own command line; ours is decided by the tally.
        process.exitCode = undefined;
      }
    },
  };
}

function tallyOf(vitest: Vitest, stage: string): Tally {
  const modules = vitest.state.getTestModules();
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const passed = tests.filter((test) => test.result().state === 'passed').length;
  const failed = tests.filter((test) => !['passed', 'skipped'].includes(test.result().state));
  const broken = modules.filter(isBroken);
  const stray = vitest.state.getUnhandledErrors().length;
  return {
    passed,
    failed: [
      ...failed.map((test) => `${pathOf(test.module.moduleId)}: ${test.fullName}`),
      ...broken.map((module) => `${pathOf(module.moduleId)} could not be run`),
      ...(stray > 0 ? [`${stray} errors outside any test`] : []),
      // A stage that finds no test is no proof of anything.
      ...(tests.length === 0 ? [`${stage} found no test`] : []),
    ],
    skipped: tests.filter((test) => test.result().state === 'skipped').map(nameSkipped),
    files: modules.map((module) => ({
      path: pathOf(module.moduleId),
      seconds: secondsOf(module.diagnostic()),
    })),
  };
}

// What it takes to import a file of tests counts as much as running it.
function secondsOf({ collectDuration, setupDuration, duration }: ModuleDiagnostic): number {
  return (collectDuration + setupDuration + duration) / 1000;
}

// Where a hook of a suite fails, the suite's own tests are skipped, and none of them says so.
function isBroken(module: TestModule): boolean {
  const suites = [...module.children.allSuites()];
  return [module, ...suites].some((part) => part.errors().length > 0);
}

function nameSkipped(test: TestCase): string {
  const result = test.result();
  const reason = result.state === 'skipped' ? result.note : undefined;
  return `${pathOf(test.module.moduleId)}: ${test.fullName} (${reason ?? 'no reason given'})`;
}

function pathOf(moduleId: string): string {
  return relative(projectRoot, moduleId);
}
