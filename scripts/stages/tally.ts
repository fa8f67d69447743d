// What a stage of the tests comes to.

/** How many tests passed, and which ones failed or were skipped. */
export interface Tally {
  readonly passed: number;
  /** The name of each failed test. */
  readonly failed: readonly string[];
  /** The name of each skipped test, with the reason. */
  readonly skipped: readonly string[];
  /** How long each file of tests took, where the stage knows. */
  readonly files: readonly TestFile[];
}

export interface TestFile {
  /** Relative to the project. */
  readonly path: string;
  readonly seconds: number;
}

/** One kind of test. */
export interface Stage {
  /** What `npm test -- NAME` calls it. */
  readonly name: string;
  /** Throws where the stage cannot even begin; MissingPrerequisiteError where this machine is at fault. */
  run(signal: AbortSignal): Promise<Tally>;
}

/** A tally without any test. */
export const nothing: Tally = { passed: 0, failed: [], skipped: [], files: [] };

/** The tally of a stage that is one test. */
export function single(name: string, passed: boolean): Tally {
  return passed ? { ...nothing, passed: 1 } : { ...nothing, failed: [name] };
}

/** All tallies as one. */
export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((passed, tally) => passed + tally.passed, 0),
    failed: tallies.flatMap(({ failed }) => failed),
    skipped: tallies.flatMap(({ skipped }) => skipped),
    files: tallies.flatMap(({ files }) => files),
  };
}
