import type { Surroundings } from './surroundings.ts';

/** One thing that the command line can do. */
export interface Verb {
  /** How it is called: "ls [--json] URL". */
  readonly usage: string;
  /** What it does, for the help. */
  readonly summary: string;
  /**
   * True when everything was done. False when something failed and the user has been told. Rejects
   * with a `UsageError`, a `Failure` or the signal's reason.
   */
  run(args: readonly string[], surroundings: Surroundings, signal: AbortSignal): Promise<boolean>;
}
