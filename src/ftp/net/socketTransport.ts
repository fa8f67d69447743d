import type { Socket } from 'node:net';
import { raceAbort } from '../../base/abort.ts';
import { type Endpoint, plainAddress } from '../grammar/endpoint.ts';
import { lateHandshakeFailure } from './tlsFailure.ts';
import type { Protection, Transport } from './transport.ts';

// What is read ahead of its reader before the peer is slowed down: enough for a fast line while a disk works.
const readAhead = 512 * 1024;

/**
 * A Node socket, TCP or TLS, read by asking. The socket must have been made with `allowHalfOpen`: its
 * two directions end one by one. The wrapper is made as soon as the socket is, so that no event is
 * missed.
 */
export class SocketTransport implements Transport {
  readonly socket: Socket;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly protection: Protection | undefined;
  readonly #chunks: Uint8Array[] = [];
  #buffered = 0;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(
    socket: Socket,
    ends: { readonly local: Endpoint; readonly remote: Endpoint },
    protection?: Protection,
  ) {
    this.socket = socket;
    this.local = ends.local;
    this.remote = ends.remote;
    this.protection = protection;
    const wake = (): void => this.#wake?.();
    // It reads ahead even while we only write, as TLS needs: tickets, key updates and alerts come from
    // the peer at any time.
    socket.on('data', (chunk: Uint8Array) => this.#take(chunk));
    socket.on('end', wake).on('close', wake);
    socket.on('error', (error) => {
      this.#failure ??= failureOf(error);
      wake();
    });
  }

  get buffered(): number {
    return this.#buffered;
  }

  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = this.#next();
      if (chunk) return chunk;
      if (this.socket.readableEnded) return undefined;
      if (this.#failure) throw this.#failure;
      if (this.socket.closed || this.socket.destroyed) throw new Error('The connection is closed');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await raceAbort(promise, signal);
    }
  }

  // Chunks are handed over as they came: to join them would copy every byte of a long file.
  #take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered >= readAhead) this.socket.pause();
    this.#wake?.();
  }

  #next(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (!chunk) return undefined;
    this.#buffered -= chunk.length;
    if (this.#buffered < readAhead && this.socket.isPaused()) this.socket.resume();
    return chunk;
  }

  async write(chunk: Uint8Array, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (this.#failure) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    // The error that ended the socket says more than "write after end".
    this.socket.write(chunk, (error) =>
      error ? reject(failureOf(this.socket.errored ?? error)) : resolve(),
    );
    await raceAbort(promise, signal);
  }

  async end(signal?: AbortSignal): Promise<void> {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.socket.end(resolve);
    this.socket.once('close', resolve);
    await raceAbort(promise, signal);
  }

  destroy(): void {
    this.#chunks.length = 0;
    this.#buffered = 0;
    this.socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.closed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.socket.once('close', resolve);
    this.socket.destroy();
    await promise;
  }
}

function failureOf(error: Error): Error {
  return lateHandshakeFailure(error) ?? error;
}

/** Where the two ends of a connected socket are. */
export function endsOf(socket: Socket): { local: Endpoint; remote: Endpoint } {
  return {
    local: toEndpoint(socket.localAddress, socket.localPort),
    remote: toEndpoint(socket.remoteAddress, socket.remotePort),
  };
}

function toEndpoint(address = '', port = 0): Endpoint {
  const host = plainAddress(address);
  return { host, port, family: host.includes(':') ? 6 : 4 };
}
