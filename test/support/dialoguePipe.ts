import { raceAbort } from '../../src/base/abort.ts';
import { concatBytes, noBytes } from '../../src/base/bytes.ts';
import type { Endpoint } from '../../src/ftp/grammar/endpoint.ts';
import type { Protection, Transport } from '../../src/ftp/net/transport.ts';

/** How many of the available bytes one `read` hands over. */
export type Chunking = (available: number) => number;

export const whole: Chunking = (available) => available;

export const byteByByte: Chunking = () => 1;

/** Cuts anywhere, short pieces more often than long ones; the same seed cuts in the same places. */
export function torn(seed: number): Chunking {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return (available) => Math.min(1 + Math.floor(random() ** 4 * available), available);
}

export interface PipeEnds {
  readonly local: Endpoint;
  readonly remote: Endpoint;
}

/**
 * A connection without sockets. `view` is the client's end, all else is the server's. `moved` is
 * called whenever one of them does something.
 */
export class DialoguePipe {
  readonly ends: PipeEnds;
  readonly #chunking: Chunking;
  readonly #moved: () => void;
  #down: Uint8Array = noBytes;
  #up: Uint8Array = noBytes;
  #serverEnded = false;
  #failure: Error | undefined;
  #reading = false;
  #writing = false;
  #wake: () => void = () => {};
  #client: 'open' | 'ended' | 'destroyed' = 'open';
  #fault: string | undefined;
  #tls: 'none' | 'asked' | 'agreed' = 'none';

  constructor(ends: PipeEnds, chunking: Chunking, moved: () => void) {
    this.ends = ends;
    this.#chunking = chunking;
    this.#moved = moved;
  }

  get client(): 'open' | 'ended' | 'destroyed' {
    return this.#client;
  }

  /** What our client must never do: two reads, or two writes, at the same time. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Whether the client has asked for TLS, and whether both sides use it. */
  get tls(): 'none' | 'asked' | 'agreed' {
    return this.#tls;
  }

  /** The client's side of the handshake. It waits for the server's side; where it fails, the pipe ends. */
  async askForTls(signal: AbortSignal): Promise<void> {
    this.#tls = 'asked';
    this.#moved();
    try {
      while (!this.#tlsIsAgreed) {
        if (this.#failure) throw this.#failure;
        if (this.#serverEnded) throw new Error('The connection was closed by the other side');
        await this.#change(signal);
      }
    } catch (error) {
      this.leave('destroyed');
      throw error;
    }
  }

  agreeOnTls(): void {
    this.#tls = 'agreed';
    this.stir();
  }

  get #tlsIsAgreed(): boolean {
    return this.#tls === 'agreed';
  }

  /** What the client has written and the server has not taken yet. */
  get up(): Uint8Array {
    return this.#up;
  }

  /** What the server has sent and the client has not read yet. */
  get buffered(): number {
    return this.#down.length;
  }

  take(count: number): Uint8Array {
    const taken = this.#up.subarray(0, count);
    this.#up = this.#up.subarray(count);
    return taken;
  }

  send(bytes: Uint8Array): void {
    if (this.#client === 'destroyed') return;
    this.#down = concatBytes([this.#down, bytes]);
    this.stir();
  }

  /** The server ends its bytes. */
  end(): void {
    this.#serverEnded = true;
    this.stir();
  }

  /** The server breaks the connection; what has not been read is lost. */
  reset(): void {
    this.#failure = new Error('read ECONNRESET');
    this.#down = noBytes;
    this.stir();
  }

  leave(how: 'ended' | 'destroyed'): void {
    if (this.#client !== 'destroyed') this.#client = how;
    this.stir();
  }

  /** Something happened: everything that waits looks again. */
  stir(): void {
    this.#wake();
    this.#moved();
  }

  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    if (this.#reading) this.#fault = 'Two reads at one time';
    this.#reading = true;
    try {
      while (this.#isSilent) await this.#change(signal);
      signal?.throwIfAborted();
      return this.#takeDown();
    } finally {
      this.#reading = false;
    }
  }

  async write(chunk: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#failure) throw this.#failure;
    if (this.#client !== 'open') throw new Error('write after end');
    if (this.#writing) this.#fault = 'Two writes at one time';
    this.#writing = true;
    this.#up = concatBytes([this.#up, chunk.slice()]);
    this.stir();
    await Promise.resolve();
    this.#writing = false;
  }

  /** Waits until something happens on this connection. */
  async #change(signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await raceAbort(promise, signal);
  }

  get #isSilent(): boolean {
    const over = this.#serverEnded || this.#failure || this.#client === 'destroyed';
    return this.#down.length === 0 && !over;
  }

  #takeDown(): Uint8Array | undefined {
    if (this.#client === 'destroyed') throw new Error('The connection is closed');
    if (this.#down.length === 0 && this.#failure) throw this.#failure;
    if (this.#down.length === 0) return undefined;
    const count = this.#chunking(this.#down.length);
    const chunk = this.#down.slice(0, count);
    this.#down = this.#down.subarray(count);
    this.#moved();
    return chunk;
  }
}

/** The client's end of a pipe, as it looks in the clear or through TLS. */
export class PipeTransport implements Transport {
  readonly pipe: DialoguePipe;
  readonly protection: Protection | undefined;

  constructor(pipe: DialoguePipe, protection?: Protection) {
    this.pipe = pipe;
    this.protection = protection;
  }

  get local(): Endpoint {
    return this.pipe.ends.local;
  }

  get remote(): Endpoint {
    return this.pipe.ends.remote;
  }

  get buffered(): number {
    return this.pipe.buffered;
  }

  read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    return this.pipe.read(signal);
  }

  write(chunk: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.pipe.write(chunk, signal);
  }

  async end(): Promise<void> {
    this.pipe.leave('ended');
  }

  destroy(): void {
    this.pipe.leave('destroyed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pipe.leave('destroyed');
  }
}
