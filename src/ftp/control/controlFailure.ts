import { ConnectionError, type FtpError, ProtocolError, toFtpError } from '../errors.ts';
import { mayAnswer } from '../grammar/possibleReply.ts';
import { quoteReply, type Reply } from '../grammar/reply.ts';
import type { Exchange } from './exchange.ts';

/** What ended the control connection, in the engine's words. */
export function controlFailure(error: unknown): FtpError {
  return toFtpError(
    error,
    (message) =>
      new ConnectionError('control', `The control connection broke: ${message}`, { cause: error }),
  );
}

/** RFC 959, 5.4: 421 announces that the server closes the control connection. */
export function closedByServer(reply: Reply): ConnectionError {
  return new ConnectionError('control', `The server closed the session: ${quoteReply(reply)}`);
}

/**
 * RFC 959, 4.2: every reply answers a command. What is wrong with the two where this one cannot: one
 * reply came too many, and all that follow would be taken for others.
 */
export function outOfStep(exchange: Exchange | undefined, reply: Reply): FtpError | undefined {
  if (exchange) {
    const command = exchange.current;
    if (!command || mayAnswer(command, reply)) return undefined;
    return new ProtocolError(`A reply that cannot answer ${command.verb}: ${quoteReply(reply)}`);
  }
  if (reply.code === 421) return closedByServer(reply);
  return new ProtocolError(`A reply that answers nothing: ${quoteReply(reply)}`);
}
