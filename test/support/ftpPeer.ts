import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import * as tls from 'node:tls';

/** The versions of TLS that the peer offers. */
export interface PeerTls {
  readonly minVersion?: tls.SecureVersion;
  readonly maxVersion?: tls.SecureVersion;
}

/**
 * A tiny FTP client that shares nothing with the engine: commands and replies are plain
 * text, so that the same mistake in the engine and in our server still shows.
 */
export class FtpPeer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #listeners: Server[] = [];
  readonly #dataSockets: Socket[] = [];
  #stream: Socket;
  #text = '';
  #host = '127.0.0.1';
  #ended = false;
  #relay: Duplex | undefined;
  #wake: (() => void) | undefined;
  /** The newest session ticket of the control connection, which data connections present. */
  session: Buffer | undefined;
  /** The session tickets that data connections were given. */
  readonly dataSessions: Buffer[] = [];
  #tls: PeerTls = {};

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#stream = socket;
    this.#follow(socket);
  }

  /** The server's first reply. */
  greeting = '';

  /** Connects from an address of its own, so that the source port can be listened on too. */
  static async dial(port: number, implicit?: PeerTls, host = '127.0.0.1'): Promise<FtpPeer> {
    const socket = connect({ host, port, localAddress: host });
    await once(socket, 'connect');
    const peer = new FtpPeer(socket);
    peer.#host = host;
    if (implicit) await peer.startTls(implicit);
    peer.greeting = await peer.reply();
    return peer;
  }

  /** U, the port that is the peer's default data port. */
  get port(): number {
    return this.#socket.localPort ?? 0;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What the server has sent and the test has not read yet. */
  get unread(): string {
    return this.#text;
  }

  #follow(stream: Socket): void {
    stream.on('data', (chunk: Buffer) => {
      if (stream === this.#socket && this.#relay) {
        this.#relay.push(chunk);
        return;
      }
      this.#text += chunk.toString('latin1');
      this.#wake?.();
    });
    const end = (): void => {
      if (stream !== this.#stream) {
        this.#relay?.destroy();
        return;
      }
      this.#ended = true;
      this.#wake?.();
    };
    stream.on('error', end);
    stream.on('end', end);
    stream.on('close', end);
  }

  /** Writes the text as it is. */
  write(text: string): void {
    this.#stream.write(text, 'latin1');
  }

  end(): void {
    this.#stream.end();
  }

  /** From now on the peer reads nothing and does not notice the end of the connection. */
  pauseReading(): void {
    this.#socket.pause();
  }

  /** The next reply as it was sent, CRLF taken off; lines joined by "\n". Fails when none comes. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:(\d{3})-[^]*?\r\n\1 [^\r\n]*\r\n|\d{3} [^\r\n]*\r\n)/.exec(this.#text);
      if (match) {
        this.#text = this.#text.slice(match[0].length);
        return match[0].slice(0, -2).replaceAll('\r\n', '\n');
      }
      if (this.#ended) throw new Error(`The server closed; unread: ${JSON.stringify(this.#text)}`);
      await this.#more();
    }
  }

  /** One command and its next reply. */
  async say(line: string): Promise<string> {
    this.write(`${line}\r\n`);
    return this.reply();
  }

  /** Several commands, each with one reply; gives the codes. */
  async codes(...lines: readonly string[]): Promise<string[]> {
    const codes: string[] = [];
    for (const line of lines) codes.push((await this.say(line)).slice(0, 3));
    return codes;
  }

  /** Resolves when the server has ended the connection; gives what it said before. */
  async farewell(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.#text;
  }

  async #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    await promise;
  }

  async startTls(options: PeerTls = {}): Promise<tls.TLSSocket> {
    this.#tls = options;
    // TLS runs over a relay, so that it can be removed again.
    const relay = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => this.#socket.write(chunk, done),
    });
    relay.on('error', () => {});
    this.#relay = relay;
    const secured = tls.connect({
      socket: relay,
      rejectUnauthorized: false,
      host: 'localhost',
      servername: 'localhost',
      ALPNProtocols: ['ftp'],
      ...options,
    });
    secured.on('session', (session: Buffer) => {
      this.session = session;
    });
    await once(secured, 'secureConnect');
    this.#stream = secured;
    this.#follow(secured);
    return secured;
  }

  /** RFC 4217, 11: after REIN both sides end TLS, and the socket speaks in the clear again. */
  async stopTls(): Promise<void> {
    const secured = this.#stream;
    while (!this.#ended) await this.#more();
    await new Promise<void>((resolve) => {
      secured.end(() => resolve());
    });
    this.#ended = false;
    this.#relay = undefined;
    this.#stream = this.#socket;
  }

  /** AUTH, the login, PBSZ and PROT, TYPE I; `mode` is said last. */
  async login(mode: 'S' | 'B', security?: PeerTls): Promise<void> {
    if (security) {
      await this.say('AUTH TLS');
      await this.startTls(security);
    }
    const tlsCommands = security ? ['PBSZ 0', 'PROT P'] : [];
    for (const line of ['USER anna', 'PASS secret', ...tlsCommands, 'TYPE I', `MODE ${mode}`]) {
      const answer = await this.say(line);
      if (!/^[23]/.test(answer)) throw new Error(`${line}: ${answer}`);
    }
  }

  /** Listens on U; each call of the result takes the next connection. */
  async listen(port: number = this.port): Promise<() => Promise<PeerData>> {
    const waiting: Socket[] = [];
    let wake: (() => void) | undefined;
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#dataSockets.push(socket);
      socket.on('error', () => {});
      waiting.push(socket);
      wake?.();
    });
    server.listen({ host: this.#host, port, exclusive: true });
    await once(server, 'listening');
    this.#listeners.push(server);
    return async () => {
      while (waiting.length === 0) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      const socket = waiting.shift();
      if (!socket) throw new Error('No connection');
      return this.#data(socket);
    };
  }

  /** The port that `listen` with 0 took last. */
  get listenedPort(): number {
    const address = this.#listeners.at(-1)?.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  /** Dials a passive data port. */
  async dialData(port: number): Promise<PeerData> {
    const socket = connect({ host: this.#host, port, allowHalfOpen: true });
    this.#dataSockets.push(socket);
    await once(socket, 'connect');
    return this.#data(socket);
  }

  async #data(socket: Socket): Promise<PeerData> {
    if (this.#stream === this.#socket) return new PeerData(socket);
    const secured = tls.connect({
      socket,
      rejectUnauthorized: false,
      host: 'localhost',
      servername: 'localhost',
      ...(this.session ? { session: this.session } : {}),
      ...this.#tls,
    });
    secured.on('error', () => {});
    secured.on('session', (session: Buffer) => this.dataSessions.push(session));
    const data = new PeerData(secured);
    await Promise.race([once(secured, 'secureConnect'), data.closed]);
    return data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#dataSockets) socket.destroy();
    for (const server of this.#listeners) server.close();
    this.#stream.destroy();
    this.#socket.destroy();
  }
}

/** The peer's end of a data connection. */
export class PeerData {
  readonly stream: Socket;
  readonly closed: Promise<void>;
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(stream: Socket) {
    this.stream = stream;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    stream.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake?.();
      resolve();
    };
    stream.on('end', end);
    stream.on('close', end);
    stream.on('error', end);
  }

  get resumed(): boolean {
    return this.stream instanceof tls.TLSSocket && this.stream.isSessionReused();
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Exactly so many bytes, or fewer when the connection ends before. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length < count && !this.#ended) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const taken = this.#bytes.subarray(0, count);
    this.#bytes = this.#bytes.subarray(taken.length);
    return taken;
  }

  /** Everything up to the end of the connection. */
  async rest(): Promise<Buffer> {
    await this.closed;
    return this.take(this.#bytes.length);
  }

  /** The blocks of one file: the headers as hex, and the content. */
  async file(): Promise<{ headers: string[]; content: Buffer }> {
    const headers: string[] = [];
    const pieces: Buffer[] = [];
    for (;;) {
      const header = await this.take(3);
      if (header.length < 3) throw new Error(`No end of file after ${headers.join(' ')}`);
      headers.push(header.toString('hex'));
      pieces.push(await this.take(header.readUInt16BE(1)));
      if ((header[0] ?? 0) & 0x40) return { headers, content: Buffer.concat(pieces) };
    }
  }

  /** Sends one file in one block. */
  sendBlock(content: string | Uint8Array, descriptor = 0x40): void {
    const bytes = Buffer.from(content);
    const header = Buffer.from([descriptor, bytes.length >> 8, bytes.length & 255]);
    this.stream.write(Buffer.concat([header, bytes]));
  }
}
