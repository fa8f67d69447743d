import type { Socket } from 'node:net';
import type { Endpoint } from '../ftp/grammar/endpoint.ts';
import { Admission } from './control/admission.ts';
import { ControlTransport } from './control/controlTransport.ts';
import { formatReply, reply } from './control/serverReply.ts';
import { remoteEnd } from './control/socketEnds.ts';
import { serveClient } from './controlSession.ts';
import type { DataTransport } from './data/dataTransport.ts';
import { type Listening, listenOn } from './data/serverNetwork.ts';
import { defaultLimits } from './limits.ts';
import { type FtpServerOptions, newCounters, type ServerCounters } from './options.ts';
import type { ServerParts } from './serverParts.ts';
import { type ServerTls, serverTls } from './tls.ts';

/** A running server. Disposing says 421 to all clients, ends their transfers and frees the port. */
export interface FtpServer extends AsyncDisposable {
  /** Where it listens. */
  readonly endpoint: Endpoint;
  readonly counters: ServerCounters;
}

/** Starts a server; it listens when the promise resolves. Whoever started it disposes it. */
export async function startFtpServer(options: FtpServerOptions): Promise<FtpServer> {
  const server = new RunningServer(options);
  await server.listen();
  return server;
}

class RunningServer implements FtpServer {
  readonly counters = newCounters();
  readonly #parts: ServerParts;
  readonly #sessions = new Set<Promise<void>>();
  readonly #dataTransports = new Set<DataTransport>();
  readonly #closing = new AbortController();
  #listening: Listening | undefined;

  constructor(options: FtpServerOptions) {
    const limits = { ...defaultLimits, ...options.limits };
    this.#parts = {
      options,
      limits,
      admission: new Admission(limits, options.clock),
      personality: options.personality ?? {},
      faults: options.faults ?? {},
      requireTls: options.tls !== 'none' && (options.requireTls ?? true),
      tls: tlsOf(options),
      counters: this.counters,
      clock: options.clock,
      logger: options.logger,
      trackData: (transport) => this.#trackData(transport),
    };
  }

  get endpoint(): Endpoint {
    if (!this.#listening) throw new Error('The server does not listen');
    return this.#listening.endpoint;
  }

  async listen(): Promise<void> {
    const { listen } = this.#parts.options;
    this.#listening = await listenOn(listen, (socket) => this.#welcome(socket));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.[Symbol.asyncDispose]();
    this.#closing.abort(new Error('The server is closing'));
    await Promise.all(this.#sessions);
    for (const transport of this.#dataTransports) transport.destroy();
    await Promise.all([...this.#dataTransports].map((transport) => transport.closed));
  }

  #welcome(socket: Socket): void {
    const { admission, logger } = this.#parts;
    const guest = this.#closing.signal.aborted
      ? undefined
      : admission.enter(remoteEnd(socket).host);
    if (!guest) {
      this.#turnAway(socket);
      return;
    }
    this.counters.controlOpened += 1;
    this.counters.controlOpen += 1;
    const transport = new ControlTransport(socket);
    const session = serveClient(transport, this.#parts, guest, this.#closing.signal)
      .catch((error: unknown) => {
        transport.destroy();
        logger.debug(`A session failed: ${String(error)}`);
      })
      .finally(() => {
        admission.leave(guest);
        this.counters.controlOpen -= 1;
        this.#sessions.delete(session);
      });
    this.#sessions.add(session);
  }

  #turnAway(socket: Socket): void {
    if (this.#parts.options.tls === 'implicit' || this.#closing.signal.aborted) {
      socket.destroy();
      return;
    }
    socket.on('error', () => {});
    socket.resume();
    socket.end(formatReply(reply(421, 'Too many connections')), () => socket.destroy());
  }

  #trackData(transport: DataTransport): void {
    this.counters.dataOpened += 1;
    this.counters.dataOpen += 1;
    if (transport.resumed === true) this.counters.resumedHandshakes += 1;
    if (transport.resumed === false) this.counters.fullHandshakes += 1;
    this.#dataTransports.add(transport);
    void transport.closed.then(() => {
      this.counters.dataOpen -= 1;
      this.#dataTransports.delete(transport);
    });
  }
}

function tlsOf(options: FtpServerOptions): ServerTls | undefined {
  if (options.tls === 'none') return undefined;
  if (!options.certificate) throw new RangeError('TLS needs a certificate');
  return serverTls({
    certificate: options.certificate,
    tickets: options.sessionTickets ?? true,
    minVersion: options.minTlsVersion ?? 'TLSv1.2',
    maxVersion: options.maxTlsVersion ?? 'TLSv1.3',
    clientCa: options.clientCa,
  });
}
