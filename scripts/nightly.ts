// `npm run nightly`: what takes too long for each change. `npm run nightly -- properties` and the
// like: only these stages.
import { faultServers } from '../test/faults/faultServers.ts';
import { runScript } from './interruption.ts';
import { faultStage } from './stages/faults.ts';
import { repeated } from './stages/repeated.ts';
import { runChosen } from './stages/run.ts';
import { network, properties, servers, unit } from './stages/vitest.ts';

const faultRows = 5;
const runsOfARow = 200;
// A test that fails once in a while shows by being run more often.
const repetitions = 3;

const stages = [
  properties,
  ...faultServers.map((server) => faultStage(server, faultRows, runsOfARow)),
  ...[unit, servers, network].map((stage) => repeated(stage, repetitions)),
];

await runScript((signal) => runChosen(stages, process.argv.slice(2), signal));
