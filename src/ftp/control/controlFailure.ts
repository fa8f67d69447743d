import { TimeoutError } from '../../base/clock.ts';
import { ConnectionError, FtpError, FtpTimeoutError, ProtocolError } from '../errors.ts';
import { GrammarError } from '../grammar/grammarError.ts';
import { type Reply, replyText } from '../grammar/reply.ts';

/** What ended the control connection, in the engine's words. */
export function controlFailure(error: unknown, waitingFor: string): FtpError {
  if (error instanceof FtpError) return error;
  if (error instanceof GrammarError) return new ProtocolError(error.message, { cause: error });
  if (error instanceof TimeoutError) return new FtpTimeoutError(waitingFor, { cause: error });
  const message = error instanceof Error ? error.message : String(error);
  return new ConnectionError('control', `The control connection broke: ${message}`, {
    cause: error,
  });
}

/** RFC 959, 5.4: 421 announces that the server closes the control connection. */
export function closedByServer(reply: Reply): ConnectionError {
  return new ConnectionError('control', `The server closed the session: ${replyText(reply)}`);
}
