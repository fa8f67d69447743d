import { raceAbort } from '../../base/abort.ts';
import type { Logger } from '../../base/logger.ts';
import { ConnectionError } from '../errors.ts';
import type { Listener, Network } from '../net/transport.ts';
import { type Rung, rungWords } from '../rung.ts';
import { DataConnection } from './dataConnection.ts';
import { dataPorts, opened, type PendingDataConnection } from './dataPort.ts';
import {
  noDataConnection,
  type Opening,
  type OpeningContext,
  openTransport,
} from './openTransport.ts';
import type { TransferExchange } from './transferExchange.ts';

/** What a user-DTP works with. */
export interface UserDTPContext extends OpeningContext {
  readonly network: Network;
  readonly logger: Logger;
  readonly usePassiveAddress: boolean;
}

// How long a kept data connection is looked at before it is used, when the server says 150, "about
// to open" (RFC 959, 4.2), though it has not closed the one that is there.
const reopeningMs = 500;

/**
 * RFC 959, 2.2, user-DTP: the one place that knows whether a data connection is there and whether
 * it stays. In block mode it stays until a side has a reason to close it.
 */
export class UserDTP implements AsyncDisposable {
  readonly #context: UserDTPContext;
  readonly #open = new Set<DataConnection>();
  #disposed = false;
  #kept: DataConnection | undefined;
  #idle = false;
  #watched: Promise<unknown> | undefined;
  #listener: Promise<Listener> | undefined;
  #leftDefaultPort = false;
  #rung: Rung | undefined;
  #opened = 0;
  #resumed = 0;

  constructor(context: UserDTPContext) {
    this.#context = context;
  }

  /** The rung of the last data connection. */
  get rung(): Rung | undefined {
    return this.#rung;
  }

