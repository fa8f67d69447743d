import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { FtpError, isAboutDataPort } from '../../ftp/errors.ts';

export interface RetryOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For the log: "reading /a". */
  readonly what: string;
  /** False where a repetition could do a thing twice. Left out: it may always be repeated. */
  readonly mayRepeat?: (error: FtpError) => boolean;
}

// Two repetitions outlive a connection that the server closed while it was idle and one that broke
// on the way; more would only keep the user waiting for the same answer.
const maxRepetitions = 2;

// A walk down the ladder costs a control connection for each data port on which the server does not
// get through to us (the default one, EPRT, PORT), and one for the second chance of the rung that
// worked before; one more for what another connection finds out meanwhile.
const maxLadderSteps = 5;

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
      // Whoever begins anew begins on the next rung.
      const down = error.remedy === 'reconnect' && isAboutDataPort(error);
      if (down ? ladderSteps >= maxLadderSteps : repetitions >= maxRepetitions) throw error;
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
