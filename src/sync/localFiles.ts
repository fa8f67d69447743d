import type { ByteSource } from '../base/bytes.ts';

/** A name in a local folder. `other` cannot be copied: a pipe, a device. */
export interface LocalEntry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
}

/** What is known of a file without reading it. */
export interface LocalFacts {
  readonly size: number;
  readonly modified: Date;
}

/** How a file is put into its place. */
export interface LocalWriteOptions {
  /** The modification time that the file gets. */
  readonly modified: Date | undefined;
  readonly signal: AbortSignal;
}

/**
 * The files of this machine, as far as a copy needs them. Paths are absolute, and their form is known
 * only to the implementation, which joins them. Every method rejects with a `LocalFileError`.
 */
export interface LocalFiles {
  /** The system whose rules names obey. */
  readonly platform: NodeJS.Platform;
  join(folder: string, name: string): string;
  parentOf(path: string): string;
  nameOf(path: string): string;
  /** What a path leads to, links followed; `undefined` when nothing is there. */
  kindOf(path: string): Promise<'file' | 'folder' | 'other' | undefined>;
  /** Facts of the path itself, links not followed; `undefined` when nothing is there. */
  stat(path: string): Promise<LocalFacts | undefined>;
  /** The entries of a folder, sorted by name. */
  list(folder: string): Promise<readonly LocalEntry[]>;
  /** Makes a folder that the user named, and those above it, where they are missing. */
  makeFolders(path: string): Promise<void>;
  /**
   * Makes a folder that a server named, in one that exists. If the name exists already, it must be a
   * folder itself: through a symbolic link the server could write to any other place.
   */
  makeFolder(path: string): Promise<void>;
  /** A file's bytes; each call of the result reads from the beginning. */
  read(path: string): () => ByteSource;
  /**
   * Writes a file so that the old one stays until the new one is whole: the bytes go to a temporary file
   * beside it, which is then renamed. A symbolic link of that name is replaced, not followed.
   */
  write(path: string, pieces: ByteSource, options: LocalWriteOptions): Promise<void>;
}

/** An operation on this machine failed. The message says it all. */
export class LocalFileError extends Error {
  override readonly name = 'LocalFileError';
}
