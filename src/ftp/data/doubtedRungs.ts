import { ConnectionError, ReplyError } from '../errors.ts';
import type { Rung } from '../rung.ts';
import {
  type FailedAttempt,
  isAboutTheRung,
  type RungChoice,
  type TransferCommand,
} from './rungChoice.ts';

/**
 * A transfer was begun and refused with no data connection in between. One server that knows block
 * mode (Hermes) does so where no command has told it a data port: 150, then 550. Others do it where
 * the file is missing. Another rung shows which of the two it is.
 */
class UnopenedError extends ConnectionError {
  override readonly cause: ReplyError;

  constructor(refusal: ReplyError) {
    super('data', `No data connection came before the refusal: ${refusal.message}`);
    this.cause = refusal;
  }
}

/** The same error, or one that knows that no data connection had been opened. */
export function unopened(error: unknown, rung: Rung): unknown {
  const isPlain = error instanceof ReplyError && !isAboutTheRung(error, rung);
  return isPlain ? new UnopenedError(error) : error;
}

/** The rungs that may be the reason why one transfer was refused. Other transfers still use them. */
export class DoubtedRungs {
  readonly #rungChoice: RungChoice;
  readonly #attempts: FailedAttempt[] = [];

  constructor(rungChoice: RungChoice) {
    this.#rungChoice = rungChoice;
  }

  get attempts(): readonly FailedAttempt[] {
    return this.#attempts;
  }

  /** The next rung. Where all have refused alike, the refusal is what it says. */
  rungFor(command: TransferCommand): Rung {
    const [first] = this.#attempts;
    const refused = this.#attempts.map(({ rung }) => rung);
    try {
      return this.#rungChoice.rungFor(command, refused);
    } catch (error) {
      throw first ? plain(first.error) : error;
    }
  }

  /** Leaves a rung that failed, or doubts it; throws where the failure is not about it. */
  blame(attempt: FailedAttempt): void {
    const { rung, error } = attempt;
    const isDoubtful = error instanceof UnopenedError && !this.#rungChoice.isTrusted(rung);
    if (isDoubtful) this.#attempts.push(attempt);
    else this.#rungChoice.fail({ ...attempt, error: plain(error) });
  }
}

function plain(error: unknown): unknown {
  return error instanceof UnopenedError ? error.cause : error;
}
