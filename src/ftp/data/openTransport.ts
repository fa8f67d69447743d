import { onAbort } from '../../base/abort.ts';
import { type Clock, type Deadline, TimeoutError } from '../../base/clock.ts';
import type { UserPI } from '../control/userPI.ts';
import { ConnectionError, type FtpError, toFtpError } from '../errors.ts';
import type { Reply } from '../grammar/reply.ts';
import type { TlsContext, Transport } from '../net/transport.ts';
import type { Timeouts } from '../options.ts';
import { type Rung, rungWords } from '../rung.ts';
import type { PendingDataConnection } from './dataPort.ts';
import { isListing, type TransferExchange } from './transferExchange.ts';

/** What the opening of a data connection needs of its surroundings. */
export interface OpeningContext {
  readonly pi: UserPI;
  readonly tls: TlsContext;
  readonly clock: Clock;
  readonly timeouts: Timeouts;
}

/** How long a data connection may take to come about, its TLS handshake apart. */
export interface Opening {
  readonly ms: number;
  /** The way to the data port has worked before: that nothing comes may have other reasons. */
  readonly isTrusted: boolean;
  readonly signal: AbortSignal;
}

/** The final reply to a transfer says that all is well, and no data connection has come about. */
export class OverWithoutDataError extends ConnectionError {
  readonly reply: Reply;

  constructor(reply: Reply) {
    super('data', 'The transfer is over without a data connection');
    this.reply = reply;
  }
}

// How much later than the end of its data connection the reply that refuses a transfer may come.
const refusalMs = 500;

/**
 * Opens what was prepared for a transfer, under TLS where data is protected. A refusal of the
 * transfer ends the waiting, and is what it rejects with.
 */
export async function openTransport(
  { pi, tls, clock, timeouts }: OpeningContext,
  pending: PendingDataConnection,
  { rung, exchange }: { readonly rung: Rung; readonly exchange: TransferExchange },
  { ms, isTrusted, signal }: Opening,
): Promise<Transport> {
  using waiting = untilOver(exchange, clock, signal);
  try {
    const what = `a data connection (${rungWords(rung)})`;
    const busyMs = pending.dials || !isTrusted ? ms : busyListingMs(timeouts);
    using coming = new Patience(clock, exchange, { what, ms, busyMs }, waiting.signal);
    const transport = await pending.open(coming.signal);
    waiting.noteOpen();
    coming[Symbol.dispose]();
    if (pi.parameters.protection !== 'P') return transport;
    // Who answers is no closed door: the handshake has a time of its own. ftp-srv answers 150
    // only after it, so this does not wait for any reply.
    const shakes = { what: 'TLS', ms: timeouts.dataConnection, busyMs: busyListingMs(timeouts) };
    using shaking = new Patience(clock, exchange, shakes, waiting.signal);
    return await tls.secure(transport, 'data', shaking.signal);
  } catch (error) {
    waiting.signal.throwIfAborted();
    if (error instanceof TimeoutError) throw error;
    await lateRefusal(exchange, clock, waiting.signal);
    throw noDataConnection(error);
  }
}

// Sooner than the deadline of the reply, after which nobody could tell that it was about the data.
function busyListingMs({ reply, dataConnection }: Timeouts): number {
  return Math.max(dataConnection, 0.9 * reply);
}

/**
 * How long something may take. A server may read a whole folder before it says 150 or takes part in
 * a handshake: until it says something a listing has more time.
 */
class Patience implements Disposable {
  readonly #over = new AbortController();
  #deadline: Deadline | undefined;

  constructor(
    clock: Clock,
    exchange: TransferExchange,
    { what, ms, busyMs }: { readonly what: string; readonly ms: number; readonly busyMs: number },
    signal: AbortSignal,
  ) {
    const begin = (time: number): void => {
      const deadline = clock.deadline(time, what, signal);
      this.#deadline = deadline;
      onAbort(deadline.signal, (reason) => this.#over.abort(reason));
    };
    const mayBeBusy = isListing(exchange.command) && !exchange.hasBegun && busyMs > ms;
    begin(mayBeBusy ? busyMs : ms);
    if (!mayBeBusy) return;
    const onBegun = (): void => {
      if (this.#deadline === undefined) return;
      this[Symbol.dispose]();
      begin(ms);
    };
    exchange.begun(this.#over.signal).then(onBegun, () => {});
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  [Symbol.dispose](): void {
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
  }
}

/** A failure to connect in the engine's words. */
export function noDataConnection(error: unknown): FtpError {
  return toFtpError(
    error,
    (message) => new ConnectionError('data', `No data connection: ${message}`, { cause: error }),
  );
}

interface Waiting extends Disposable {
  /** Ends with the caller's signal, and when the transfer is over before there is a connection. */
  readonly signal: AbortSignal;
  noteOpen(): void;
}

// A refusal ends the waiting, in the middle of a handshake too: vsftpd takes the connection, finds
// no file, and leaves the handshake unanswered.
function untilOver(exchange: TransferExchange, clock: Clock, signal: AbortSignal): Waiting {
  const waiting = new AbortController();
  const given = onAbort(signal, (reason) => waiting.abort(reason));
  let over: Deadline | undefined;
  let isOpen = false;
  exchange.final().then(
    (reply) => {
      if (isOpen || waiting.signal.aborted) return;
      // A server that has not seen the end of a connection that we dropped sends the file there.
      over = clock.deadline(refusalMs, 'a data connection of what is over', waiting.signal);
      const none = new OverWithoutDataError(reply);
      over.signal.addEventListener('abort', () => waiting.abort(none));
    },
    (error: unknown) => waiting.abort(error),
  );
  return {
    signal: waiting.signal,
    noteOpen: () => {
      isOpen = true;
      over?.[Symbol.dispose]();
    },
    [Symbol.dispose]: () => given[Symbol.dispose](),
  };
}

// Who refuses a transfer closes its data port, and we may notice that before we hear why: then the
// reply is the reason, and the port nothing to be blamed.
async function lateRefusal(
  exchange: TransferExchange,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  using patience = clock.deadline(refusalMs, 'a refusal', signal);
  try {
    await exchange.final(patience.signal);
  } catch (error) {
    if (signal.aborted || error !== patience.signal.reason) throw error;
  }
}
