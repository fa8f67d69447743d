import type { ByteSource } from '../../../src/base/bytes.ts';
import {
  joinPath,
  nameOf,
  parentOf,
  type RemotePath,
  resolvePath,
  toRemotePath,
} from '../../../src/base/paths.ts';
import { sha256Of } from '../../../src/session/known/fileIdentity.ts';
import {
  ConnectionError,
  type FtpError,
  LoginError,
  ReplyError,
  TransferError,
} from '../../../src/ftp/errors.ts';
import type {
  ConnectionDescription,
  ConnectionUse,
  FtpConnection,
  FolderListing,
  OperationOptions,
  Renamed,
  RenameOptions,
  Retrieval,
  TransferOptions,
} from '../../../src/ftp/ftpConnection.ts';
import type { RemoteEntry, TimePrecision } from '../../../src/ftp/grammar/entry.ts';
import type { ServerFeatures } from '../../../src/ftp/grammar/features.ts';
import { type Reply, replyClassOf } from '../../../src/ftp/grammar/reply.ts';
import { FakeClock } from './fakeClock.ts';

/** What stands under a path of the fake server. */
export interface Node {
  readonly type: RemoteEntry['type'];
  content: Uint8Array;
  modified: number;
  mode: string | undefined;
  target?: string;
}

/** What goes wrong with one command; `denied`: it is done, and answered 552. */
export type Fault =
  | 'reply550'
  | 'reply451'
  | 'denied'
  /** The connection is lost, for its data port leads nowhere. */
  | 'noDataPort'
  | 'lostBefore'
  | 'lostAfter'
  | 'cancel'
  | 'cancelAfter';

/** How the fake server differs from a modern one. */
export interface FakeServerOptions {
  /** MLST: exact facts of one name, folders too. */
  readonly mlst?: boolean;
  /** SIZE and MDTM. */
  readonly size?: boolean;
  readonly hash?: boolean;
  /** RFC 3659's unique fact: what is renamed keeps it. */
  readonly unique?: boolean;
  /** RNTO over a name that is there. */
  readonly renameOver?: boolean;
  /** False: names that are not there cannot be made. */
  readonly newNames?: boolean;
  /** False: nothing is renamed, RNFR is refused; `confirmed`: nothing, but it says so. */
  readonly renames?: boolean | 'confirmed';
  /** False: nothing is deleted. */
  readonly deletes?: boolean;
  /** Names of new files are cut to so many characters. */
  readonly longestName?: number;
  /** False: files cannot be read. */
  readonly reads?: boolean;
  readonly precision?: TimePrecision;
  readonly maxLogins?: number;
  readonly mode?: string;
  /** What SITE CHMOD does: `ignored` is answered with 200. */
  readonly chmod?: 'done' | 'ignored' | 'unknown';
  readonly mfmt?: 'done' | 'unknown';
  /** Links to folders are listed as folders, as pyftpdlib does. */
  readonly hidesLinks?: boolean;
  /** Listings do not say where links lead to, as MLSD of Pure-FTPd. */
  readonly hidesTargets?: boolean;
}

/** A server in memory whose commands can be counted, held up, and made to fail. */
export class FakeServer {
  readonly nodes: Map<RemotePath, Node> = new Map([[toRemotePath('/'), newNode('directory')]]);
  readonly clock: FakeClock = new FakeClock();
  /** Folders of which a listing shows one entry, and why not more. */
  readonly shownInPart: Map<RemotePath, string> = new Map();
  readonly commands: string[] = [];
  readonly connections: Set<FakeConnection> = new Set();
  readonly options: FakeServerOptions;
  logins = 0;
  /** Connections that it dropped. */
  losses = 0;
  /** The most connections that were open at a time. */
  peak = 0;
  /** How often a command went out while none before it was unanswered: the round trips. */
  rounds = 0;
  /** Asked before each command; its index counts from 0. */
  fault: (index: number, command: string) => Fault | undefined = () => undefined;
  readonly #ids = new WeakMap<Node, string>();
  #lastId = 0;
  /** Awaited before a command takes effect. */
  gate: (command: string) => Promise<void> = async () => {};
  /** Awaited between a command's effect and its reply. */
  late: (command: string) => Promise<void> = async () => {};
  /** Runs right before a command takes effect. */
  before: (command: string) => void = () => {};
  /** Runs before each piece of a file that is read. */
  piece: () => void = () => {};
  /** What the user does when a fault is a cancel. */
  cancel: () => void = () => {};
  /** What a login does; throws to refuse it. */
  greet: () => Promise<void> = async () => {};

