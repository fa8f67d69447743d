import type { Socket } from 'node:net';
import type { Endpoint } from '../../ftp/grammar/endpoint.ts';
import { ReceiveBuffer } from '../control/receiveBuffer.ts';
import { localEnd, remoteEnd } from '../control/socketEnds.ts';

// How much may wait while the disk writes the last piece.
const bufferLimit = 1024 * 1024;

/** The bytes of an open data connection, under TLS or not. */
export class DataTransport {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Whether the TLS handshake resumed a session; `undefined` in the clear. */
  readonly resumed: boolean | undefined;
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  /** Resolves when the peer has ended its bytes, or with the socket. */
  readonly ended: Promise<void>;
  readonly #stream: Socket;
  readonly #received: ReceiveBuffer;
  #discards = false;

  /** Takes over a socket whose handshake, if any, is done. */
  constructor(stream: Socket, resumed: boolean | undefined) {
    this.#stream = stream;
    this.local = localEnd(stream);
    this.remote = remoteEnd(stream);
    this.resumed = resumed;
    this.#received = new ReceiveBuffer(bufferLimit, (state) => {
      if (state === 'full') stream.pause();
      else stream.resume();
    });
    const closed = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    this.closed = closed.promise;
    this.ended = ended.promise;
    const end = (error?: Error): void => {
      this.#received.end(error);
      ended.resolve();
    };
    const close = (): void => {
      end(new Error('The data connection was closed'));
      closed.resolve();
    };
    stream.on('data', (chunk: Buffer) => {
      if (!this.#discards) this.#received.push(chunk);
    });
    stream.on('end', () => end());
    stream.on('error', end);
    stream.on('close', close);
    if (stream.destroyed) close();
  }

  /** The peer has ended its bytes, or the connection is gone. */
  get over(): boolean {
    return this.#received.over || this.#stream.destroyed;
  }

  /** The next bytes; `undefined` at their end. Rejects when the connection breaks or is destroyed. */
  read(): Promise<Uint8Array | undefined> {
    return this.#received.read();
  }

  /** The next bytes, if some have come. */
  readNow(): Uint8Array | undefined {
    return this.#received.readNow();
  }

  /** Resolves when the system has taken the bytes. Rejects when the connection breaks. */
  write(bytes: Uint8Array): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#stream.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
    return promise;
  }

  /**
   * Ends our bytes and ignores those of the peer. Resolves when the system has taken all of ours. The
   * socket stays until the peer ends too, or until `destroy`.
   */
  async end(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#discards = true;
    this.#stream.resume();
    this.#stream.once('close', resolve);
    this.#stream.end(resolve);
    await promise;
  }

  /** Closes it at once. May be called again. */
  destroy(): void {
    this.#stream.destroy();
  }
}
