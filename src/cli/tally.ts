import type { Terminal } from './terminal.ts';

/** What became of the files of one command, each told in a line. */
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

  /** It was left out on purpose, which is no failure. */
  skip(sentence: string): void {
    this.#terminal.tell(sentence);
  }
}