  /** Data connections opened, and of them those that resumed a TLS session. */
  get counts(): { readonly opened: number; readonly resumed: number } {
    return { opened: this.#opened, resumed: this.#resumed };
  }

  /** RFC 959, 4.1.2: no command leads back to the default data port once another was agreed on. */
  get leftDefaultPort(): boolean {
    return this.#leftDefaultPort;
  }

  /** The data connection that stays for the next transfer. */
  get kept(): DataConnection | undefined {
    return this.#kept;
  }

  /** True when a transfer on this rung can begin with nothing but its command. */
  isReady(rung: Rung): boolean {
    return this.#kept?.rung === rung;
  }

  /** Agrees on a data port for one transfer, unless a kept connection serves. */
  async prepare(rung: Rung, signal: AbortSignal): Promise<PendingDataConnection | DataConnection> {
    if (this.#kept && this.#kept.rung !== rung) this.dropKept();
    this.#idle = false;
    if (this.#kept) return this.#kept;
    if (rung.dataPort !== 'default') this.#leftDefaultPort = true;
    return dataPorts[rung.dataPort](
      { ...this.#context, defaultListener: () => this.#defaultListener() },
      signal,
    );
  }

  /**
   * Dials before the transfer is asked for, where we are the one who dials. A data port that answers
   * nobody then costs nothing but the wait: asked for a transfer, the server would be stuck in it.
   */
  async reach(
    prepared: PendingDataConnection | DataConnection,
    signal: AbortSignal,
  ): Promise<PendingDataConnection | DataConnection> {
    if (prepared instanceof DataConnection || !prepared.dials) return prepared;
    try {
      return await opened(prepared, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw noDataConnection(error);
    }
  }

  /** Closes a connection that came while nobody wanted one: it belongs to the past. */
  async discardArrived(): Promise<void> {
    (await this.#listener)?.discard();
  }

  /** Opens what was prepared, as soon as the server does its part; it has `opening.ms` for that. */
  async open(
    prepared: PendingDataConnection | DataConnection,
    rung: Rung,
    exchange: TransferExchange,
    opening: Opening,
  ): Promise<DataConnection> {
    if (prepared instanceof DataConnection) return this.#reuse(prepared, exchange, opening.signal);
    return await this.#secured(prepared, rung, exchange, opening);
  }

  /**
   * The transfer is over and the framing in step: block mode keeps the connection. `idle`: no
   * transfer has been sent ahead, so nothing may come on it.
   */
  keep(connection: DataConnection, { idle }: { idle: boolean }): void {
    if (this.#disposed) return this.drop(connection);
    this.#kept = connection;
    this.#idle = idle;
    const filling = connection.fill();
    if (filling === this.#watched) return;
    this.#watched = filling;
    filling.then(
      (what) => this.#onIdle(connection, what),
      () => this.#onIdle(connection, 'ended'),
    );
  }

  /** Closes a data connection. */
  drop(connection: DataConnection | undefined): void {
    connection?.transport.destroy();
    if (connection) this.#open.delete(connection);
    if (connection === this.#kept) this.#kept = undefined;
  }

  dropKept(): void {
    this.drop(this.#kept);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    // One that a transfer still uses too: its caller may never ask for the next piece.
    for (const connection of this.#open) this.drop(connection);
    const listener = await this.#listener?.catch(() => undefined);
    await listener?.[Symbol.asyncDispose]();
  }

  // An idle connection that ends is closed at once, and one on which bytes come that nobody asked
  // for; the listener stays armed, for the server may dial the next one at any time.
  #onIdle(connection: DataConnection, what: 'bytes' | 'ended'): void {
    if (connection === this.#kept && (what === 'ended' || this.#idle)) this.dropKept();
  }

  // A server may close the kept connection and dial anew, and our command may cross its FIN: what
  // the socket shows decides, the reply (125 or 150) is a hint.
  async #reuse(
    kept: DataConnection,
    exchange: TransferExchange,
    signal: AbortSignal,
  ): Promise<DataConnection> {
    const { clock, timeouts } = this.#context;
    const reply = await exchange.begun(signal);
    const isDownload = exchange.command.verb !== 'STOR';
    if (isDownload || reply.code === 150) {
      // A download shows by its bytes that the connection serves; an upload only by not ending.
      const ms = isDownload ? timeouts.stall : reopeningMs;
      using patience = clock.deadline(ms, 'a sign of the data connection', signal);
      const look = raceAbort(kept.fill(), patience.signal).catch(() =>
        patience.signal.aborted ? ('quiet' as const) : ('ended' as const),
      );
      // The final reply of a download without a byte: an empty file that nothing marks.
      const seen = await (isDownload
        ? Promise.race([look, exchange.final().then(() => 'quiet' as const)])
        : look);
      signal.throwIfAborted();
      if (seen !== 'ended') return kept;
    } else if (this.#kept === kept) return kept;
    this.drop(kept);
    if (kept.rung.dataPort !== 'default') {
      throw new ConnectionError('data', 'The server closed the data connection');
    }
    const listener = await this.#defaultListener();
    const accepting: PendingDataConnection = {
      dials: false,
      open: (opening) => listener.accept(opening),
      [Symbol.asyncDispose]: async () => {},
    };
    const ms = timeouts.dataConnection;
    return await this.#secured(accepting, kept.rung, exchange, { ms, isTrusted: true, signal });
  }

  async #secured(
    pending: PendingDataConnection,
    rung: Rung,
    exchange: TransferExchange,
    opening: Opening,
  ): Promise<DataConnection> {
    const { logger } = this.#context;
    const secured = await openTransport(this.#context, pending, { rung, exchange }, opening);
    this.#opened += 1;
    if (secured.protection?.resumed === true) this.#resumed += 1;
    this.#rung = rung;
    const how = secured.protection ? (secured.protection.resumed ? ', resumed' : ', full') : '';
    logger.debug(`Data connection ${this.#opened} open: ${rungWords(rung)}${how}`);
    const connection = new DataConnection(secured, rung);
    this.#open.add(connection);
    if (!this.#disposed) return connection;
    this.drop(connection);
    throw new ConnectionError('data', 'The session was closed');
  }

  #defaultListener(): Promise<Listener> {
    const { pi, network } = this.#context;
    const { local, remote } = pi.control;
    this.#listener ??= network.listen(local, remote.host).catch((error: unknown) => {
      this.#listener = undefined;
      // Windows and macOS may refuse to share the port: then this rung is not to be had.
      throw new ConnectionError('data', `Port ${local.port} cannot be listened on`, {
        cause: error,
      });
    });
    return this.#listener;
  }
}
