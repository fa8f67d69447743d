import type { ExaminationParts } from '../doctor/doctorOptions.ts';
import type { Terminal } from './terminal.ts';

/** Everything that the verbs are given. The log goes to the terminal. */
export interface VerbParts extends Omit<ExaminationParts, 'logger'> {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The folder in which the process was started. */
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  readonly platform: NodeJS.Platform;
  readonly version: string;
}

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
  run(args: readonly string[], parts: VerbParts, signal: AbortSignal): Promise<boolean>;
}
