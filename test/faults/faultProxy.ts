import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Network } from '../../src/ftp/net/transport.ts';
import { ControlReader, type ReadReply } from './controlReader.ts';
import type { Cut, Fault, Rehearsal } from './fault.ts';
import { falsify } from './falsify.ts';

/** Both ends of what passes through us. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** True once a fault has ended it: nothing passes any more. */
  cut: boolean;
}

const loopback = '127.0.0.1';
const open = { allowHalfOpen: true, noDelay: true } as const;

/**
 * Stands between the engine and a server and hands everything on. Once armed, it does one thing wrong. Disposing it closes every connection.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #serverPort: number;
  readonly #encrypted: boolean;
  readonly #kill: () => Promise<void>;
  readonly #listeners = new Set<Server>();
  readonly #pairs = new Set<Pair>();
  readonly #control: Server;
  #fault: Fault | undefined;
  #seen = 0;
  #passed = new Map<string, number>();
  #verbs: string[] = [];
  #fired = false;
  readonly trace: string[] = [];

  constructor(serverPort: number, encrypted: boolean, kill: () => Promise<void>) {
    this.#serverPort = serverPort;
    this.#encrypted = encrypted;
    this.#kill = kill;
    this.#control = createServer(open, (client) => this.#passControl(client));
  }

  async listen(): Promise<void> {
    await once(this.#control.listen(0, loopback), 'listening');
    this.#listeners.add(this.#control);
  }

  get port(): number {
    return (this.#control.address() as AddressInfo).port;
  }

  /** True once the fault has happened. */
  get fired(): boolean {
    return this.#fired;
  }

  /** How many connections the client has not ended. */
  get held(): number {
    return [...this.#pairs].filter(isHeld).length;
  }

  arm(fault: Fault | undefined): void {
    this.#fault = fault;
    this.#seen = 0;
    this.#passed = new Map();
    this.#verbs = [];
    this.#fired = false;
    this.trace.length = 0;
  }

  /** What has passed since it was armed. */
  get rehearsal(): Rehearsal {
    const [passed, verbs] = [this.#passed, this.#verbs];
    return { verbs, bytes: (of, toward) => passed.get(`${of} ${toward}`) ?? 0 };
  }

  /** Ends the open connections, as a server does when they have been idle for long. */
  loseAll(): void {
    for (const pair of this.#pairs) this.#end(pair);
  }

  /** The client's network, in which passive data connections go through the proxy as well. */
  network(base: Network): Network {
    return {
      ...base,
      dial: async (remote, options) => {
        if (remote.port === this.port) return await base.dial(remote, options);
        const port = await this.#relay((client) => {
          const server = connect({ ...open, host: loopback, port: remote.port });
          this.#passData(client, server);
        });
        return await base.dial({ host: loopback, port }, options);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.loseAll();
    for (const listener of this.#listeners) listener.close();
  }

  #passControl(client: Socket): void {
    const server = connect({ ...open, host: loopback, port: this.#serverPort });
    const pair = this.#pair(client, server);
    server.once('connect', () => this.#standInForDefaultDataPort(pair));
    if (this.#encrypted) this.#passBytes(pair, 'control');
    else this.#passDialogue(pair);
  }

  // RFC 959, 3.2: the user's default data port is its control connection's own. The server sees ours.
  #standInForDefaultDataPort({ client, server }: Pair): void {
    const { remotePort } = client;
    const { localPort } = server;
    if (remotePort === undefined || localPort === undefined) return;
    const listener = createServer(open, (data) =>
      this.#passData(connect({ ...open, host: loopback, port: remotePort }), data),
    );
    listener.on('error', () => {});
    this.#listeners.add(listener.listen({ port: localPort, host: loopback }));
    server.once('close', () => this.#unlisten(listener));
  }

  async #relay(onClient: (client: Socket) => void): Promise<number> {
    const listener = createServer(open, (client) => {
      this.#unlisten(listener);
      onClient(client);
    });
    this.#listeners.add(listener);
    await once(listener.listen(0, loopback), 'listening');
    return (listener.address() as AddressInfo).port;
  }

  #unlisten(listener: Server): void {
    listener.close();
    this.#listeners.delete(listener);
  }

  #pair(client: Socket, server: Socket): Pair {
    const pair = { client, server, cut: false };
    this.#pairs.add(pair);
    for (const [end, other] of [
      [client, server],
      [server, client],
    ] as const) {
      end.on('error', () => {});
      end.on('end', () => !pair.cut && other.end());
      end.on('close', () => !pair.cut && other.destroySoon());
    }
    client.once('close', () => this.#pairs.delete(pair));
    return pair;
  }

  #passData(client: Socket, server: Socket): void {
    this.#passBytes(this.#pair(client, server), 'data');
  }

  #passBytes(pair: Pair, of: 'control' | 'data'): void {
    const pass = (from: Socket, to: Socket, toward: 'server' | 'client'): void => {
      from.on('data', (chunk: Buffer) => this.#passChunk(pair, chunk, { of, toward, from, to }));
    };
    pass(pair.client, pair.server, 'server');
    pass(pair.server, pair.client, 'client');
  }

  #passChunk(
    pair: Pair,
    chunk: Buffer,
    way: { of: 'control' | 'data'; toward: 'server' | 'client'; from: Socket; to: Socket },
  ): void {
    if (pair.cut) return;
    const left = this.#bytesBeforeFault(way, chunk.length);
    if (left === undefined) {
      if (way.to.write(chunk)) return;
      way.from.pause();
      way.to.once('drain', () => way.from.resume());
      return;
    }
    way.to.write(chunk.subarray(0, left));
    if (this.#fault?.at === 'bytes') this.#cut(pair, this.#fault.cut);
  }

  #bytesBeforeFault(
    { of, toward }: { of: 'control' | 'data'; toward: 'server' | 'client' },
    length: number,
  ): number | undefined {
    const way = `${of} ${toward}`;
    const before = this.#passed.get(way) ?? 0;
    this.#passed.set(way, before + length);
    const fault = this.#fault;
    if (this.#fired || fault?.at !== 'bytes') return undefined;
    if (fault.of !== of || fault.toward !== toward) return undefined;
    return before + length > fault.after ? fault.after - before : undefined;
  }

  #passDialogue(pair: Pair): void {
    const reader = new ControlReader();
    pair.client.on('data', (chunk: Buffer) => {
      if (pair.cut || this.#cutsHere(pair, chunk, 'server')) return;
      for (const { line, verb } of reader.commands(chunk)) {
        if (pair.cut) return;
        this.trace.push(`> ${line.toString('latin1').trim()}`);
        this.#passCommand(pair, reader, { line, verb });
      }
      this.#sayDue(pair, reader);
    });
    pair.server.on('data', (chunk: Buffer) => {
      if (pair.cut || this.#cutsHere(pair, chunk, 'client')) return;
      for (const reply of reader.replies(chunk)) {
        if (pair.cut) return;
        this.trace.push(`< ${reply.bytes.toString('latin1').trim()}`);
        this.#passReply(pair, reply);
        this.#sayDue(pair, reader);
      }
    });
  }

  // Bytes of the dialogue are cut before the proxy reads which command or reply they are.
  #cutsHere(pair: Pair, chunk: Buffer, toward: 'server' | 'client'): boolean {
    const left = this.#bytesBeforeFault({ of: 'control', toward }, chunk.length);
    if (left === undefined || this.#fault?.at !== 'bytes') return false;
    (toward === 'server' ? pair.server : pair.client).write(chunk.subarray(0, left));
    this.#cut(pair, this.#fault.cut);
    return true;
  }

  #passCommand(
    pair: Pair,
    reader: ControlReader,
    { line, verb }: { readonly line: Buffer; readonly verb: string },
  ): void {
    this.#verbs.push(verb);
    const fault = this.#fault;
    if (fault?.at === 'feigned' && this.#isDue(fault, verb)) {
      this.#fire(`feigned ${fault.text}`);
      reader.feign(verb, fault.text);
      return;
    }
    const cutsHere = fault?.at === 'command' && this.#isDue(fault, verb);
    if (!cutsHere || fault.heard) {
      pair.server.write(line);
      reader.sent(verb);
    }
    if (cutsHere) this.#cut(pair, fault.cut);
  }

  #isDue({ verb, nth }: { readonly verb: string; readonly nth: number }, seen: string): boolean {
    return !this.#fired && verb === seen && ++this.#seen === nth;
  }

  #sayDue(pair: Pair, reader: ControlReader): void {
    for (const text of reader.due()) {
      this.trace.push(`< ${text}`);
      if (!pair.cut) pair.client.write(`${text}\r\n`);
    }
  }

  #passReply(pair: Pair, { bytes, verb, preliminary }: ReadReply): void {
    const fault = this.#fault;
    if (fault?.at !== 'reply' || fault.preliminary !== preliminary || !this.#isDue(fault, verb)) {
      pair.client.write(bytes);
    } else if (fault.fault.how === 'cut') this.#cut(pair, fault.fault.cut);
    else {
      this.#fire(JSON.stringify(fault.fault));
      falsify(pair.client, bytes, fault.fault);
    }
  }

  #fire(what: string): void {
    this.#fired = true;
    this.trace.push(`!! ${what}`);
  }

  #cut(pair: Pair, cut: Cut): void {
    this.#fire(cut);
    pair.cut = true;
    // What was written before the cut is to arrive.
    setImmediate(() => {
      if (cut === 'stall') return;
      if (cut === 'fin') {
        pair.client.end();
        pair.server.end();
      } else this.#end(pair);
      if (cut === 'kill') void this.#kill();
    });
  }

  #end(pair: Pair): void {
    pair.cut = true;
    pair.client.resetAndDestroy();
    pair.server.resetAndDestroy();
  }
}

// The server may still have its side open.
function isHeld({ client, cut }: Pair): boolean {
  return !cut && !client.readableEnded && !client.destroyed;
}
