import { describe, expect, test } from 'vitest';
import { runFaults } from './faultRuns.ts';
import { wrongs } from './judgement.ts';

const signal = new AbortController().signal;
const runs = 40;
const none = Object.fromEntries(wrongs.map((wrong) => [wrong, 0]));

// The short form of `npm run faults`. The seed decides what a run does, but not whether a deadline is
// met on this machine; nothing may go wrong either way.
describe.concurrent.each(['serve', 'iis'] as const)('one thing goes wrong on %s', (server) => {
  test(
    'and nothing is torn, lost, lied about, littered, hung or leaked',
    { timeout: 300_000 },
    async () => {
      const { tally, problems } = await runFaults({ server, seed: 7, runs, lanes: 3, signal });
      expect(problems).toEqual([]);
      expect(tally).toMatchObject({ runs, ...none });
      expect(tally.fired).toBeGreaterThan(runs * 0.7);
    },
  );
});
