import { FtpError, isAboutDataPort } from '../../ftp/errors.ts';
import type { Insistence } from '../../ftp/ftpConnection.ts';

// Two repetitions outlive a connection that the server closed while it was idle and one that broke
// on the way; more would only keep the user waiting for the same answer. To find out what became of an
// operation, and to remove what it left, it may be as often again.
const maxRepetitions = 2;

// A walk down the ladder costs a control connection for each data port on which the server does not
// get through to us (the default one, EPRT, PORT), and one for the second chance of the rung that
// worked before. One more is for what another connection finds out meanwhile.
const maxLadderSteps = 5;

const pausesMs: readonly number[] = [100, 500];

/**
 * How often one operation may fail and go on. All its requests carry the same one, and every layer
 * that repeats spends from it: repetitions of repetitions do not multiply.
 */
export class Attempts {
  /** Lets an operation try a ladder on which every rung has failed again, once. */
  readonly insistence: Insistence = { isSpent: false };
  /** A connection that it shared was lost: from then on its losses are its own. */
  isAlone = false;
  readonly #ladderSteps: { left: number };
  #repetitions = 0;
  #lost: FtpError | undefined;
  #afterwards: Attempts | undefined;

  constructor(operation?: Attempts) {
    this.#ladderSteps = operation ? operation.#ladderSteps : { left: maxLadderSteps };
    if (operation) this.#afterwards = this;
  }

  /** Those for finding out what became of the operation, and for cleaning up after it. */
  get afterwards(): Attempts {
    this.#afterwards ??= new Attempts(this);
    return this.#afterwards;
  }

  /** Throws where connections were lost too often: a further request of the operation is not sent. */
  throwIfOver(): void {
    if (this.#lost) throw this.#lost;
  }

  /**
   * Takes one for another attempt after this error: the pause before it, in milliseconds. Who broke a
   * `shared` connection is not known: that costs none, but the next attempts share no connection.
   */
  spend(error: unknown, connection: 'shared' | 'own' = 'own'): number | 'none left' {
    if (connection === 'shared' && isLoss(error)) {
      this.isAlone = true;
      return 0;
    }
    // The next attempt begins on the next rung: that is another way, and no reason to wait.
    if (isLadderStep(error)) return this.#ladderSteps.left-- > 0 ? 0 : 'none left';
    if (this.#repetitions >= maxRepetitions) {
      // After a refusal another way may be open; without a connection there is none. What must be done
      // afterwards is tried all the same.
      if (isLoss(error) && this.#afterwards !== this) this.#lost = error;
      return 'none left';
    }
    return pausesMs[this.#repetitions++] ?? 0;
  }
}

function isLoss(error: unknown): error is FtpError {
  return error instanceof FtpError && error.remedy === 'reconnect';
}

function isLadderStep(error: unknown): boolean {
  return isLoss(error) && isAboutDataPort(error);
}
