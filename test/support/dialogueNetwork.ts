import { raceAbort } from '../../src/base/abort.ts';
import { type CertificateSummary, TlsError } from '../../src/ftp/errors.ts';
import type { Endpoint } from '../../src/ftp/grammar/endpoint.ts';
import type {
  DialOptions,
  Listener,
  Network,
  TlsFactory,
  Transport,
} from '../../src/ftp/net/transport.ts';
import { type Chunking, DialoguePipe, PipeTransport } from './dialoguePipe.ts';

/** Where the dialogues take place: addresses that RFC 5737 keeps free for examples. */
export const serverHost = '192.0.2.21';
export const controlPort = 21;
const clientHost = '192.0.2.7';
const firstClientPort = 40_021;
const firstListenPort = 50_001;

const endpoint = (host: string, port: number): Endpoint => ({ host, port, family: 4 });

/** What the script says of a port that the client dials. */
export type DialAnswer = 'accepted' | 'refused' | 'never';

export interface NetworkScript {
  readonly chunking: Chunking;
  /** Called when the client dials a data port; `undefined` where the server does not listen. */
  readonly answerDial: (port: number) => DialAnswer | undefined;
  readonly moved: () => void;
}

/** A network of one client and one server: the client's side is `Network`, the rest the server's. */
export class DialogueNetwork implements Network {
  readonly #script: NetworkScript;
  readonly #listeners = new Map<number, DialogueListener>();
  /** What the client has dialled on the control port, and on data ports, the newest last. */
  readonly controls: DialoguePipe[] = [];
  readonly dialled: DialoguePipe[] = [];
  #sharesPort = false;
  #nextListenPort = firstListenPort;

  constructor(script: NetworkScript) {
    this.#script = script;
  }

  async dial(remote: { host: string; port: number }, options: DialOptions): Promise<Transport> {
    options.signal.throwIfAborted();
    if (remote.host !== serverHost) throw new Error(`connect EHOSTUNREACH ${remote.host}`);
    if (remote.port === controlPort) {
      this.#sharesPort = options.sharedLocalPort === true;
      return this.#connected(this.controls, remote.port, firstClientPort + this.controls.length);
    }
    const answer = this.#script.answerDial(remote.port);
    if (answer === 'never') await raceAbort(new Promise<never>(() => {}), options.signal);
    if (answer !== 'accepted') throw new Error(`connect ECONNREFUSED ${remote.port}`);
    return this.#connected(this.dialled, remote.port, 45_000 + this.dialled.length);
  }

  through(): never {
    throw new Error('No dialogue has a proxy');
  }

  async listen(local: { host: string; port: number }, peer: string): Promise<Listener> {
    const port = local.port === 0 ? this.#nextListenPort++ : local.port;
    const isShared = local.port === this.defaultDataPort;
    const isTaken = this.#listeners.has(port) || (local.port !== 0 && !isShared);
    if (isTaken || (isShared && !this.#sharesPort)) throw new Error(`listen EADDRINUSE ${port}`);
    if (peer !== serverHost) throw new Error(`Waits for ${peer}, which is not the server`);
    const listener = new DialogueListener(endpoint(local.host, port), () => {
      this.#listeners.delete(port);
    });
    this.#listeners.set(port, listener);
    return listener;
  }

  /** RFC 959, 3.2: the port that the control connection comes from. */
  get defaultDataPort(): number {
    return this.controls.at(-1)?.ends.local.port ?? 0;
  }

  /** The server dials a port of the client; `undefined` where the client does not listen. */
  connect(port: number, from: number): DialoguePipe | undefined {
    const listener = this.#listeners.get(port);
    if (!listener) return undefined;
    const ends = { local: endpoint(clientHost, port), remote: endpoint(serverHost, from) };
    const pipe = new DialoguePipe(ends, this.#script.chunking, this.#script.moved);
    listener.arrive(pipe);
    return pipe;
  }

  #connected(into: DialoguePipe[], port: number, localPort: number): Transport {
    const ends = { local: endpoint(clientHost, localPort), remote: endpoint(serverHost, port) };
    const pipe = new DialoguePipe(ends, this.#script.chunking, this.#script.moved);
    into.push(pipe);
    this.#script.moved();
    return new PipeTransport(pipe);
  }
}

class DialogueListener implements Listener {
  readonly endpoint: Endpoint;
  readonly #forget: () => void;
  #waiting: DialoguePipe | undefined;
  #wake: () => void = () => {};

  constructor(endpoint: Endpoint, forget: () => void) {
    this.endpoint = endpoint;
    this.#forget = forget;
  }

  arrive(pipe: DialoguePipe): void {
    this.discard();
    this.#waiting = pipe;
    this.#wake();
  }

  async accept(signal: AbortSignal): Promise<Transport> {
    for (;;) {
      signal.throwIfAborted();
      const pipe = this.#waiting;
      this.#waiting = undefined;
      if (pipe) return new PipeTransport(pipe);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await raceAbort(promise, signal);
    }
  }

  discard(): void {
    this.#waiting?.leave('destroyed');
    this.#waiting = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.discard();
    this.#forget();
  }
}

/** TLS without encryption: the pipe records that the client asked for it, and the script agrees. */
export const dialogueTls: TlsFactory = () => ({
  secure: async (transport, role, signal) => {
    if (!(transport instanceof PipeTransport)) throw new Error('Not a pipe of this dialogue');
    try {
      await transport.pipe.askForTls(signal);
    } catch (error) {
      signal.throwIfAborted();
      throw new TlsError('handshake', 'The TLS handshake failed', { cause: error });
    }
    const resumed = role === 'data';
    return new PipeTransport(transport.pipe, {
      version: 'TLSv1.3',
      resumed,
      certificate: resumed ? undefined : serverCertificate,
    });
  },
});

const serverCertificate: CertificateSummary = {
  subject: 'CN=server.example',
  issuer: 'CN=server.example',
  validFrom: 'Jan  1 00:00:00 2026 GMT',
  validTo: 'Jan  1 00:00:00 2036 GMT',
  fingerprint: '0'.repeat(64),
};
