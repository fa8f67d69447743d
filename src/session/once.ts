import { FtpError, ReplyError } from '../ftp/errors.ts';
import type { Session, Step, Work } from './session.ts';

const maxAttempts = 3;

/**
 * Does what must not be done twice. When the connection is lost before the reply, another one asks
 * whether it `happened`; only if not, it is done again.
 */
export async function once(
  session: Session,
  step: Step,
  act: (work: Work) => Promise<void>,
  happened: (work: Work) => Promise<boolean>,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    let sent = false;
    // A reply says that it was not done: 450, "file busy".
    const mayRepeat = (error: FtpError): boolean =>
      !sent || (error instanceof ReplyError && error.remedy === 'retry');
    try {
      await session.perform({ ...step, mayRepeat }, (work) => {
        sent = true;
        return act(work);
      });
      return;
    } catch (error) {
      const doubtful = sent && error instanceof FtpError && error.remedy === 'reconnect';
      if (!doubtful || attempt === maxAttempts) throw error;
      session.logger.warn(`Lost in the middle of ${step.intent} of ${step.path}: looking`);
      if (await session.perform(step, happened)) return;
    }
  }
}
