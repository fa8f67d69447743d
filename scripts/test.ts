// `npm test`: everything, one stage after another. `npm test -- unit browser`: only these stages.
import { runScript } from './interruption.ts';
import { browser } from './stages/browser.ts';
import { format, lint, types } from './stages/checks.ts';
import { inHost } from './stages/inHost.ts';
import { runChosen } from './stages/run.ts';
import { network, servers, unit } from './stages/vitest.ts';

const stages = [types, lint, format, unit, servers, network, inHost, browser];

await runScript((signal) => runChosen(stages, process.argv.slice(2), signal));
