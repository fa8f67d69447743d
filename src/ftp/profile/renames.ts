import { fieldsOf, known } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedRenames {
  readonly over?: 'refused';
  readonly neighbours?: 'taken';
}

/** What was seen of RNFR and RNTO on one server. */
export class Renames {
  #over: 'untried' | 'refused';
  #neighbours: 'untried' | 'taken' | 'useless';
  #isHearsay: boolean;

  constructor({ over, neighbours }: RememberedRenames = {}) {
    this.#over = over ?? 'untried';
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

  /** A folder refused one: that may be about this folder, but not where nothing else was seen yet. */
  neighbourRefused(): void {
    if (this.#isHearsay) this.#neighbours = 'untried';
    this.#isHearsay = false;
  }

  /**
   * What is worth keeping. Not that neighbours are useless, nor in which folders: writing in place is
   * the less safe way, and one question tells whether it is still needed.
   */
  remember(): RememberedRenames | undefined {
    return known<RememberedRenames>({
      over: this.#over === 'refused' ? 'refused' : undefined,
      neighbours: this.#neighbours === 'taken' ? 'taken' : undefined,
    });
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseRenames(value: unknown): RememberedRenames | undefined {
  const { over, neighbours } = fieldsOf<RememberedRenames>(value);
  return known<RememberedRenames>({
    over: over === 'refused' ? 'refused' : undefined,
    neighbours: neighbours === 'taken' ? 'taken' : undefined,
  });
}
