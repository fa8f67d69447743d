import { FtpError, isAboutDataPort } from '../../ftp/errors.ts';
import type { Insistence } from '../../ftp/ftpConnection.ts';

// Two repetitions outlive a connection that the server closed while it was idle and one that broke
// on the way; more would only keep the user waiting for the same answer.
const maxRepetitions = 2;

// When an operation has failed for good, what it left must still be looked at or cleaned up: that
// outlives one broken connection more.
const maxRepetitionsAfterwards = 1;

// A walk down the ladder costs a control connection for each data port on which the server does not
// get through to us (the default one, EPRT, PORT), and one for the second chance of the rung that
// worked before; one more for what another connection finds out meanwhile.
const maxLadderSteps = 5;

const pausesMs: readonly number[] = [100, 500];

/**
 * How often one operation may fail and go on. All its requests carry the same one, and every layer
 * that repeats spends from it: repetitions of repetitions do not multiply.
 */
export class Attempts {
  /** Shared as well: an operation tries a ladder again, on which every rung has failed, only once. */
  readonly insistence: Insistence;
  readonly #maxRepetitions: number;
  readonly #ladderSteps: { left: number };
  #repetitions = 0;
  #lost: FtpError | undefined;
  #afterwards: Attempts | undefined;

  constructor(operation?: Attempts) {
    this.insistence = operation?.insistence ?? { isSpent: false };
    this.#ladderSteps = operation ? operation.#ladderSteps : { left: maxLadderSteps };
    this.#maxRepetitions = operation ? maxRepetitionsAfterwards : maxRepetitions;
    if (operation) this.#afterwards = this;
  }

  /** Those for finding out what became of the operation, and for cleaning up after it. */
  get afterwards(): Attempts {
    this.#afterwards ??= new Attempts(this);
    return this.#afterwards;
  }

  /** Throws where the connection was lost too often: what is asked all the same fails at once. */
  throwIfOver(): void {
    if (this.#lost) throw this.#lost;
  }

  /** Takes one for another attempt after this error: the pause before it, in milliseconds. */
  spend(error: unknown): number | 'none left' {
    // The next attempt begins on the next rung: that is another way, and no reason to wait.
    if (isLadderStep(error)) return this.#ladderSteps.left-- > 0 ? 0 : 'none left';
    if (this.#repetitions >= this.#maxRepetitions) {
      // After a refusal another way may be open; where there is no connection, there is none.
      if (error instanceof FtpError && error.remedy === 'reconnect') this.#lost = error;
      return 'none left';
    }
    return pausesMs[this.#repetitions++] ?? 0;
  }
}

function isLadderStep(error: unknown): boolean {
  return error instanceof FtpError && error.remedy === 'reconnect' && isAboutDataPort(error);
}
