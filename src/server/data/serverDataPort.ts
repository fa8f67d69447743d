import { BlockParser } from '../../ftp/grammar/block.ts';
import type { Endpoint } from '../../ftp/grammar/endpoint.ts';
import { Refusal } from '../control/serverReply.ts';
import type { ServerParts } from '../serverParts.ts';
import type { SessionTls } from '../tls.ts';
import type { DataTransport } from './dataTransport.ts';
import {
  type DataProtection,
  dialData,
  listenForData,
  NotResumedError,
  type PassivePort,
} from './serverNetwork.ts';

/** An open data connection. In block mode one parser reads it as long as it is open. */
export interface ServerDataConnection {
  readonly transport: DataTransport;
  readonly blocks: BlockParser;
}

type SetUp =
  | { readonly kind: 'default' }
  | { readonly kind: 'active'; readonly remote: Endpoint }
  | { readonly kind: 'passive'; readonly port: PassivePort }
  /** The passive port has had its connection: the client must ask for another one. */
  | { readonly kind: 'spent' };

/**
 * How the next data connection of a session is opened, and the connection that block mode keeps. At most
 * one connection and one listener are open at a time.
 */
export class ServerDataPort implements AsyncDisposable {
  readonly #server: ServerParts;
  readonly #local: Endpoint;
  readonly #remote: Endpoint;
  #setUp: SetUp = { kind: 'default' };
  #kept: ServerDataConnection | undefined;
  #tls: SessionTls | undefined;

  /** The two ends of the control connection give the default data ports (RFC 959, 3.2). */
  constructor(server: ServerParts, local: Endpoint, remote: Endpoint) {
    this.#server = server;
    this.#local = local;
    this.#remote = remote;
  }

  /** Sets the TLS of later data connections: that of the control connection. */
  protectBy(tls: SessionTls | undefined): void {
    this.#tls = tls;
  }

  /** The connection that the last transfer left open, if the client has not closed it. */
  get kept(): ServerDataConnection | undefined {
    if (this.#kept?.transport.over) this.close();
    return this.#kept;
  }

  /** What the client has chosen, in words for STAT. */
  get description(): string {
    return {
      default: 'default',
      active: 'chosen by the client',
      passive: 'passive',
      spent: 'none',
    }[this.#setUp.kind];
  }

  /** PASV and EPSV: waits for the client on a port of its own. */
  async listen(protection: 'C' | 'P'): Promise<Endpoint> {
    this.#expectDataPath();
    await this.#giveUp();
    const port = await listenForData(
      this.#local.host,
      this.#remote.host,
      this.#protection(protection),
    );
    this.#setUp = { kind: 'passive', port };
    return port.endpoint;
  }

  /** PORT and EPRT. */
  async dialTo(remote: Endpoint): Promise<void> {
    await this.#giveUp();
    this.#setUp = { kind: 'active', remote };
  }

  /** Back to the default data port; a kept connection is closed. */
  async reset(): Promise<void> {
    await this.#giveUp();
    this.#setUp = { kind: 'default' };
  }

  /** A connection for one transfer. The caller keeps, ends or destroys it. */
  async open(protection: 'C' | 'P', signal: AbortSignal): Promise<ServerDataConnection> {
    this.close();
    this.#expectDataPath();
    const { clock, limits } = this.#server;
    using deadline = clock.deadline(limits.dataConnection, 'a data connection', signal);
    const transport = await this.#connect(this.#protection(protection), deadline.signal);
    this.#server.trackData(transport);
    return { transport, blocks: new BlockParser() };
  }

  #protection(level: 'C' | 'P'): DataProtection | undefined {
    if (level === 'C') return undefined;
    if (!this.#tls) throw new Refusal(521, 'The control connection is not protected');
    return { tls: this.#tls, mustResume: this.#server.options.requireSessionReuse ?? false };
  }

  #expectDataPath(): void {
    if (this.#server.faults.refusesData) throw new Refusal(425, 'No data connection can be opened');
  }

  /** Block mode: the connection stays for the next transfer. */
  keep(connection: ServerDataConnection): void {
    this.#kept = connection;
    void connection.transport.ended.then(() => {
      if (this.#kept === connection) this.close();
    });
  }

  /** The connection broke during a transfer: it is no longer kept. */
  forget(connection: ServerDataConnection): void {
    if (this.#kept === connection) this.#kept = undefined;
  }

  /** ABOR: closes the kept connection, and a passive port without a connection. */
  abandon(): void {
    this.close();
    if (this.#setUp.kind !== 'passive') return;
    void this.#setUp.port[Symbol.asyncDispose]();
    this.#setUp = { kind: 'spent' };
  }

  /** Ends the kept connection. RFC 959, 3.2: the server closes it. */
  close(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept) void this.retire(kept);
  }

  /** Ends a connection after its last byte. Resolves when the system has taken that. */
  async retire({ transport }: ServerDataConnection): Promise<void> {
    const { clock, limits } = this.#server;
    const deadline = clock.deadline(limits.linger, 'the end of a data connection');
    deadline.signal.addEventListener('abort', () => transport.destroy(), { once: true });
    void transport.closed.then(() => deadline[Symbol.dispose]());
    await transport.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#giveUp();
  }

  async #giveUp(): Promise<void> {
    this.close();
    if (this.#setUp.kind === 'passive') {
      const { port } = this.#setUp;
      this.#setUp = { kind: 'spent' };
      await port[Symbol.asyncDispose]();
    }
  }

  async #connect(
    protection: DataProtection | undefined,
    signal: AbortSignal,
  ): Promise<DataTransport> {
    const setUp = this.#setUp;
    if (setUp.kind === 'spent') throw new Refusal(425, 'Say EPSV, PASV, EPRT or PORT first');
    try {
      if (setUp.kind === 'passive') {
        this.#setUp = { kind: 'spent' };
        await using port = setUp.port;
        return await port.accept(signal);
      }
      const { neverDials } = this.#server.faults;
      if (neverDials === true || neverDials === setUp.kind) {
        await this.#server.clock.sleep(2 ** 30, signal);
      }
      const remote = setUp.kind === 'active' ? setUp.remote : this.#defaultRemote;
      return await this.#dial(remote, protection, signal);
    } catch (error) {
      if (error instanceof NotResumedError) {
        throw new Refusal(522, 'The data connection must resume the TLS session', { cause: error });
      }
      throw new Refusal(425, 'The data connection could not be opened', { cause: error });
    }
  }

  get #defaultRemote(): Endpoint {
    const below = this.#server.personality.dialsBelowDefault ? 1 : 0;
    return { ...this.#remote, port: this.#remote.port - below };
  }

  // RFC 959, 3.2: the server's default data port is the one next to the control connection's, L-1.
  async #dial(
    remote: Endpoint,
    protection: DataProtection | undefined,
    signal: AbortSignal,
  ): Promise<DataTransport> {
    const { host, port } = this.#local;
    return dialData({ host, port: port - 1 }, remote, protection, signal);
  }
}
