import type { ByteSource } from '../base/bytes.ts';
import type { RemotePath } from '../base/paths.ts';
import type { FtpError, ReplyError } from './errors.ts';
import type { RemoteEntry } from './grammar/entry.ts';
import type { ServerFeatures } from './grammar/features.ts';
import type { Listing } from './grammar/listing/listing.ts';
import type { Rung } from './rung.ts';

/** Told as a transfer goes on. */
export interface TransferObserver {
  /** The number of file bytes that have just moved. */
  moved?(bytes: number): void;
}

/**
 * A user waits for the operation: where all data ports have failed, they are tried again at once. One
 * operation does so once, over however many connections it goes.
 */
export interface Insistence {
  /** Set by the engine when it tries again. */
  isSpent: boolean;
}

export interface OperationOptions {
  readonly signal: AbortSignal;
  readonly insistence?: Insistence | undefined;
}

export interface TransferOptions extends OperationOptions {
  readonly observer?: TransferObserver;
  /** Of a download: how many bytes a listing has told. Where others come, the server is asked. */
  readonly size?: number | undefined;
}

export interface StoreOptions extends TransferOptions {
  /**
   * What need not wait until all commands before it are answered. Left out: nothing. For a file under a
   * temporary name `command`: its STOR; and `bytes`: its bytes too, for a caller that proves by a hash
   * what came of them. Where a file before it is refused, bytes that were sent ahead come into another
   * one: the file then rejects with a `SentAheadError`, or its hash is another one.
   */
  readonly ahead?: 'command' | 'bytes' | undefined;
}

/** A folder's listing, and how far it can be relied on. */
export interface FolderListing extends Listing {
  /** Why it may not be everything: a name that is not in it may exist all the same. */
  readonly missing?: string;
  /** The server let us enter it, or said that it is a folder: so it is one. */
  readonly isEntered?: boolean;
}

/** How one connection stands, for people and for the log. Read again, it tells the new state. */
export interface ConnectionDescription {
  /** The rung of the last data connection; `undefined` before the first. */
  readonly rung: Rung | undefined;
  /** "TLSv1.3", or `undefined` where nothing is protected. */
  readonly tlsVersion: string | undefined;
  /** Data connections opened so far. */
  readonly dataConnections: number;
  /** Of them, those that resumed the control connection's TLS session. */
  readonly resumedDataConnections: number;
  /** Commands written so far. */
  readonly commands: number;
  /** SIZE was answered for a folder: `entry` then knows nothing without MLST. */
  readonly sizesFolders?: boolean;
  /** Some question is not asked of this server: that `entry` tells nothing then means nothing. */
  readonly keepsQuiet?: boolean;
  /** How the last folder was listed. STAT takes no data connection. */
  readonly listings: 'MLSD' | 'LIST' | 'STAT' | undefined;
}

export interface RenameOptions extends OperationOptions {
  /**
   * That fact of the file, where no other has it: where it is found at the new name, the old one need not
   * be looked at.
   */
  readonly unique?: string | undefined;
  /** The caller has seen that very file under its old name. */
  readonly isProved?: boolean;
  /** `caller`: it looks at both names itself, and nothing is asked. Left out: `questions`. */
  readonly provenBy?: 'questions' | 'caller';
}

/** What the server said to a rename, and what it told of both names right behind it. */
export interface Renamed {
  /** `undefined` where it confirmed. */
  readonly refusal: ReplyError | undefined;
  /** As `FtpConnection.entry` tells it: `undefined` also where the server cannot tell. */
  readonly from: RemoteEntry | undefined;
  readonly to: RemoteEntry | undefined;
}

/**
 * What an operation does on its connection, as far as others can share it: it asks of single names,
 * lists folders, receives files, saves by temporary names, or does anything else, alone.
 */
export type ConnectionUse = 'ask' | 'list' | 'retrieve' | 'save' | 'alone';

