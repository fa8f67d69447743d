import { raceAbort } from '../../base/abort.ts';
import type { TransferExchange } from '../control/exchange.ts';
import { ConnectionError } from '../errors.ts';
import type { Listener } from '../net/transport.ts';
import { type Rung, rungWords } from '../rung.ts';
import { DataConnection } from './dataConnection.ts';
import type { DataConnectionsUsed, EngineParts } from './engineParts.ts';
import {
  accepted,
  dataPorts,
  type Opening,
  openTransport,
  type PendingDataConnection,
} from './pendingDataConnection.ts';
import { TransferOrder } from './transferOrder.ts';

/** A data connection that is agreed on for one transfer, or one that was kept from the last. */
export type PreparedDataConnection = PendingDataConnection | DataConnection;

// How long a kept data connection is watched before it is used, when the server says 150, "about to
// open" (RFC 959, 4.2), though it has not closed the one that is there.
const reopeningMs = 500;

/**
 * RFC 959, 2.2, user-DTP: opens data connections, and keeps one for the next transfer. In block mode it
 * stays open until one of the two sides has a reason to close it.
 */
export class UserDTP implements AsyncDisposable {
  /** What became of the data connections so far; it changes in place. */
  readonly used: DataConnectionsUsed;
  /** In which transfers have the data connection. */
  readonly order: TransferOrder = new TransferOrder();
  readonly #parts: EngineParts;
  readonly #used = {
    rung: undefined as Rung | undefined,
    opened: 0,
    resumed: 0,
    leftDefaultPort: false,
  };
  readonly #open = new Set<DataConnection>();
  #disposed = false;
  #kept: DataConnection | undefined;
  #idle = false;
  #watched: Promise<unknown> | undefined;
  #listener: Promise<Listener> | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.used = this.#used;
  }

  /** The data connection that stays for the next transfer. */
  get kept(): DataConnection | undefined {
    return this.#kept;
  }

  /** True when a transfer on this rung can begin with nothing but its command. */
  isReady(rung: Rung): boolean {
    return this.#kept?.rung === rung;
  }

  /** Agrees on the transfer parameters of a rung. */
  async agree({ mode }: Rung, signal: AbortSignal): Promise<void> {
    const { pi } = this.#parts;
    // RFC 959 does not say what becomes of a kept connection after MODE: here it is closed.
    if (mode === 'stream' && pi.parameters.mode !== 'S') this.dropKept();
    await pi.agree({ type: 'I', mode: mode === 'block' ? 'B' : 'S' }, signal);
  }

  /** Agrees on a data port for one transfer, unless a kept connection serves. */
  async prepare(rung: Rung, signal: AbortSignal): Promise<PreparedDataConnection> {
    if (this.#kept && this.#kept.rung !== rung) this.dropKept();
    this.#idle = false;
    if (this.#kept) return this.#kept;
    if (rung.dataPort !== 'default') this.#used.leftDefaultPort = true;
    const agreeOn = dataPorts[rung.dataPort];
    return await agreeOn(this.#parts, signal, () => this.#defaultListener());
  }

  /**
   * Closes a connection that came before the command went out: the server dialled it for a transfer
   * that is over, and would end it with that one. Not to be called for a command that was sent ahead:
   * the server may have dialled for it by now.
   */
  async discardArrived(
    prepared: PreparedDataConnection,
    exchange: TransferExchange,
    signal: AbortSignal,
  ): Promise<void> {
    if (prepared instanceof DataConnection || prepared.dials) return;
    await Promise.race([raceAbort(exchange.sent, signal), exchange.begun(signal)]);
    (await this.#listener)?.discard();
  }

  /** Opens what was prepared, as soon as the server does its part; it has `opening.ms` for that. */
  async open(
    prepared: PreparedDataConnection,
    rung: Rung,
    exchange: TransferExchange,
    opening: Opening,
  ): Promise<DataConnection> {
    if (prepared instanceof DataConnection) return this.#reuse(prepared, exchange, opening.signal);
    return await this.#secured(prepared, rung, exchange, opening);
  }

  /**
   * The transfer is over and the framing in step: block mode keeps the connection. `idle`: no other
   * transfer has queued its command, so no byte may come.
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
    // Those too that a transfer still uses: its caller may never ask for the next piece.
    for (const connection of this.#open) this.drop(connection);
    const listener = await this.#listener?.catch(() => undefined);
    await listener?.[Symbol.asyncDispose]();
  }

  // An idle connection is closed at once when it ends, or when bytes come that no command asked for.
  // The listener stays open, for the server may dial the next connection at any time.
  #onIdle(connection: DataConnection, what: 'bytes' | 'ended'): void {
    if (connection === this.#kept && (what === 'ended' || this.#idle)) this.dropKept();
  }

  // A server may close the kept connection and dial another one, and our command may cross its FIN.
  // What the socket shows decides; the reply (125 or 150) is a hint.
  async #reuse(
    kept: DataConnection,
    exchange: TransferExchange,
    signal: AbortSignal,
  ): Promise<DataConnection> {
    const { clock } = this.#parts;
    const { timeouts } = this.#parts.options;
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
    const accepting = accepted(await this.#defaultListener());
    const ms = timeouts.dataConnection;
    return await this.#secured(accepting, kept.rung, exchange, { ms, isTrusted: true, signal });
  }

  async #secured(
    pending: PendingDataConnection,
    rung: Rung,
    exchange: TransferExchange,
    opening: Opening,
  ): Promise<DataConnection> {
    const secured = await openTransport(this.#parts, pending, { rung, exchange }, opening);
    const used = this.#used;
    used.opened += 1;
    if (secured.protection?.resumed === true) used.resumed += 1;
    used.rung = rung;
    const how = secured.protection ? (secured.protection.resumed ? ', resumed' : ', full') : '';
    this.#parts.logger.debug(`Data connection ${used.opened} open: ${rungWords(rung)}${how}`);
    const connection = new DataConnection(secured, rung);
    this.#open.add(connection);
    if (!this.#disposed) return connection;
    this.drop(connection);
    throw new ConnectionError('data', 'The session was closed');
  }

  #defaultListener(): Promise<Listener> {
    const { pi, network } = this.#parts;
    const { local, remote } = pi.control;
    this.#listener ??= network.listen(local, remote.host).catch((error: unknown) => {
      this.#listener = undefined;
      // Windows and macOS may refuse to share the port: then this rung cannot be used.
      throw new ConnectionError('data', `Port ${local.port} cannot be listened on`, {
        cause: error,
      });
    });
    return this.#listener;
  }
}
