import { errorMessage } from '../../base/errorMessage.ts';
import { FtpError, ReplyError } from '../../ftp/errors.ts';
import { describeRequest } from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { Session, Step, Work } from '../session.ts';

/** A change that can be seen. */
export interface Change {
  act(work: Work): Promise<void>;
  happened(work: Work): Promise<boolean>;
  /** Whether it is looked for also after a refusal: servers refuse what they did. */
  readonly whenRefused: 'look' | 'believe';
}

const maxAttempts = 3;

/**
 * Does what must not be done twice. When the connection is lost before the reply, another one asks
 * whether it `happened`; only if not, it is done again.
 */
export async function atMostOnce(session: Session, step: Step, change: Change): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    let sent = false;
    // A reply says that it was not done: 450, "file busy".
    const mayRepeat = (error: FtpError): boolean =>
      !sent || (error instanceof ReplyError && error.remedy === 'retry');
    try {
      await session.perform({ ...step, mayRepeat }, (work) => {
        sent = true;
        return change.act(work);
      });
      return;
    } catch (error) {
      if (!sent || !(error instanceof FtpError)) throw error;
      const isLost = error.remedy === 'reconnect';
      const isRefused = error instanceof ReplyError && change.whenRefused === 'look';
      if (!isLost && !isRefused) throw error;
      if (await sees(session, step, change, error)) return;
      if (!isLost || attempt === maxAttempts) throw error;
    }
  }
}

async function sees(session: Session, step: Step, change: Change, why: FtpError): Promise<boolean> {
  // A refusal is told to whoever asked; that a connection was lost is told here alone.
  const tell = why instanceof ReplyError ? 'info' : 'warn';
  session.logger[tell](
    `Looking what became of ${describeRequest(step.intent, step.path)}: ${why.message}`,
  );
  try {
    return await session.perform(step, (work) => change.happened(work));
  } catch (error) {
    step.signal.throwIfAborted();
    if (why instanceof ReplyError) throw why;
    throw doubtful(step, error);
  }
}

function doubtful({ intent, path }: Step, cause: unknown): RemoteFileError {
  const why = errorMessage(cause);
  const message =
    `It is not known what became of ${describeRequest(intent, path)}: it may or may not have been ` +
    `done when the connection was lost. ${why}`;
  return new RemoteFileError('unavailable', path, message, { cause });
}
