import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Deadline } from '../../base/clock.ts';
import type { Endpoint } from '../../ftp/grammar/endpoint.ts';
import type { SessionTls } from '../tls.ts';
import { ReceiveBuffer } from './receiveBuffer.ts';
import { localEnd, remoteEnd } from './socketEnds.ts';

// Commands are short: a client that sends more without waiting is slowed down.
const bufferLimit = 64 * 1024;

// RFC 8446, 5.1; RFC 5246, 6.2.1: type, version and length stand before each record; the types run
// from 20 to 24, and no command begins with such a byte.
const recordHeaderLength = 5;
const isRecordType = (byte: number): boolean => byte >= 20 && byte <= 24;

/**
 * The bytes of a control connection. TLS can begin on it (AUTH) and end again (REIN), so TLS runs over a
 * relay and never owns the socket.
 */
export class ControlTransport {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #socket: Socket;
  readonly #received: ReceiveBuffer;
  #tls: TLSSocket | undefined;
  #relay: Duplex | undefined;
  #strayRecords: Buffer | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.local = localEnd(socket);
    this.remote = remoteEnd(socket);
    this.#received = new ReceiveBuffer(bufferLimit, (state) => {
      if (state === 'full') socket.pause();
      else socket.resume();
    });
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#arrived(chunk));
    socket.on('end', () => this.#end());
    socket.on('error', (error) => this.#end(error));
    socket.on('close', () => this.#end());
  }

  get protected(): boolean {
    return this.#tls !== undefined;
  }

  /** The socket is closed, in both directions. */
  get gone(): boolean {
    return this.#socket.closed || this.#socket.destroyed;
  }

  /** How many bytes have come that were not read. */
  get buffered(): number {
    return this.#received.size;
  }

  /** How many written bytes the peer has not taken yet. */
  get unsent(): number {
    return (this.#tls?.writableLength ?? 0) + this.#socket.writableLength;
  }

  read(): Promise<Uint8Array | undefined> {
    return this.#received.read();
  }

  /**
   * Never fails: if the client has gone, reading shows it. What is written without a wait in between leaves
   * together: the replies to many commands must not cost a TLS record and a packet each.
   */
  write(bytes: Uint8Array): void {
    const stream = this.#tls ?? this.#socket;
    if (!stream.writable) return;
    if (stream.writableCorked === 0) {
      stream.cork();
      process.nextTick(() => stream.uncork());
    }
    stream.write(bytes);
  }

  /** Resolves when all written bytes have left, or the socket is closed. */
  async drained(): Promise<void> {
    while (this.unsent > 0 && !this.#socket.destroyed) {
      await Promise.race([once(this.#socket, 'drain'), once(this.#socket, 'close')]).catch(
        () => {},
      );
    }
  }

  /** Bytes written from now on are protected. Resolves when the handshake is done. */
  async startTls(tls: SessionTls): Promise<void> {
    const relay = new Duplex({
      allowHalfOpen: true,
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#socket.writable) this.#socket.write(chunk, done);
        else done(new Error('The control connection is closed'));
      },
    });
    relay.on('error', () => {});
    this.#relay = relay;
    const secured = tls.wrap(relay);
    this.#tls = secured;
    secured.on('data', (chunk: Buffer) => this.#received.push(chunk));
    secured.on('end', () => {
      if (this.#tls === secured) this.#received.end();
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    secured.once('secure', () => resolve());
    secured.on('close', () => reject(new Error('The TLS handshake was not finished')));
    secured.on('error', (error) => {
      reject(error);
      if (this.#tls === secured) this.destroy(error);
    });
    await promise;
  }

  /**
   * Ends TLS with a close_notify and goes on in the clear. What the peer still sends under TLS, its own
   * close_notify, is skipped.
   */
  async stopTls(): Promise<void> {
    const secured = this.#tls;
    if (!secured) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    secured.end(resolve);
    secured.once('close', resolve);
    await promise;
    this.#tls = undefined;
    this.#relay = undefined;
    this.#strayRecords = Buffer.alloc(0);
    secured.destroy();
  }

  /** Closes after the bytes that were written. By the deadline it closes even if the client does not. */
  endBy(deadline: Deadline): void {
    if (this.#tls) this.#tls.end(() => this.#socket.end());
    else this.#socket.end();
    this.#socket.resume();
    deadline.signal.addEventListener('abort', () => this.destroy(), { once: true });
    void this.closed().then(() => deadline[Symbol.dispose]());
  }

  /** Resolves when the socket is gone. */
  async closed(): Promise<void> {
    if (!this.#socket.closed) await once(this.#socket, 'close').catch(() => {});
  }

  /** Closes it at once, after what was written if the system takes that. May be called again. */
  destroy(error?: Error): void {
    (this.#tls ?? this.#socket).uncork();
    this.#received.end(error);
    this.#tls?.destroy();
    this.#relay?.destroy();
    this.#socket.destroy();
  }

  #arrived(chunk: Buffer): void {
    if (this.#relay) this.#relay.push(chunk);
    else if (this.#strayRecords) this.#passRecords(Buffer.concat([this.#strayRecords, chunk]));
    else this.#received.push(chunk);
  }

  #passRecords(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length && isRecordType(bytes[at] ?? 0)) {
      if (at + recordHeaderLength > bytes.length) break;
      const end = at + recordHeaderLength + bytes.readUInt16BE(at + 3);
      if (end > bytes.length) break;
      at = end;
    }
    const left = bytes.subarray(at);
    if (left.length === 0 || isRecordType(left[0] ?? 0)) {
      this.#strayRecords = left;
      return;
    }
    this.#strayRecords = undefined;
    this.#received.push(left);
  }

  #end(error?: Error): void {
    this.#relay?.push(null);
    if (!this.#tls || error) this.#received.end(error);
    if (this.#socket.destroyed) this.#tls?.destroy();
    if (this.#socket.destroyed) this.#received.end(error);
  }
}
