declare const servedPath: unique symbol;

/**
 * An absolute pathname inside the served folder, separated by "/", without "." and "..". Each character
 * is one byte from the wire: the server does not interpret the charset of names.
 */
export type ServedPath = string & { readonly [servedPath]: true };

export const servedRoot: ServedPath = '/' as ServedPath;

// RFC 959, 5.3: CR and LF end a command line and a line of a listing; NUL ends a name on disk.
const unspeakable = /[\r\n\0]/;

/** True for a name that a listing and a command can hold: one segment, no line break, no NUL. */
export function isServedName(name: string): boolean {
  return (
    name !== '' && name !== '.' && name !== '..' && !name.includes('/') && !unspeakable.test(name)
  );
}

/** The path that an argument means, seen from `from`. ".." never leads above the root. */
export function resolveServedPath(from: ServedPath, argument: string): ServedPath | undefined {
  if (unspeakable.test(argument)) return undefined;
  const names = argument.startsWith('/') ? [] : from.split('/').filter((name) => name !== '');
  for (const name of argument.split('/')) {
    if (name === '' || name === '.') continue;
    if (name === '..') names.pop();
    else names.push(name);
  }
  return `/${names.join('/')}` as ServedPath;
}

/** The path of a name inside a folder; the name must be a served name. */
export function joinServedPath(folder: ServedPath, name: string): ServedPath {
  return (folder === servedRoot ? `/${name}` : `${folder}/${name}`) as ServedPath;
}

/** The folder that holds `path` and the last segment; the root has an empty one. */
export function splitServedPath(path: ServedPath): { folder: ServedPath; name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: (path.slice(0, slash) || '/') as ServedPath, name: path.slice(slash + 1) };
}

/** The bytes of a text as a served path or name writes them. */
export function toWireText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The text that a served path or name means in UTF-8. */
export function fromWireText(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** Why an operation of a folder failed. */
export type FolderErrorReason =
  | 'absent'
  | 'exists'
  | 'notAFolder'
  | 'notAFile'
  | 'notEmpty'
  | 'denied'
  | 'outside'
  | 'full'
  /** The file ends before the offset of the write. */
  | 'short';

/** The only expected error of a served folder. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
  readonly reason: FolderErrorReason;

  constructor(reason: FolderErrorReason, path: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.reason = reason;
  }
}

/** The facts of one name in a folder. */
export interface ServedEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  readonly modified: Date;
  /** The same time, as exactly as the system keeps it. */
  readonly modifiedNs: bigint;
  /** The Unix mode bits, without those of the type. */
  readonly mode: number;
  /** The same for every name of one object, and for no other. */
  readonly unique: string;
  /** Of a symbolic link, as it is written. */
  readonly target?: string;
  /** The content, or for a folder its list of names, may be changed. */
  readonly writable: boolean;
  /** The entry may be renamed and removed. */
  readonly removable: boolean;
}

/** An open file. The caller disposes it. */
export interface FileReader extends AsyncDisposable {
  /** The file when it was opened. */
  readonly entry: ServedEntry;
  /** Fills the buffers, one after the other, from an offset of the file; gives the number of bytes: 0 at its end. */
  read(buffers: readonly Uint8Array[], offset: number): Promise<number>;
}

/** A folder that is being listed. The caller disposes it. */
export interface ServedListing extends AsyncDisposable {
  /** All entries, some at a time. Call it once. */
  entries(): AsyncIterable<readonly ServedEntry[]>;
}

/** Where a file's new bytes go. */
export type WriteStart =
  /** The old content is removed when the data connection is open, not before. */
  | { readonly kind: 'replace' }
  | { readonly kind: 'append' }
  /**
   * RFC 3659, 5: overwrites from an offset; what follows the last written byte stays. Fails with `short`
   * where the file ends before the offset or does not exist: there would be a hole.
   */
  | { readonly kind: 'offset'; readonly bytes: number }
  /** No file of that name may exist yet. */
  | { readonly kind: 'create' };

/** A file that is open for writing. The caller disposes it. */
export interface FileWriter extends AsyncDisposable {
  /** There was no file of that name before. */
  readonly isNew: boolean;
  /** Prepares for the first byte. Call it once, when bytes can come. */
  begin(): Promise<void>;
  write(pieces: readonly Uint8Array[]): Promise<void>;
  /** The file as it is now. */
  entry(): Promise<ServedEntry>;
}

/**
 * What the server serves. An operation that a path or a link would lead out of the folder fails with
 * `outside`. All errors are `FolderError`s.
 */
export interface ServedFolder {
  openList(path: ServedPath): Promise<ServedListing>;
  /** The entry of the name itself: a symbolic link is not followed. */
  entry(path: ServedPath): Promise<ServedEntry>;
  /** The entry that the name leads to: symbolic links are followed. */
  followed(path: ServedPath): Promise<ServedEntry>;
  openRead(path: ServedPath): Promise<FileReader>;
  openWrite(path: ServedPath, start: WriteStart): Promise<FileWriter>;
  makeDirectory(path: ServedPath): Promise<void>;
  removeDirectory(path: ServedPath): Promise<void>;
  removeFile(path: ServedPath): Promise<void>;
  /** Replaces a file that has the new name. */
  rename(from: ServedPath, to: ServedPath): Promise<void>;
  setModified(path: ServedPath, modified: Date): Promise<void>;
  setMode(path: ServedPath, mode: number): Promise<void>;
}