  constructor(options: FakeServerOptions = {}) {
    this.options = options;
  }

  readonly connect = async (signal: AbortSignal): Promise<FtpConnection> => {
    signal.throwIfAborted();
    await this.greet();
    if (this.connections.size >= (this.options.maxLogins ?? Number.POSITIVE_INFINITY)) {
      throw new LoginError('user', replyOf(530));
    }
    this.logins++;
    const connection = new FakeConnection(this);
    this.connections.add(connection);
    this.peak = Math.max(this.peak, this.connections.size);
    return connection;
  };

  file(path: string, content: string | Uint8Array, more: Partial<Node> = {}): this {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    this.nodes.set(toRemotePath(path), {
      ...newNode('file', this.clock.now(), this.options.mode),
      content: bytes,
      ...more,
    });
    return this;
  }

  folder(path: string): this {
    this.nodes.set(toRemotePath(path), newNode('directory', this.clock.now()));
    return this;
  }

  link(path: string, target: string): this {
    this.nodes.set(toRemotePath(path), { ...newNode('symlink'), target });
    return this;
  }

  text(path: string): string | undefined {
    const node = this.nodes.get(toRemotePath(path));
    return node && Buffer.from(node.content).toString();
  }

  /** The same for a node wherever it stands. */
  idOf(node: Node): string {
    const id = this.#ids.get(node) ?? `node${this.#lastId++}`;
    this.#ids.set(node, id);
    return id;
  }

  names(folder: string): string[] {
    const parent = toRemotePath(folder);
    return [...this.nodes.keys()]
      .filter((path) => path !== '/' && parentOf(path) === parent)
      .map(nameOf)
      .toSorted();
  }

  count(verb: string): number {
    return this.commands.filter((command) => command.startsWith(`${verb} `)).length;
  }
}

function newNode(type: Node['type'], modified = 0, mode?: string): Node {
  return { type, content: new Uint8Array(0), modified, mode };
}

function replyOf(code: number): Reply {
  return { code, replyClass: replyClassOf(code) ?? 'completion', lines: ['so says the test'] };
}

export function replyError(command: string, code: number): ReplyError {
  const [verb = '', argument = ''] = command.split(' ', 2);
  return new ReplyError({ verb, argument }, replyOf(code));
}

function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ReplyError)) throw error;
  return undefined;
}

/** One login at the fake server. Commands of one connection take effect in the order of the calls. */
export class FakeConnection implements FtpConnection {
  readonly features: ServerFeatures;
  readonly closed: Promise<FtpError | undefined>;
  usable = true;
  recovering: Promise<void> | undefined;
  /** How many operations of each use may share it; 1 if left out. */
  readonly shared: Partial<Record<ConnectionUse, number>> = {};
  #commands = 0;
  #waiting = 0;
  #dataConnections = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #server: FakeServer;
  readonly #close: (reason: FtpError | undefined) => void;

  constructor(server: FakeServer) {
    const { promise, resolve } = Promise.withResolvers<FtpError | undefined>();
    const { mlst = true, size = true, hash = false } = server.options;
    const offered = [...(mlst ? ['MLST'] : []), ...(size ? ['SIZE', 'MDTM'] : [])];
    this.features = new Map([
      ...offered.map((feature) => [feature, ''] as const),
      ...(hash ? [['HASH', 'SHA-256*'] as const] : []),
    ]);
    this.#server = server;
    this.closed = promise;
    this.#close = resolve;
  }

  get description(): ConnectionDescription {
    return {
      rung: this.#dataConnections > 0 ? { mode: 'block', dataPort: 'default' } : undefined,
      tlsVersion: 'TLSv1.3',
      dataConnections: this.#dataConnections,
      resumedDataConnections: 0,
      listings: undefined,
      commands: this.#commands,
    };
  }

  places(use: ConnectionUse): number {
    return this.shared[use] ?? 1;
  }

