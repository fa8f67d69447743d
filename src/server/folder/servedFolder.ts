declare const servedPath: unique symbol;

/**
 * An absolute pathname inside the served folder, "/" separated, free of "." and "..". Each character
 * is one byte as it came over the wire: what a name means is the client's affair.
 */
export type ServedPath = string & { readonly [servedPath]: true };

export const servedRoot: ServedPath = '/' as ServedPath;

// RFC 959, 5.3: CR and LF end a command line and a line of a listing; NUL ends a name on disk.
const unspeakable = /[\r\n\0]/;

/** True for what can stand in a listing and in a command: one segment, no line break, no NUL. */
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

/** Why a folder did not do what was asked. */
export type FolderErrorReason =
  | 'absent'
  | 'exists'
  | 'notAFolder'
  | 'notAFile'
  | 'notEmpty'
  | 'denied'
  | 'outside'
  | 'full'
  /** A file ends before the offset at which it was to be written. */
  | 'short';

/** The only error that a served folder throws on purpose. */
export class FolderError extends Error {
  override readonly name = 'FolderError';
  readonly reason: FolderErrorReason;

  constructor(reason: FolderErrorReason, path: string, options?: ErrorOptions) {
    super(`${path}: ${reason}`, options);
    this.reason = reason;
  }
}

/** What a folder says of one name. */
export interface ServedEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  readonly size: number;
  readonly modified: Date;
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

/** An open file. Whoever opened it closes it. */
export interface FileReader extends AsyncDisposable {
  readonly entry: ServedEntry;
  /** The bytes from `offset` to the size that the file had when it was opened. */
  pieces(offset: number): AsyncIterable<Uint8Array>;
}

/** A folder that is being listed. Whoever opened it closes it. */
export interface ServedListing extends AsyncDisposable {
  /** All its entries, some at a time; to be called once. */
  entries(): AsyncIterable<readonly ServedEntry[]>;
}

/** Where a file's new bytes go. */
export type WriteStart =
  /** The old content gives way when the first byte may come, not before. */
  | { readonly kind: 'replace' }
  | { readonly kind: 'append' }
  /**
   * RFC 3659, 5: in place from an offset; what stands behind the last byte written stays. Fails with
   * `short` where the file, or the lack of one, ends before it: there would be a hole.
   */
  | { readonly kind: 'offset'; readonly bytes: number }
  /** A file of that name must not be there yet. */
  | { readonly kind: 'create' };

/** A file open for writing. Whoever opened it closes it. */
export interface FileWriter extends AsyncDisposable {
  /** Makes ready for the first byte: call it once, when bytes can come. */
  begin(): Promise<void>;
  write(pieces: readonly Uint8Array[]): Promise<void>;
}

/**
 * What the server serves. No operation follows a path, nor a link on it, out of the folder: then it
 * fails with `outside`. All fail with `FolderError`.
 */
export interface ServedFolder {
  openList(path: ServedPath): Promise<ServedListing>;
  /** Of the name itself: a symbolic link is not followed. */
  entry(path: ServedPath): Promise<ServedEntry>;
  /** Of what the name means: symbolic links are followed. */
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
