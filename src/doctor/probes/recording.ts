import { concatBytes } from '../../base/bytes.ts';
import type { Endpoint } from '../../ftp/grammar/endpoint.ts';
import type {
  Listener,
  Network,
  Protection,
  TlsContext,
  Transport,
} from '../../ftp/net/transport.ts';

// Every protocol shows by its first bytes what it is.
const remembered = 512;

/** A transport that remembers the first bytes that it received. */
export class RecordingTransport implements Transport {
  readonly inner: Transport;
  #head: Uint8Array = new Uint8Array();

  constructor(inner: Transport) {
    this.inner = inner;
  }

  /** The first bytes of the peer, each as one character. */
  get firstWords(): string {
    return Buffer.from(this.#head).toString('latin1');
  }

  get local(): Endpoint {
    return this.inner.local;
  }

  get remote(): Endpoint {
    return this.inner.remote;
  }

  get protection(): Protection | undefined {
    return this.inner.protection;
  }

  get buffered(): number {
    return this.inner.buffered;
  }

  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const chunk = await this.inner.read(signal);
    const room = remembered - this.#head.length;
    if (chunk && room > 0) this.#head = concatBytes([this.#head, chunk.subarray(0, room)]);
    return chunk;
  }

  write(chunk: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.inner.write(chunk, signal);
  }

  end(signal?: AbortSignal): Promise<void> {
    return this.inner.end(signal);
  }

  destroy(): void {
    this.inner.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.inner[Symbol.asyncDispose]();
  }
}

/** TLS over a recording transport: `onSecured` is given a transport that records what comes under TLS. */
export function recordingTls(
  tls: TlsContext,
  onSecured: (secured: RecordingTransport) => void,
): TlsContext {
  return {
    secure: async (transport, role, signal) => {
      const inner = transport instanceof RecordingTransport ? transport.inner : transport;
      const secured = new RecordingTransport(await tls.secure(inner, role, signal));
      onSecured(secured);
      return secured;
    },
  };
}

/** What was seen of one session's data connections. */
export interface Sighting {
  clientPort?: number;
  serverPort?: number;
  /** TCP connected a data connection. */
  stood: boolean;
}

/** The same network; it records the data connections of the one session that uses it. */
export function watchedNetwork(network: Network, sighting: Sighting): Network {
  let dials = 0;
  return {
    dial: async (remote, options) => {
      dials += 1;
      // The first dial is the control connection.
      if (dials === 1) return await network.dial(remote, options);
      sighting.serverPort = remote.port;
      const transport = await network.dial(remote, options);
      sighting.clientPort = transport.local.port;
      sighting.stood = true;
      return transport;
    },
    listen: async (local, peer) => {
      const listener = await network.listen(local, peer);
      sighting.clientPort = listener.endpoint.port;
      return watchedListener(listener, sighting);
    },
    through: (proxy) => watchedNetwork(network.through(proxy), sighting),
  };
}

function watchedListener(listener: Listener, sighting: Sighting): Listener {
  return {
    endpoint: listener.endpoint,
    accept: async (signal) => {
      const transport = await listener.accept(signal);
      sighting.serverPort = transport.remote.port;
      sighting.stood = true;
      return transport;
    },
    discard: () => listener.discard(),
    [Symbol.asyncDispose]: async () => await listener[Symbol.asyncDispose](),
  };
}
