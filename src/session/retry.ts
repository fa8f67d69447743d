import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { FtpError } from '../ftp/errors.ts';
import { allRungs } from '../ftp/options.ts';

export interface RetryOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the log: "reading /a". */
  readonly what: string;
  /** False where a repetition could do a thing twice. Left out: it may always be repeated. */
  readonly mayRepeat?: (error: FtpError) => boolean;
  /** True while no data connection could be had yet: each reconnection tries the next rung. */
  readonly onLadder?: () => boolean;
}

// Two repetitions outlive a connection that the server closed while it was idle and one that broke
// on the way; more would only keep the user waiting for the same answer.
const maxRepetitions = 2;

// Each rung that fails costs its control connection, so a walk down the ladder takes that many.
const maxLadderSteps: number = allRungs.length;

const backoffMs: readonly number[] = [100, 500];

/** Repeats what failed as its error's `remedy` allows, a few times, and then fails with that error. */
export async function retry<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  let repetitions = 0;
  let ladderSteps = 0;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      options.signal.throwIfAborted();
      if (!mayRepeat(error, options)) throw error;
      const down = error.remedy === 'reconnect' && (options.onLadder?.() ?? false);
      if (down ? ladderSteps >= maxLadderSteps - 1 : repetitions >= maxRepetitions) throw error;
      options.logger.warn(`Repeating ${options.what}: ${error.message}`);
      if (down) ladderSteps++;
      else await options.clock.sleep(backoffMs[repetitions++] ?? 0, options.signal);
    }
  }
}

function mayRepeat(error: unknown, options: RetryOptions): error is FtpError {
  return (
    error instanceof FtpError && error.remedy !== 'none' && (options.mayRepeat?.(error) ?? true)
  );
}
