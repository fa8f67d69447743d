// Contenders who do the same thing in turn, so that what else the machine does meets all alike.
import { errorMessage } from '../../src/base/errorMessage.ts';
import { type Sample, sampleOf } from './samples.ts';

/** Somebody who can do the thing. */
export interface Contender {
  readonly name: string;
  /**
   * `turns` where it is left out; `once`: measured once, at the same time as all the others who are, as
   * they mostly wait.
   */
  readonly pace?: 'turns' | 'once';
  /** Does it once, from the start of the program to its end; rejects where it is not done. */
  run(): Promise<void>;
  /** Makes things as they were before, and is not measured. */
  reset?(): Promise<void>;
  /** Rejects where the thing was not done after all; not measured either. */
  check?(): Promise<void>;
}

export interface RaceOptions {
  /** How often each of them is measured. */
  readonly rounds: number;
  /** Who takes longer, in milliseconds, is measured once. */
  readonly patience: number;
  /** Milliseconds from some moment on. */
  readonly now: () => number;
}

export interface RaceResult {
  /** By name, in milliseconds. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** Sentences about those who failed or were measured once. */
  readonly notes: readonly string[];
}

/**
 * Lets each do it once unmeasured, so that all know the server and find the files in memory; then all
 * of them in turn, again and again. Who fails is left out from there on.
 */
export async function race(
  all: readonly Contender[],
  { rounds, patience, now }: RaceOptions,
): Promise<RaceResult> {
  const contenders = all.filter(({ pace }) => pace !== 'once');
  const { times, notes } = await raceOnce(
    all.filter(({ pace }) => pace === 'once'),
    now,
  );
  const finished = new Set<string>();
  for (let round = 0; round <= rounds; round++) {
    for (const contender of contenders.filter(({ name }) => !finished.has(name))) {
      const { name } = contender;
      const took = await once(contender, now).catch((error: unknown) => errorMessage(error));
      if (typeof took === 'string') {
        finished.add(name);
        times.delete(name);
        notes.push(`${name}: ${firstLine(took)}`);
        continue;
      }
      const isSlow = round === 0 && took > patience;
      if (isSlow) {
        finished.add(name);
        notes.push(`${name}: slow, measured once`);
      }
      if (round > 0 || isSlow) times.set(name, [...(times.get(name) ?? []), took]);
    }
  }
  const samples = new Map([...times].map(([name, measured]) => [name, sampleOf(measured)]));
  return { samples, notes };
}

/** What was measured so far. */
interface Begun {
  readonly times: Map<string, number[]>;
  readonly notes: string[];
}

async function raceOnce(contenders: readonly Contender[], now: () => number): Promise<Begun> {
  const begun: Begun = { times: new Map(), notes: [] };
  const results = await Promise.allSettled(contenders.map((each) => once(each, now)));
  for (const [index, { name }] of contenders.entries()) {
    const result = results[index];
    if (result?.status === 'fulfilled') begun.times.set(name, [result.value]);
    else begun.notes.push(`${name}: ${firstLine(errorMessage(result?.reason))}`);
  }
  const measured = [...begun.times.keys()].join(', ');
  if (measured !== '') begun.notes.push(`${measured}: once, at the same time as one another`);
  return begun;
}

async function once(contender: Contender, now: () => number): Promise<number> {
  await contender.reset?.();
  const started = now();
  await contender.run();
  const took = now() - started;
  await contender.check?.();
  return took;
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line !== '') ?? text;
}
