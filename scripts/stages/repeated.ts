import { type Stage, sum, type Tally } from './tally.ts';

/** The stage, so many times one after another. */
export function repeated(stage: Stage, times: number): Stage {
  return {
    name: `${stage.name}-repeated`,
    run: async (signal) => {
      const tallies: Tally[] = [];
      for (let time = 0; time < times; time++) tallies.push(await stage.run(signal));
      return sum(tallies);
    },
  };
}
