import type { ExaminationParts } from '../doctor/doctorOptions.ts';
import type { Terminal } from './terminal.ts';

/** Everything outside that the verbs may use. The log goes to the terminal. */
export interface Surroundings extends Omit<ExaminationParts, 'logger'> {
  readonly terminal: Terminal;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the process stands. */
  readonly workingDirectory: string;
  readonly homeDirectory: string;
  readonly platform: NodeJS.Platform;
  readonly version: string;
}
