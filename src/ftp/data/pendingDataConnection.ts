import { onAbort } from '../../base/abort.ts';
import { type Clock, type Deadline, TimeoutError } from '../../base/clock.ts';
import { isListing, type TransferExchange } from '../control/exchange.ts';
import { ConnectionError, type FtpError, toFtpError } from '../errors.ts';
import type { Endpoint } from '../grammar/endpoint.ts';
import type { Reply } from '../grammar/reply.ts';
import type { Listener, Transport } from '../net/transport.ts';
import type { Timeouts } from '../options.ts';
import { type DataPortName, type Rung, rungWords } from '../rung.ts';
import type { EngineParts } from './engineParts.ts';

/**
 * Agreed on, not yet open. Passive data ports dial in `open`, which may run while the transfer
 * command is on its way; active ones accept. Disposing gives the port up.
 */
export interface PendingDataConnection extends AsyncDisposable {
  /** True where we dial: that needs nothing more from the server. */
  readonly dials: boolean;
  open(signal: AbortSignal): Promise<Transport>;
}

/**
 * How a data connection comes about: says the command, if it takes one, and is ready.
 * `defaultListener` is RFC 959, 3.2: it listens on the control connection's own port.
 */
type DataPort = (
  parts: EngineParts,
  signal: AbortSignal,
  defaultListener: () => Promise<Listener>,
) => Promise<PendingDataConnection>;

/** The first phase of a data connection, for each data port. */
export const dataPorts: Readonly<Record<DataPortName, DataPort>> = {
  // RFC 959, 3.2: "the user-process default data port is the same as the control connection
  // port", and 3.3: it "must listen" before the transfer command is sent. Nothing is said.
  default: async (_parts, _signal, defaultListener) => accepted(await defaultListener()),

  epsv: async (parts, signal) => {
    const port = await parts.pi.extendedPassive(signal);
    return dialled(parts, { ...parts.pi.control.remote, port });
  },

  // An address in a 227 reply is often one that only the server's own network knows, and may be
  // an attack on a third host (CVE-2020-8284): the peer that we already talk to is dialled.
  pasv: async (parts, signal) => {
    const named = await parts.pi.passive(signal);
    const { remote } = parts.pi.control;
    return dialled(
      parts,
      parts.options.usePassiveAddress ? named : { ...remote, port: named.port },
    );
  },

  eprt: async (parts, signal) => {
    const listener = await listenForPeer(parts);
    return await agreed(listener, parts.pi.extendedPort(listener.endpoint, signal));
  },

  port: async (parts, signal) => {
    const listener = await listenForPeer(parts);
    if (listener.endpoint.family === 4) {
      return await agreed(listener, parts.pi.port(listener.endpoint, signal));
    }
    await listener[Symbol.asyncDispose]();
    throw new ConnectionError('data', 'PORT can name no IPv6 address (RFC 2428)');
  },
};

function dialled({ network }: EngineParts, remote: Endpoint): PendingDataConnection {
  return {
    dials: true,
    open: (signal) => network.dial(remote, { signal }),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** Waits for the server's connection; the listener stays open for the next one. */
export function accepted(listener: Listener): PendingDataConnection {
  return {
    dials: false,
    open: (signal) => listener.accept(signal),
    [Symbol.asyncDispose]: async () => {},
  };
}

function listenForPeer({ pi, network }: EngineParts): Promise<Listener> {
  return network.listen({ host: pi.control.local.host, port: 0 }, pi.control.remote.host);
}

async function agreed(listener: Listener, reply: Promise<void>): Promise<PendingDataConnection> {
  try {
    await reply;
  } catch (error) {
    await listener[Symbol.asyncDispose]();
    throw error;
  }
  return { ...accepted(listener), [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() };
}

/**
 * Opens it at once, before the transfer command is sent; `open` then hands it over. A data port that
 * does not answer then costs nothing but the wait: after the command, the server would be stuck in it.
 */
export async function opened(
  pending: PendingDataConnection,
  signal: AbortSignal,
): Promise<PendingDataConnection> {
  let transport: Transport | undefined = await pending.open(signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw noDataConnection(error);
  });
  return {
    dials: true,
    open: async () => {
      const taken = transport;
      transport = undefined;
      if (!taken) throw new ConnectionError('data', 'The data connection was taken before');
      return taken;
    },
    [Symbol.asyncDispose]: async () => {
      transport?.destroy();
      await pending[Symbol.asyncDispose]();
    },
  };
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
 * The second phase: opens what was prepared for a transfer, under TLS where data is protected. A
 * refusal of the transfer ends the waiting, and is what it rejects with.
 */
export async function openTransport(
  { pi, tls, clock, options: { timeouts } }: EngineParts,
  pending: PendingDataConnection,
  { rung, exchange }: { readonly rung: Rung; readonly exchange: TransferExchange },
  { ms, isTrusted, signal }: Opening,
): Promise<Transport> {
  using waiting = untilOver(exchange, clock, signal);
  try {
    const what = `a data connection (${rungWords(rung)})`;
    const busyMs = pending.dials || !isTrusted ? ms : busyListingMs(timeouts);
    using coming = new OpeningTime(clock, exchange, { what, ms, busyMs }, waiting.signal);
    const transport = await pending.open(coming.signal);
    coming[Symbol.dispose]();
    if (pi.parameters.protection !== 'P') {
      waiting.noteOpen();
      return transport;
    }
    // A port that answers is not closed: the handshake has a time of its own. ftp-srv answers 150
    // only after it, so this does not wait for any reply.
    const shakes = { what: 'TLS', ms: timeouts.dataConnection, busyMs: busyListingMs(timeouts) };
    using shaking = new OpeningTime(clock, exchange, shakes, waiting.signal);
    const secured = await tls.secure(transport, 'data', shaking.signal);
    waiting.noteOpen();
    return secured;
  } catch (error) {
    waiting.signal.throwIfAborted();
    if (error instanceof TimeoutError) throw error;
    await lateRefusal(exchange, clock, waiting.signal);
    throw noDataConnection(error);
  }
}

// Sooner than the deadline of the reply: once that has passed, nothing tells that it was about the
// data connection.
function busyListingMs({ reply, dataConnection }: Timeouts): number {
  return Math.max(dataConnection, 0.9 * reply);
}

/**
 * How long one step of the opening may take. A server may read a whole folder before it says 150 or
 * takes part in a handshake: a listing has more time until the server says something.
 */
class OpeningTime implements Disposable {
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

// A failure to connect in the engine's words.
function noDataConnection(error: unknown): FtpError {
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

// A server that refuses a transfer closes its data port, and we may notice that before we read the
// refusal: then the reply is the reason, and nothing is wrong with the port.
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
