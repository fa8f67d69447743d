import { TimeoutError } from '../../base/clock.ts';
import { errorMessage } from '../../base/errorMessage.ts';
import { FtpError } from '../../ftp/errors.ts';
import { systemErrorWords } from '../../ftp/net/systemErrors.ts';
import type { Transport } from '../../ftp/net/transport.ts';
import type { Subject } from '../doctorOptions.ts';

// A reachable host answers a SYN within a few round trips.
const longestDialMs = 10_000;

/** Dials one address of the server. Rejects with the system's error, or a `TimeoutError`. */
export async function dialServer(
  { options, parts }: Subject,
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<Transport> {
  const { timeouts, proxy } = options.connect;
  const network = proxy ? parts.network.through(proxy) : parts.network;
  const ms = Math.min(timeouts.connect, longestDialMs);
  using patience = parts.clock.deadline(ms, `an answer of port ${port}`, signal);
  return await network.dial({ host: address, port }, { signal: patience.signal });
}

/** The engine's error that a test met. Throws the signal's reason, and any other error, on. */
export function engineError(error: unknown, signal: AbortSignal): FtpError {
  signal.throwIfAborted();
  if (!(error instanceof FtpError)) throw error;
  return error;
}

/** Why dialling failed, in a few words. */
export function dialWords(error: unknown): string {
  if (error instanceof TimeoutError) return 'no answer';
  return systemErrorWords(error) ?? errorMessage(error);
}

/** The system's error code: of the error itself, or of the error that caused it. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return codeOf(error.cause);
}
