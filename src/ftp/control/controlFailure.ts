import { ConnectionError, type FtpError, ProtocolError, toFtpError } from '../errors.ts';
import { quoteReply, type Reply } from '../grammar/reply.ts';

/** What ended the control connection, in the engine's words. */
export function controlFailure(error: unknown): FtpError {
  return toFtpError(
    error,
    (message) =>
      new ConnectionError('control', `The control connection broke: ${message}`, { cause: error }),
  );
}

/** RFC 959, 4.2: every reply answers a command, but for a 421. */
export function answersNothing(reply: Reply): FtpError {
  if (reply.code === 421) return closedByServer(reply);
  return new ProtocolError(`A reply that answers nothing: ${quoteReply(reply)}`);
}

/** RFC 959, 5.4: 421 announces that the server closes the control connection. */
export function closedByServer(reply: Reply): ConnectionError {
  return new ConnectionError('control', `The server closed the session: ${quoteReply(reply)}`);
}
