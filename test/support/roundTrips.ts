import { raceAbort } from '../../src/base/abort.ts';
import { systemClock } from '../../src/base/clock.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../src/ftp/net/tls.ts';
import type {
  Listener,
  Network,
  TlsContext,
  TlsFactory,
  Transport,
} from '../../src/ftp/net/transport.ts';

/** A network on which everybody's bytes travel together, so that round trips can be counted. */
export interface CountedNetwork {
  readonly network: Network;
  readonly tls: TlsFactory;
  /** So far: how often all waited for the server, and nothing was left to be done meanwhile. */
  readonly roundTrips: number;
}

// As long as anybody does anything, whatever the machine is slow at.
const quietMs = 10;

/**
 * What comes from the server, of whatever connection, is held back until client and server have nothing
 * more to do without it; then all of it comes at once. So each time is one round trip, as on a line
 * that is long and otherwise takes no time. What is sent before a reply has come costs none, and a
 * handshake of TLS costs one.
 */
export function countedNetwork(): CountedNetwork {
  const inner = tcpNetwork(systemClock);
  const line = new Line();
  const network: Network = {
    dial: async (remote, options) => await comes(await inner.dial(remote, options), line),
    listen: async (local, peer) => heldListener(await inner.listen(local, peer), line),
    through: () => network,
  };
  return {
    network,
    tls: (host, trust) => heldContext(nodeTls(host, trust), line),
    get roundTrips() {
      return line.roundTrips;
    },
  };
}

/** What the other side has taken part in is seen when its answer has come. */
async function comes(transport: Transport, line: Line): Promise<Transport> {
  await line.arrival();
  return new HeldTransport(transport, line);
}

function heldContext(context: TlsContext, line: Line): TlsContext {
  return {
    secure: async (transport, role, signal) => {
      if (!(transport instanceof HeldTransport)) throw new TypeError('Not of this network');
      return await comes(await context.secure(transport.release(), role, signal), line);
    },
  };
}

function heldListener(listener: Listener, line: Line): Listener {
  return {
    endpoint: listener.endpoint,
    accept: async (signal) => await comes(await listener.accept(signal), line),
    discard: () => listener.discard(),
    [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose](),
  };
}

class Line {
  roundTrips = 0;
  #held: (() => void)[] = [];
  #quiet: NodeJS.Timeout | undefined;
  #behind: NodeJS.Immediate | undefined;

  /** Resolves when what has just come may be seen. */
  arrival(): Promise<void> {
    const seen = new Promise<void>((resolve) => this.#held.push(resolve));
    this.stir();
    return seen;
  }

  /** Somebody does something. */
  stir(): void {
    clearTimeout(this.#quiet);
    clearImmediate(this.#behind);
    if (this.#held.length === 0) return;
    // Where the timer is late, what has come meanwhile is seen behind it.
    this.#quiet = setTimeout(() => {
      this.#behind = setImmediate(() => (isDiskBusy() ? this.stir() : this.#release()));
    }, quietMs);
  }

  #release(): void {
    this.roundTrips++;
    for (const show of this.#held.splice(0)) show();
  }
}

function isDiskBusy(): boolean {
  return process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'));
}

type Piece = Uint8Array | undefined;

/** Takes from the real one whatever comes, and shows it when the line lets it. */
class HeldTransport implements Transport {
  readonly #inner: Transport;
  readonly #line: Line;
  readonly #taking = new AbortController();
  readonly #shown: Piece[] = [];
  #failure: unknown;
  #news = Promise.withResolvers<void>();

  constructor(inner: Transport, line: Line) {
    this.#inner = inner;
    this.#line = line;
    void this.#take();
  }

  /** The real one, from which nothing is taken any more. */
  release(): Transport {
    this.#taking.abort();
    return this.#inner;
  }

  get local(): Transport['local'] {
    return this.#inner.local;
  }

  get remote(): Transport['remote'] {
    return this.#inner.remote;
  }

  get protection(): Transport['protection'] {
    return this.#inner.protection;
  }

  get buffered(): number {
    return this.#shown.reduce((sum, piece) => sum + (piece?.length ?? 0), 0);
  }

  async read(signal?: AbortSignal): Promise<Piece> {
    while (this.#shown.length === 0 && this.#failure === undefined) {
      await raceAbort(this.#news.promise, signal);
    }
    if (this.#shown.length === 0) throw this.#failure;
    // The end stays for whoever reads again.
    return this.#shown[0] === undefined ? undefined : this.#shown.shift();
  }

  async write(chunk: Uint8Array, signal?: AbortSignal): Promise<void> {
    this.#line.stir();
    await this.#inner.write(chunk, signal);
  }

  async end(signal?: AbortSignal): Promise<void> {
    this.#line.stir();
    await this.#inner.end(signal);
  }

  destroy(): void {
    this.#inner.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }

  async #take(): Promise<void> {
    try {
      for (;;) {
        const piece = await this.#inner.read(this.#taking.signal);
        void this.#line.arrival().then(() => this.#show(() => this.#shown.push(piece)));
        if (piece === undefined) return;
      }
    } catch (error) {
      this.#show(() => (this.#failure = error));
    }
  }

  #show(change: () => void): void {
    change();
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
