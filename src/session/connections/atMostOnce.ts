import { errorMessage } from '../../base/errorMessage.ts';
import type { Logger } from '../../base/logger.ts';
import { FtpError, ReplyError } from '../../ftp/errors.ts';
import { describeRequest } from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { Request, RequestAttempt, Requests } from './requests.ts';

/** A change that can be seen. */
export interface Change {
  act(attempt: RequestAttempt): Promise<void>;
  happened(attempt: RequestAttempt): Promise<boolean>;
  /** Whether it is looked for also after a refusal: servers refuse what they did. */
  readonly whenRefused: 'look' | 'believe';
}

interface AtMostOnceParts {
  readonly requests: Requests;
  readonly logger: Logger;
}

/**
 * Does what must not be done twice. When the connection is lost before the reply, another one asks
 * whether it `happened`; only if not, it is done again.
 */
export async function atMostOnce(
  parts: AtMostOnceParts,
  request: Request,
  change: Change,
): Promise<void> {
  for (;;) {
    let sent = false;
    // A reply says that it was not done: 450, "file busy".
    const mayRepeat = (error: FtpError): boolean =>
      !sent || (error instanceof ReplyError && error.remedy === 'retry');
    try {
      await parts.requests.perform({ ...request, mayRepeat }, (attempt) => {
        sent = true;
        return change.act(attempt);
      });
      return;
    } catch (error) {
      if (!sent || !(error instanceof FtpError)) throw error;
      const isLost = error.remedy === 'reconnect';
      const isRefused = error instanceof ReplyError && change.whenRefused === 'look';
      if (!isLost && !isRefused) throw error;
      if (await sees(parts, request, change, error)) return;
      if (!isLost || request.attempts.spend(error) === 'none left') throw error;
    }
  }
}

async function sees(
  parts: AtMostOnceParts,
  request: Request,
  change: Change,
  why: FtpError,
): Promise<boolean> {
  // The caller is told of a refusal; that a connection was lost is told here alone.
  const tell = why instanceof ReplyError ? 'info' : 'warn';
  parts.logger[tell](`Looking what became of ${describeRequest(request)}: ${why.message}`);
  try {
    const looking = { ...request, attempts: request.attempts.afterwards };
    return await parts.requests.perform(looking, (attempt) => change.happened(attempt));
  } catch (error) {
    request.signal.throwIfAborted();
    if (why instanceof ReplyError) throw why;
    throw doubtful(request, error);
  }
}

function doubtful(request: Request, cause: unknown): RemoteFileError {
  const why = errorMessage(cause);
  const message =
    `It is not known what became of ${describeRequest(request)}: it may or may not have been ` +
    `done when the connection was lost. ${why}`;
  return new RemoteFileError('unavailable', request.path, message, { cause });
}
