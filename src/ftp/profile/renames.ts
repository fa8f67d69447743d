import { fieldsOf } from './remembered.ts';

/** What is kept of it between two starts. */
export interface RememberedRenames {
  readonly temporaryNames?: 'taken';
}

/** What was seen of RNFR and RNTO on one server. */
export class Renames {
  /** Whether RNTO replaces a file that is there: POSIX servers do, IIS refuses. */
  over: 'untried' | 'refused' = 'untried';
  /**
   * Whether files can arrive under a temporary name and take their own afterwards. `remembered`: they
   * could in an earlier session. `useless`: the server never renames anything, or cuts names short.
   */
  temporaryNames: 'untried' | 'remembered' | 'taken' | 'useless' = 'untried';

  /** A file was not renamed over another one, and was once that was out of the way. */
  refusesRenameOver(): void {
    this.over = 'refused';
  }

  /** A file was renamed, or would have been. */
  takesTemporaryNames(): void {
    this.temporaryNames = 'taken';
  }

  /** No file can take the name of another one, in no folder. */
  takesNoTemporaryNames(): void {
    this.temporaryNames = 'useless';
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
    if (this.temporaryNames === 'remembered') this.temporaryNames = 'untried';
  }

  /**
   * What is worth keeping. Not that temporary names are useless, nor in which folders, nor that
   * nothing is renamed over: those are the less safe ways, and one question tells whether they are
   * still needed.
   */
  remember(): RememberedRenames | undefined {
    const isTaken = this.temporaryNames === 'taken' || this.temporaryNames === 'remembered';
    return isTaken ? { temporaryNames: 'taken' } : undefined;
  }

  /** Takes up what was kept. */
  recall({ temporaryNames }: RememberedRenames): void {
    this.temporaryNames = temporaryNames === undefined ? 'untried' : 'remembered';
  }
}

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parseRenames(value: unknown): RememberedRenames | undefined {
  const { temporaryNames } = fieldsOf<RememberedRenames>(value);
  return temporaryNames === 'taken' ? { temporaryNames } : undefined;
}
