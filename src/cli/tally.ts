import type { Terminal } from './terminal.ts';

/** Counts the files of one command that failed, and tells of each in a line. */
export class Tally {
  readonly #terminal: Terminal;
  #failed = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  get complete(): boolean {
    return this.#failed === 0;
  }

  fail(sentence: string): void {
    this.#failed += 1;
    this.#terminal.tell(sentence);
  }

  /** The file was left out on purpose, which is not a failure. */
  skip(sentence: string): void {
    this.#terminal.tell(sentence);
  }
}