  list(folder: RemotePath, options: OperationOptions): Promise<FolderListing> {
    return this.#do(`MLSD ${folder}`, options, () => {
      this.#dataConnections++;
      const real = this.#behind(folder);
      if (this.#node(real, 'MLSD').type !== 'directory') throw replyError(`MLSD ${folder}`, 550);
      const entries: RemoteEntry[] = [];
      for (const [path, node] of this.#server.nodes) {
        if (path !== '/' && parentOf(path) === real) entries.push(this.#entryOf(path, node));
      }
      const missing = this.#server.shownInPart.get(folder);
      const shown = missing === undefined ? entries : entries.slice(0, 1);
      return {
        format: 'mlsd',
        entries: shown,
        unreadable: [],
        ...(missing !== undefined && { missing }),
      };
    });
  }

  entry(path: RemotePath, options: OperationOptions): Promise<RemoteEntry | undefined> {
    return this.#do(`MLST ${path}`, options, () => {
      const { mlst = true, size = true } = this.#server.options;
      const node = this.#server.nodes.get(path);
      if (mlst) return this.#entryOf(path, this.#node(path, 'MLST'));
      // SIZE and MDTM follow links.
      const file = size && node ? this.#file(path, 'SIZE') : undefined;
      return file && { ...this.#entryOf(path, file), precision: 'second' };
    });
  }

  size(path: RemotePath, options: OperationOptions): Promise<number | undefined> {
    return this.#do(`SIZE ${path}`, options, () =>
      (this.#server.options.size ?? true) ? this.#file(path, 'SIZE').content.length : undefined,
    );
  }

  modified(path: RemotePath, options: OperationOptions): Promise<Date | undefined> {
    return this.#do(`MDTM ${path}`, options, () =>
      (this.#server.options.size ?? true)
        ? new Date(Math.floor(this.#file(path, 'MDTM').modified / 1_000) * 1_000)
        : undefined,
    );
  }

  async retrieve(path: RemotePath, options: TransferOptions): Promise<Retrieval> {
    const content = await this.#do(`RETR ${path}`, options, () => {
      if (this.#server.options.reads === false) throw replyError(`RETR ${path}`, 550);
      this.#dataConnections++;
      return this.#file(path, 'RETR').content;
    });
    const server = this.#server;
    async function* bytes(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < content.length; at += 65_536) {
        server.piece();
        options.signal.throwIfAborted();
        const piece = content.subarray(at, at + 65_536);
        options.observer?.moved?.(piece.length);
        yield piece;
      }
    }
    return { bytes: bytes(), [Symbol.asyncDispose]: async () => {} };
  }

  async store(named: RemotePath, source: ByteSource, options: TransferOptions): Promise<number> {
    const command = `STOR ${named}`;
    const { longestName = 255 } = this.#server.options;
    const real = this.#behind(named);
    const path = joinPath(parentOf(real), nameOf(real).slice(0, longestName));
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    const put = (content: Uint8Array): void => {
      const { nodes, clock, options } = this.#server;
      const old = nodes.get(path);
      if (old?.type === 'directory') throw replyError(command, 550);
      if (!old && options.newNames === false) throw replyError(command, 553);
      if (nodes.get(parentOf(path))?.type !== 'directory') throw replyError(command, 550);
      const mode = old?.mode ?? options.mode;
      nodes.set(path, { ...newNode('file', clock.now(), mode), content });
    };
    const run = async (fault: Fault | undefined): Promise<number> => {
      this.#dataConnections++;
      put(new Uint8Array(0));
      for await (const piece of source) {
        options.signal.throwIfAborted();
        pieces.push(Uint8Array.from(piece));
        bytes += piece.length;
        options.observer?.moved?.(piece.length);
        if (pieces.length < 8) put(Buffer.concat(pieces));
        // Half of it is there when the connection breaks.
        if (fault === 'lostBefore') throw this.#lose();
      }
      put(Buffer.concat(pieces));
      return bytes;
    };
    try {
      return await this.#do(command, options, run);
    } catch (error) {
      if (!(error instanceof ConnectionError) || bytes === 0) throw error;
      throw new TransferError(`${command} broke off`, { bytes, remedy: 'reconnect', cause: error });
    }
  }

  async makeDirectory(path: RemotePath, options: OperationOptions): Promise<'made'> {
    await this.#do(`MKD ${path}`, options, () => {
      const { nodes, clock } = this.#server;
      const parent = nodes.get(parentOf(path))?.type;
      if (nodes.has(path) || parent !== 'directory') throw replyError(`MKD ${path}`, 550);
      nodes.set(path, newNode('directory', clock.now()));
    });
    return 'made';
  }

  removeDirectory(path: RemotePath, options: OperationOptions): Promise<void> {
    return this.#do(`RMD ${path}`, options, () => {
      const { nodes } = this.#server;
      const occupied = [...nodes.keys()].some((other) => other !== '/' && parentOf(other) === path);
      if (this.#node(path, 'RMD').type !== 'directory' || occupied) {
        throw replyError(`RMD ${path}`, 550);
      }
      nodes.delete(path);
    });
  }

  async deleteFile(path: RemotePath, options: OperationOptions): Promise<'gone' | 'stays'> {
    await this.#do(`DELE ${path}`, options, () => {
      if (this.#server.options.deletes === false) throw replyError(`DELE ${path}`, 550);
      const real = joinPath(this.#behind(parentOf(path)), nameOf(path));
      if (this.#node(real, 'DELE').type === 'directory') throw replyError(`DELE ${path}`, 550);
      this.#server.nodes.delete(real);
    });
    return 'gone';
  }

  async rename(from: RemotePath, to: RemotePath, options: RenameOptions): Promise<Renamed> {
    const { unique, provenBy } = options;
    const refusal = this.#rename(from, to, options).then(
      () => undefined,
      (error: unknown) => {
        if (error instanceof ReplyError) return error;
        throw error;
      },
    );
    if (provenBy === 'caller') return { refusal: await refusal, from: undefined, to: undefined };
    refusal.catch(() => {});
    const atNew = unique && (await this.entry(to, options).catch(unlessRefused));
    if (atNew && atNew.unique === unique && !(await refusal)) {
      return { refusal: undefined, from: undefined, to: atNew };
    }
    const facts = [from, to].map((path) => this.entry(path, options).catch(unlessRefused));
    const [atFrom, atTo] = await Promise.all(facts);
    return { refusal: await refusal, from: atFrom, to: atTo };
  }

  refusalToRename(path: RemotePath, options: OperationOptions): Promise<ReplyError | undefined> {
    return this.#do(`RNFR ${path}`, options, () => {
      const { renames = true } = this.#server.options;
      if (!renames || !this.#server.nodes.has(path)) throw replyError(`RNFR ${path}`, 550);
      return undefined;
    }).catch((error: unknown) => {
      if (error instanceof ReplyError) return error;
      throw error;
    });
  }

  #rename(from: RemotePath, to: RemotePath, options: OperationOptions): Promise<void> {
    return this.#do(`RNTO ${from} ${to}`, options, () => {
      const { nodes, options } = this.#server;
      if (options.renames === 'confirmed') return;
      if (options.renames === false) throw replyError(`RNFR ${from}`, 550);
      const node = this.#node(from, 'RNFR');
      const over = nodes.get(to);
      const refused = over && (options.renameOver === false || over.type !== node.type);
      if (refused || !nodes.has(parentOf(to)) || options.newNames === false) {
        throw replyError(`RNTO ${to}`, 550);
      }
      for (const [path, below] of nodes) {
        if (path !== from && !path.startsWith(`${from}/`)) continue;
        nodes.delete(path);
        nodes.set(toRemotePath(to + path.slice(from.length)), below);
      }
    });
  }

  homeDirectory(options: OperationOptions): Promise<RemotePath | undefined> {
    return this.#do('PWD /', options, () => toRemotePath('/home'));
  }

  changeMode(path: RemotePath, mode: string, options: OperationOptions): Promise<boolean> {
    return this.#do(`CHMOD ${path}`, options, () => {
      const { chmod = 'done' } = this.#server.options;
      if (chmod === 'done') this.#node(path, 'SITE').mode = mode.padStart(4, '0');
      return chmod !== 'unknown';
    });
  }

  setModified(path: RemotePath, time: Date, options: OperationOptions): Promise<boolean> {
    return this.#do(`MFMT ${path}`, options, () => {
      const { mfmt = 'done' } = this.#server.options;
      if (mfmt === 'done') this.#node(path, 'MFMT').modified = time.getTime();
      return mfmt === 'done';
    });
  }

  sha256(path: RemotePath, options: OperationOptions): Promise<string | undefined> {
    const { hash = false } = this.#server.options;
    if (!hash) return Promise.resolve(undefined);
    return this.#do(`HASH ${path}`, options, () => sha256Of(this.#file(path, 'HASH').content));
  }

  probe(options: OperationOptions): Promise<void> {
    return this.#do('NOOP /', options, () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
  }

  /** The other side is gone. */
  drop(): void {
    this.#end(new ConnectionError('control', 'The server closed the connection'));
  }

  #end(reason: FtpError | undefined): void {
    this.usable = false;
    this.#server.connections.delete(this);
    this.#close(reason);
  }

  #lose(): ConnectionError {
    const error = new ConnectionError('control', 'The connection broke');
    this.#server.losses++;
    this.#end(error);
    return error;
  }

  #do<T>(
    command: string,
    { signal }: OperationOptions,
    effect: (fault: Fault | undefined) => T | Promise<T>,
  ): Promise<T> {
    const before = this.#last;
    if (this.#waiting++ === 0) this.#server.rounds++;
    const done = (async () => {
      try {
        await before.catch(() => {});
        return await this.#answer(command, signal, effect);
      } finally {
        this.#waiting--;
      }
    })();
    this.#last = done;
    done.catch(() => {});
    return done;
  }

  async #answer<T>(
    command: string,
    signal: AbortSignal,
    effect: (fault: Fault | undefined) => T | Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    if (!this.usable) throw new ConnectionError('control', 'The connection is closed');
    const server = this.#server;
    const fault = server.fault(server.commands.length, command);
    server.commands.push(command);
    this.#commands++;
    await aborted(server.gate(command), signal);
    if (!this.usable) throw new ConnectionError('control', 'The connection is closed');
    if (fault === 'reply550') throw replyError(command, 550);
    if (fault === 'reply451') throw replyError(command, 451);
    if (fault === 'lostBefore' && !command.startsWith('STOR ')) throw this.#lose();
    if (fault === 'noDataPort') {
      this.#lose();
      throw new ConnectionError('data', 'No data connection came about');
    }
    if (fault === 'cancel') server.cancel();
    signal.throwIfAborted();
    server.before(command);
    const value = await effect(fault);
    await aborted(server.late(command), signal);
    if (fault === 'denied') throw replyError(command, 552);
    if (fault === 'lostBefore' || fault === 'lostAfter') throw this.#lose();
    if (fault === 'cancelAfter') server.cancel();
    signal.throwIfAborted();
    return value;
  }

  #node(path: RemotePath, verb: string): Node {
    const node = this.#server.nodes.get(path);
    if (!node) throw replyError(`${verb} ${path}`, 550);
    return node;
  }

  // As a server does: a link is followed by RETR and SIZE.
  #file(path: RemotePath, verb: string): Node {
    const node = this.#node(path, verb);
    if (node.type === 'symlink') {
      return this.#file(resolvePath(parentOf(path), node.target ?? '') ?? path, verb);
    }
    if (node.type !== 'file') throw replyError(`${verb} ${path}`, 550);
    return node;
  }

  // What a link in that place leads to; links are not nested here.
  #behind(path: RemotePath): RemotePath {
    const target = this.#server.nodes.get(path)?.target;
    return target === undefined ? path : (resolvePath(parentOf(path), target) ?? path);
  }

  #entryOf(path: RemotePath, node: Node): RemoteEntry {
    const { precision = 'second', hidesLinks = false, hidesTargets = false } = this.#server.options;
    const { unique = false } = this.#server.options;
    const grain = precision === 'second' ? 1_000 : 60_000;
    return {
      name: nameOf(path),
      type: hidesLinks && node.type === 'symlink' ? 'directory' : node.type,
      size: node.type === 'file' ? node.content.length : undefined,
      modified: new Date(Math.floor(node.modified / grain) * grain),
      precision,
      ...(unique && { unique: this.#server.idOf(node) }),
      ...(node.mode !== undefined && { mode: node.mode }),
      ...(node.target !== undefined && !hidesTargets && { target: node.target }),
    };
  }
}

async function aborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: abort, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([promise, abort]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