/** A file on its way to us. Disposing it, or leaving the loop early, aborts the transfer. */
export interface Retrieval extends AsyncDisposable {
  /**
   * The file's bytes. The loop ends without an error only when the file is known to be whole: the
   * data ended, the final reply is there and says so, and in stream mode the size agrees.
   */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * One logged-in user: the engine's face. Every method rejects with an `FtpError`, or with the
 * signal's reason. Methods may be called without awaiting the one before: transfers keep their
 * order among themselves, and so do commands.
 */
export interface FtpConnection extends AsyncDisposable {
  readonly features: ServerFeatures;
  readonly description: ConnectionDescription;
  /** False when it is closed, broken, or out of step: it can do nothing more. */
  readonly usable: boolean;
  /**
   * While a transfer that was cut off is taken back, which takes seconds where the server is blocked in
   * it: commands wait behind that. Never rejects. `undefined`: it is in step.
   */
  readonly recovering: Promise<void> | undefined;
  /** Settles once, with the reason; `undefined` when we closed it. */
  readonly closed: Promise<FtpError | undefined>;
  /** How many operations of this use may share it as it stands now; 1 where each has to be alone. */
  places(use: ConnectionUse): number;

  /** The entries of a folder, by MLSD, LIST, or STAT where that was proved or nothing else is left. */
  list(folder: RemotePath, options: OperationOptions): Promise<FolderListing>;
  /**
   * Exact facts of one name, as the server tells them now: MLST, or SIZE and MDTM. `undefined` where
   * the server cannot tell so (a folder, or nothing at all, on a server without MLST): its parent's
   * listing can. The `name` is the last segment of the path.
   */
  entry(path: RemotePath, options: OperationOptions): Promise<RemoteEntry | undefined>;
  /** RFC 3659, 4: the bytes that RETR would send; `undefined` where the server has no SIZE. */
  size(path: RemotePath, options: OperationOptions): Promise<number | undefined>;
  /** RFC 3659, 3: when the bytes that RETR would send were written; `undefined` without MDTM. */
  modified(path: RemotePath, options: OperationOptions): Promise<Date | undefined>;
  retrieve(path: RemotePath, options: TransferOptions): Promise<Retrieval>;
  /**
   * Writes the bytes to that very name, over what is there. Resolves with their number when the
   * server has confirmed them; rejects with a `TransferError` whose `bytes` the system has taken in
   * whole pieces: the file may be there in part, or emptied. The caller still has to check its size:
   * some servers confirm what they damaged.
   */
  store(path: RemotePath, source: ByteSource, options: StoreOptions): Promise<number>;
  /** `unproved` where the server confirms it and nothing shows that it did. */
  makeDirectory(path: RemotePath, options: OperationOptions): Promise<'made' | 'unproved'>;
  removeDirectory(path: RemotePath, options: OperationOptions): Promise<void>;
  /** `stays` where the server confirms it and yet still tells of the file. */
  deleteFile(path: RemotePath, options: OperationOptions): Promise<'gone' | 'stays'>;
  /**
   * RNFR and RNTO. Resolves also when the server refuses; rejects where its reply is not
   * known. The caller decides by the facts.
   */
  rename(from: RemotePath, to: RemotePath, options: RenameOptions): Promise<Renamed>;
  /** RNFR alone, which changes nothing: what the server has against renaming, if anything. */
  refusalToRename(path: RemotePath, options: OperationOptions): Promise<ReplyError | undefined>;
  /**
   * PWD as it was after login; `undefined` where the server has none, `unreadable` where it names a
   * folder in words that may mean any.
   */
  homeDirectory(options: OperationOptions): Promise<RemotePath | 'unreadable' | undefined>;
  /** SITE CHMOD with octal digits. False where the server has none. */
  changeMode(path: RemotePath, mode: string, options: OperationOptions): Promise<boolean>;
  /**
   * Sets the time of a file by MFMT, MDTM or SITE UTIME, and asks what it is then. False where the
   * server has none of them, or keeps another time.
   */
  setModified(path: RemotePath, time: Date, options: OperationOptions): Promise<boolean>;
  /** HASH: SHA-256 of the file in hex; `undefined` where the server has none. */
  sha256(path: RemotePath, options: OperationOptions): Promise<string | undefined>;
  /** NOOP: is it still there? */
  probe(options: OperationOptions): Promise<void>;
}
