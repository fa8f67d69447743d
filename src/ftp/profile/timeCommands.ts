import { knownWord } from './remembered.ts';

/** The commands that set the time of a file: SITE UTIME takes it before the pathname, or thrice behind. */
export type TimeCommand = (typeof timeCommands)[number];

const timeCommands = ['MFMT', 'MDTM', 'SITE UTIME', 'SITE UTIME UTC'] as const;

/** What is kept of it between two starts. */
export type RememberedTimeCommand = TimeCommand;

/** Which command was seen to set a time on one server. */
export class TimeCommands {
  #used: 'unknown' | TimeCommand | 'none';

  constructor(remembered: RememberedTimeCommand | 'unknown' = 'unknown') {
    this.#used = remembered;
  }

  /** `none`: all were refused. */
  get used(): 'unknown' | TimeCommand | 'none' {
    return this.#used;
  }

  /** It set a time, and the file had it. */
  sets(command: TimeCommand): void {
    this.#used = command;
  }

  /** What was tried is not known to the server: one that worked before is doubted first. */
  allUnknown(): void {
    this.#used = this.#used === 'unknown' ? 'none' : 'unknown';
  }

  /** What is worth keeping. Not that all were refused: that may have been about one file. */
  remember(): RememberedTimeCommand | undefined {
    return this.#used === 'unknown' || this.#used === 'none' ? undefined : this.#used;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseTimeCommand(value: unknown): RememberedTimeCommand | undefined {
  return knownWord(timeCommands, value);
}
