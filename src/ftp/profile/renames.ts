import { fieldsOf } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedRenames {
  readonly neighbours?: 'taken';
}

/** What was seen of RNFR and RNTO on one server. */
export class Renames {
  #over: 'untried' | 'refused' = 'untried';
  #neighbours: 'untried' | 'taken' | 'useless';
  #isHearsay: boolean;

  constructor({ neighbours }: RememberedRenames = {}) {
    this.#neighbours = neighbours ?? 'untried';
    this.#isHearsay = neighbours !== undefined;
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
  get neighbours(): 'untried' | 'taken' | 'useless' {
    return this.#neighbours;
  }

  /** A file was renamed, or would have been. */
  takesNeighbours(): void {
    this.#neighbours = 'taken';
    this.#isHearsay = false;
  }

  /** No file can take the name of another one, in no folder. */
  takesNoNeighbours(): void {
    this.#neighbours = 'useless';
    this.#isHearsay = false;
  }

  /** A session begins: that nothing could be renamed in the one before is tried again. */
  sessionBegins(): void {
    if (this.#neighbours === 'useless') this.#neighbours = 'untried';
  }

  /** A folder refused one: that may be about this folder, but not where nothing else was seen yet. */
  neighbourRefused(): void {
    if (this.#isHearsay) this.#neighbours = 'untried';
    this.#isHearsay = false;
  }

  /**
   * What is worth keeping. Not that neighbours are useless, nor in which folders, nor that nothing is
   * renamed over: those are the less safe ways, and one question tells whether they are still needed.
   */
  remember(): RememberedRenames | undefined {
    return this.#neighbours === 'taken' ? { neighbours: 'taken' } : undefined;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseRenames(value: unknown): RememberedRenames | undefined {
  const { neighbours } = fieldsOf<RememberedRenames>(value);
  return neighbours === 'taken' ? { neighbours } : undefined;
}
