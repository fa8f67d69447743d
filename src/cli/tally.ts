import type { Terminal } from './terminal.ts';

// Where a server was lost, a hundred thousand names would hide why.
const mostNamed = 10;

/** Counts the files of one command that failed, and tells of each in a line. */
export class Tally {
  readonly #terminal: Terminal;
  #failed = 0;
  #missed = 0;
  #hasMissedFolders = false;

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

  /** A file, or a folder with what is in it, was not tried: the first few are named. */
  miss(path: string, kind: 'file' | 'folder'): void {
    this.#failed += 1;
    this.#missed += 1;
    if (this.#missed <= mostNamed) this.#terminal.tell(`${path} was not copied.`);
    else this.#hasMissedFolders ||= kind === 'folder';
  }

  /** Says how many were not named. */
  tellMissed(): void {
    const unnamed = this.#missed - mostNamed;
    if (unnamed <= 0) return;
    const what = this.#hasMissedFolders ? 'files and folders, with what is in them,' : 'files';
    const said = unnamed === 1 ? 'one more was' : `${unnamed} more ${what} were`;
    this.#terminal.tell(`And ${said} not copied.`);
  }

  /** The file was left out on purpose, which is not a failure. */
  skip(sentence: string): void {
    this.#terminal.tell(sentence);
  }
}
