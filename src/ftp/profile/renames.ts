import { fieldsOf } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedRenames {
  readonly temporaryFiles?: 'taken';
}

/** What was seen of RNFR and RNTO on one server. */
export class Renames {
  #over: 'untried' | 'refused' = 'untried';
  #temporaryFiles: 'untried' | 'taken' | 'useless';
  #isHearsay: boolean;

  constructor({ temporaryFiles }: RememberedRenames = {}) {
    this.#temporaryFiles = temporaryFiles ?? 'untried';
    this.#isHearsay = temporaryFiles !== undefined;
  }

  /** Whether RNTO replaces a file that is there: POSIX servers do, IIS refuses. */
  get over(): 'untried' | 'refused' {
    return this.#over;
  }

  /** A file was not renamed over another one, and was once that was out of the way. */
  refusesRenameOver(): void {
    this.#over = 'refused';
  }

  /**
   * Whether files can arrive under another name and take theirs afterwards. `useless`: nothing is ever
   * renamed, or names are cut short.
   */
  get temporaryFiles(): 'untried' | 'taken' | 'useless' {
    return this.#temporaryFiles;
  }

  /** A file was renamed, or would have been. */
  takesTemporaryFiles(): void {
    this.#temporaryFiles = 'taken';
    this.#isHearsay = false;
  }

  /** No file can take the name of another one, in no folder. */
  takesNoTemporaryFiles(): void {
    this.#temporaryFiles = 'useless';
    this.#isHearsay = false;
  }

  /** A session begins: that nothing could be renamed in the one before is tried again. */
  sessionBegins(): void {
    if (this.#temporaryFiles === 'useless') this.#temporaryFiles = 'untried';
  }

  /** A folder refused one: that may be about this folder, but not where nothing else was seen yet. */
  temporaryFileRefused(): void {
    if (this.#isHearsay) this.#temporaryFiles = 'untried';
    this.#isHearsay = false;
  }

  /**
   * What is worth keeping. Not that temporary files are useless, nor in which folders, nor that nothing is
   * renamed over: those are the less safe ways, and one question tells whether they are still needed.
   */
  remember(): RememberedRenames | undefined {
    return this.#temporaryFiles === 'taken' ? { temporaryFiles: 'taken' } : undefined;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseRenames(value: unknown): RememberedRenames | undefined {
  const { temporaryFiles } = fieldsOf<RememberedRenames>(value);
  return temporaryFiles === 'taken' ? { temporaryFiles } : undefined;
}
