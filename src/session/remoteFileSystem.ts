import type { ByteSource } from '../base/bytes.ts';
import type { Event } from '../base/event.ts';
import type { RemotePath } from '../base/paths.ts';
import type { TransferObserver } from '../ftp/ftpConnection.ts';
import type { RemoteEntry } from '../ftp/grammar/entry.ts';

export type { TransferObserver } from '../ftp/ftpConnection.ts';
export type { RemoteEntry } from '../ftp/grammar/entry.ts';

/** What is served first where connections are few: a waiting user, a transfer, or a look ahead. */
export type Lane = 'interactive' | 'transfer' | 'background';

export interface FileOptions {
  readonly signal: AbortSignal;
  readonly observer?: TransferObserver;
  /** Left out: `transfer` for `openRead`, `receive` and `copy`, `interactive` for everything else. */
  readonly lane?: Lane;
}

/**
 * An entry that also says where a symbolic link leads to: size, time, mode and identity of a link to a
 * file are those of the file.
 */
export interface StatEntry extends RemoteEntry {
  /** Of a symbolic link; left out where its target is missing, goes in a circle or is not told. */
  readonly targetType?: 'file' | 'directory';
}

/** Which file certain bytes came from. Plain data: it may be kept and compared later. */
export interface FileIdentity {
  readonly size: number | undefined;
  /** Milliseconds since the Unix epoch, as the server said. */
  readonly modified: number | undefined;
  /** RFC 3659's unique fact, where the server has one. */
  readonly unique: string | undefined;
  /** SHA-256 of the bytes in hex; `undefined` when only the facts are known. */
  readonly sha256: string | undefined;
  /**
   * False when the file was read so soon after it was written that another write within the same tick
   * of the server's clock would not show (git calls that racy): then only the bytes prove anything.
   */
  readonly settled: boolean;
  /**
   * We wrote the file ourselves, and these are its facts right after that: they have settled as soon as
   * the server's clock has moved on and they are still the same.
   */
  readonly written?: true;
}

/** What must be at a path for a write to go on: that very file, or nothing. */
export type Expected = FileIdentity | 'absent';

export interface ReadFile {
  readonly content: Uint8Array;
  readonly identity: FileIdentity;
}

export interface WriteOptions extends FileOptions {
  /** Make the file if it is not there; otherwise that is `notFound`. */
  readonly create: boolean;
  /** Replace the file if it is there; otherwise that is `exists`. */
  readonly overwrite: boolean;
  /** The server is asked again before anything is replaced. Left out: what is there is replaced. */
  readonly expected?: Expected;
}

export type WriteOutcome =
  | { readonly kind: 'written'; readonly identity: FileIdentity }
  /** Nothing was written: something else is there. To write over just that, expect `found`. */
  | { readonly kind: 'conflict'; readonly found: Expected };

/** Whether what stands at a path is what was expected there; `found` is what a write would replace. */
export type Comparison =
  | { readonly kind: 'same'; readonly entry: StatEntry }
  | { readonly kind: 'other'; readonly entry: StatEntry; readonly found: Expected };

export interface RemoteChange {
  readonly path: RemotePath;
  readonly type: 'created' | 'changed' | 'deleted';
}

/** A folder was listed, and there may be more in it than was shown. */
export interface PartialListing {
  readonly path: RemotePath;
  /** As words that go on "the listing may not be all: ...". */
  readonly why: string;
}

/** A file that a save has left, or that a save of another window is using. */
export interface LeftOver {
  readonly path: RemotePath;
  readonly entry: RemoteEntry;
  /** The file whose older or newer bytes it holds; left out where its name was cut. */
  readonly file?: RemotePath;
  /** What stands there now. */
  readonly standing?: RemoteEntry;
}

/** A folder was listed, and these were left out of it. */
export interface FoundLeftOvers {
  readonly path: RemotePath;
  readonly leftOvers: readonly [LeftOver, ...LeftOver[]];
}

/** How the server is reached at the moment; for the status bar and the Sites view. */
export interface SessionState {
  readonly connections: number;
  readonly busy: number;
  /** "block mode · default data port · TLS 1.3"; `undefined` before the first data connection. */
  readonly rung: string | undefined;
}

