import { type FtpError, isAboutDataPort } from '../../ftp/errors.ts';
import { Insistence } from '../../ftp/ftpConnection.ts';

// Two repetitions outlive a connection that the server closed while it was idle and one that broke
// on the way; more would only keep the user waiting for the same answer.
const maxRepetitions = 2;

// A walk down the ladder costs a control connection for each data port on which the server does not
// get through to us (the default one, EPRT, PORT), and one for the second chance of the rung that
// worked before; one more for what another connection finds out meanwhile.
const maxLadderSteps = 5;

const pausesMs: readonly number[] = [100, 500];

/** How often one operation may fail and go on. */
export class Attempts {
  readonly insistence: Insistence = new Insistence();
  #repetitions = 0;
  #ladderSteps = 0;

  /** Takes one for another attempt after this error: the pause before it, in milliseconds. */
  spend(error: FtpError): number | 'none left' {
    // The next attempt begins on the next rung: another way, and no reason to wait.
    if (error.remedy === 'reconnect' && isAboutDataPort(error)) {
      return this.#ladderSteps++ < maxLadderSteps ? 0 : 'none left';
    }
    if (this.#repetitions >= maxRepetitions) return 'none left';
    return pausesMs[this.#repetitions++] ?? 0;
  }
}
