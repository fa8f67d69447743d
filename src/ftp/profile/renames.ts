import { fieldsOf } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedRenames {
  readonly neighbours?: 'taken';
}

/** What was seen of RNFR and RNTO on one server. */
export class Renames {
  /** Whether RNTO replaces a file that is there: POSIX servers do, IIS refuses. */
  over: 'untried' | 'refused' = 'untried';
  /**
   * Whether files can arrive under a temporary name and take their own afterwards. `useless`: the
   * server never renames anything, or cuts names short.
   */
  temporaryNames: 'untried' | 'taken' | 'useless' = 'untried';
  #isOnlyRemembered = false;

  /** A file was not renamed over another one, and was once that was out of the way. */
  refusesRenameOver(): void {
    this.over = 'refused';
  }

  /** A file was renamed, or would have been. */
  takesTemporaryNames(): void {
    this.temporaryNames = 'taken';
    this.#isOnlyRemembered = false;
  }

  /** No file can take the name of another one, in no folder. */
  takesNoTemporaryNames(): void {
    this.temporaryNames = 'useless';
    this.#isOnlyRemembered = false;
  }

  /** A session begins: that nothing could be renamed in the one before is tried again. */
  sessionBegins(): void {
    if (this.temporaryNames === 'useless') this.temporaryNames = 'untried';
  }

  /**
   * A folder refused one. That says nothing of other folders, unless all that is known of them is
   * only remembered.
   */
  temporaryNameRefused(): void {
    if (this.#isOnlyRemembered) this.temporaryNames = 'untried';
    this.#isOnlyRemembered = false;
  }

  /**
   * What is worth keeping. Not that temporary names are useless, nor in which folders, nor that
   * nothing is renamed over: those are the less safe ways, and one question tells whether they are
   * still needed.
   */
  remember(): RememberedRenames | undefined {
    return this.temporaryNames === 'taken' ? { neighbours: 'taken' } : undefined;
  }

  /** Takes up what was kept. */
  recall({ neighbours }: RememberedRenames): void {
    this.temporaryNames = neighbours ?? 'untried';
    this.#isOnlyRemembered = neighbours !== undefined;
  }
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseRenames(value: unknown): RememberedRenames | undefined {
  const { neighbours } = fieldsOf<RememberedRenames>(value);
  return neighbours === 'taken' ? { neighbours } : undefined;
}
