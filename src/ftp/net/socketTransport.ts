import type { Socket } from 'node:net';
import { raceAbort } from '../../base/abort.ts';
import { yieldToOthers } from '../../base/clock.ts';
import { type Endpoint, plainAddress } from '../grammar/endpoint.ts';
import { lateHandshakeFailure } from './tlsFailure.ts';
import type { Protection, Transport } from './transport.ts';

/** What a socket reads ahead before its peer is slowed down: enough for a fast line while a disk works. */
export const readAhead: { readonly highWaterMark: number } = { highWaterMark: 512 * 1024 };

// RFC 8446, 5.1: a record holds no more than 2^14 bytes.
const fullRecord = 16 * 1024;

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
    // A listener for `readable` makes Node read ahead a little. TLS needs that even while we only
    // write: tickets, key updates and alerts come from the peer at any time.
    socket.on('readable', wake).on('end', wake).on('close', wake);
    socket.on('error', (error) => {
      this.#failure ??= failureOf(error);
      wake();
    });
  }

  get buffered(): number {
    return this.socket.readableLength;
  }

  async read(signal?: AbortSignal): Promise<Uint8Array | undefined> {
    for (;;) {
      signal?.throwIfAborted();
      const chunk = this.socket.read() as Uint8Array | null;
      if (chunk) return chunk;
      if (this.socket.readableEnded) return undefined;
      if (this.#failure) throw this.#failure;
      if (this.socket.closed || this.socket.destroyed) throw new Error('The connection is closed');
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await raceAbort(promise, signal);
      // TLS hands over its records one by one, each by itself: after a full one others have come too.
      if (this.buffered >= fullRecord) await yieldToOthers();
    }
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