/**
 * What a workspace needs of a server, in no words of FTP. Every method rejects with a
 * `RemoteFileError`, or with the signal's reason. It connects by itself when it is first needed,
 * and again after a connection was lost.
 */
export interface RemoteFileSystem extends AsyncDisposable {
  readonly state: SessionState;
  readonly onDidChangeState: Event<SessionState>;
  /** What we changed ourselves, and what newer listings show. */
  readonly onDidChange: Event<readonly RemoteChange[]>;
  /** Told at each such listing: a name that it lacks is not known to be absent. */
  readonly onDidListInPart: Event<PartialListing>;

  /** Told at each listing; what a save of this file system is using is not one of them. */
  readonly onDidFindLeftOvers: Event<FoundLeftOvers>;

  /** Logs in where no connection is open; what fails here would fail everywhere. */
  connect(options: FileOptions): Promise<void>;
  /** Where the server puts a user who has just logged in; the root where it does not say. */
  homeDirectory(options: FileOptions): Promise<RemotePath>;
  /**
   * From the parent's listing where that is known; `fresh` asks the server. `exact` asks it for this
   * one name, and returns the time of that answer, even where a listing told it less exactly.
   */
  stat(
    path: RemotePath,
    options: FileOptions & { fresh?: boolean; exact?: boolean },
  ): Promise<StatEntry>;
  /** Asks the server whether a write that expects this would find it, so that no conflict is missed. */
  compare(path: RemotePath, expected: Expected, options: FileOptions): Promise<Comparison>;
  /**
   * The facts of a file prove nothing within the tick of the server's clock in which it was written.
   * Waits for the next tick and asks once more; `undefined` where that does not help.
   */
  settle(
    path: RemotePath,
    identity: FileIdentity,
    options: FileOptions,
  ): Promise<FileIdentity | undefined>;
  /** What is in a folder, but for the temporary files of saves. */
  readDirectory(
    path: RemotePath,
    options: FileOptions & { fresh?: boolean },
  ): Promise<readonly StatEntry[]>;
  /** What saves that broke off have left in a folder; the server is always asked. */
  leftOvers(path: RemotePath, options: FileOptions): Promise<readonly LeftOver[]>;
  readFile(path: RemotePath, options: FileOptions & { limit?: number }): Promise<ReadFile>;
  /** For what does not fit into memory. Ends without an error only when the file is whole. */
  openRead(path: RemotePath, options: FileOptions): AsyncIterable<Uint8Array>;
  /**
   * The same for a taker that can begin again: it is called anew, with a source that begins at the first
   * byte, when the file was lost in its middle. It must throw what the source throws.
   */
  receive<T>(
    path: RemotePath,
    take: (source: () => ByteSource) => Promise<T>,
    options: FileOptions,
  ): Promise<T>;
  /** Each attempt asks for the source again; the old file stands until the new one is whole. */
  writeFile(
    path: RemotePath,
    source: () => ByteSource,
    options: WriteOptions,
  ): Promise<WriteOutcome>;
  createDirectory(path: RemotePath, options: FileOptions): Promise<void>;
  delete(path: RemotePath, options: FileOptions & { recursive: boolean }): Promise<void>;
  rename(
    from: RemotePath,
    to: RemotePath,
    options: FileOptions & { overwrite: boolean },
  ): Promise<void>;
  /**
   * Sets the Unix mode bits of what a path leads to, as octal digits: "644", "2755". `unsupported`
   * where the server cannot.
   */
  changeMode(path: RemotePath, mode: string, options: FileOptions): Promise<void>;
  /** Sets the time of what a path leads to, in whole seconds. `unsupported` where the server cannot. */
  setModified(path: RemotePath, time: Date, options: FileOptions): Promise<void>;
  copy(
    from: RemotePath,
    to: RemotePath,
    options: FileOptions & { overwrite: boolean },
  ): Promise<void>;
  /** Forgets what is known of a folder and everything below it. */
  forget(path: RemotePath): void;
}
