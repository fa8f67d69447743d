// What a stage of the tests comes to.

/** How many tests passed, and which ones failed or were skipped. */
export interface Tally {
  readonly passed: number;
  /** The name of each failed test. */
  readonly failed: readonly string[];
  /** The name of each skipped test, with the reason. */
  readonly skipped: readonly string[];
}

/** One kind of test. */
export interface Stage {
  /** What `npm test -- NAME` calls it. */
  readonly name: string;
  /** Throws where the stage cannot even begin; MissingPrerequisiteError where this machine is at fault. */
  run(signal: AbortSignal): Promise<Tally>;
}

/** The tally of a stage that is one test. */
export function single(name: string, passed: boolean): Tally {
  return passed
    ? { passed: 1, failed: [], skipped: [] }
    : { passed: 0, failed: [name], skipped: [] };
}

/** Both tallies as one. */
export function sum(one: Tally, other: Tally): Tally {
  return {
    passed: one.passed + other.passed,
    failed: [...one.failed, ...other.failed],
    skipped: [...one.skipped, ...other.skipped],
  };
}

/** A tally without any test. */
export const nothing: Tally = { passed: 0, failed: [], skipped: [] };
