import type { Socket } from 'node:net';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Endpoint } from '../ftp/grammar/endpoint.ts';
import { Admission } from './control/admission.ts';
import { ControlTransport } from './control/controlTransport.ts';
import { formatReply, reply } from './control/serverReply.ts';
import { remoteEnd } from './control/socketEnds.ts';
import { serveClient } from './controlSession.ts';
import type { DataTransport } from './data/dataTransport.ts';
import { type Listening, listenOn } from './data/serverNetwork.ts';
import { StoredHashes } from './data/storedHashes.ts';
import { diskFolder } from './folder/diskFolder.ts';
import type { MemoryLimits } from './folder/memoryFile.ts';
import { memoryFolder } from './folder/memoryFolder.ts';
import { defaultLimits, type ServerLimits } from './limits.ts';
import { type FtpServerOptions, type Login, newCounters, type ServerCounters } from './options.ts';
import type { Personality } from './personality.ts';
import type { ServerParts } from './serverParts.ts';
import { type ServerCertificate, type ServerTls, serverTls } from './tls.ts';

/** A running server. Disposing sends 421 to all clients, ends their transfers and frees the port. */
export interface FtpServer extends AsyncDisposable {
  /** The address and port where it listens. */
  readonly endpoint: Endpoint;
  readonly counters: ServerCounters;
}

/** Starts a server, which listens when the promise resolves. The caller disposes it. */
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
      hashes: new StoredHashes(),
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

/** The options of `portside serve`. */
export interface ServeOptions {
  readonly folder:
    | { readonly kind: 'disk'; readonly root: string }
    | { readonly kind: 'memory'; readonly limits?: MemoryLimits };
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: 'explicit' | 'implicit' | 'none';
  /** The user's own, in PEM. Without it the server makes one and keeps it in `stateFolder`. */
  readonly certificate?: ServerCertificate;
  readonly stateFolder: string;
  readonly user?: { readonly name: string; readonly password: string };
  readonly anonymous: boolean;
  readonly readOnly: boolean;
  readonly defaultPortOnly: boolean;
  /** Whether data connections must resume the TLS session of their control connection. */
  readonly dataSession?: 'required' | 'any';
  readonly limits?: Partial<ServerLimits>;
  readonly personality?: Personality;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Serves until the signal aborts, then ends cleanly. Prints `listening HOST:PORT` once clients can
 * connect, and `fingerprint SHA256` where there is TLS.
 */
export async function serveFolder(
  options: ServeOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => stop(), { once: true });
  if (signal.aborted) return;
  const { server, fingerprint } = await startServing(options);
  await using _ = server;
  print(`listening ${hostAndPort(server.endpoint)}`);
  if (fingerprint !== undefined) print(`fingerprint ${fingerprint}`);
  await stopped;
}

/** Starts the server that the options describe. The caller disposes it. */
export async function startServing(
  options: ServeOptions,
): Promise<{ server: FtpServer; fingerprint: string | undefined }> {
  const certificate = options.tls === 'none' ? undefined : await certificateOf(options);
  const server = await startFtpServer(await serverOptions(options, certificate));
  return { server, fingerprint: certificate?.fingerprint };
}

async function serverOptions(
  options: ServeOptions,
  certificate: ServerCertificate | undefined,
): Promise<FtpServerOptions> {
  const { listen, tls, anonymous, readOnly, defaultPortOnly, clock, logger } = options;
  const { folder, personality, user, dataSession = 'required', limits } = options;
  return {
    listen,
    tls,
    anonymous,
    readOnly,
    defaultPortOnly,
    requireSessionReuse: dataSession === 'required',
    clock,
    logger,
    folder:
      folder.kind === 'disk'
        ? await diskFolder(folder.root)
        : memoryFolder({}, clock, folder.limits),
    authenticate: ({ user: name, password }: Login) =>
      user !== undefined && name === user.name && password === user.password,
    ...(limits ? { limits } : {}),
    ...(certificate ? { certificate } : {}),
    ...(personality ? { personality } : {}),
  };
}

async function certificateOf(
  options: ServeOptions,
): Promise<ServerCertificate & { fingerprint: string }> {
  const { fingerprintOf, loadOrMakeCertificate } = await import('./ownCertificate.ts');
  const { certificate, stateFolder, listen, clock } = options;
  if (certificate) return { ...certificate, fingerprint: fingerprintOf(certificate.cert) };
  return loadOrMakeCertificate(stateFolder, namesOf(listen.host), clock);
}

// No client connects to 0.0.0.0 or ::, so they do not belong in a certificate.
function namesOf(host: string): string[] {
  return host === '0.0.0.0' || host === '::' ? [] : [host];
}

function hostAndPort({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
