import type { ByteSource } from '../base/bytes.ts';

/** A name in a local folder; `other` is what cannot be copied: a pipe, a device. */
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
  /** The time that the file is given. */
  readonly modified: Date | undefined;
  readonly signal: AbortSignal;
}

/**
 * What is needed of the files of this machine to copy them. Paths are whole, and in whatever form
 * their owner writes them; only he puts them together. Every method rejects with a `LocalFileError`.
 */
export interface LocalFiles {
  /** Whose rules names obey. */
  readonly platform: NodeJS.Platform;
  join(folder: string, name: string): string;
  parentOf(path: string): string;
  nameOf(path: string): string;
  /** What a path leads to, links followed; `undefined` when nothing is there. */
  kindOf(path: string): Promise<'file' | 'folder' | 'other' | undefined>;
  /** Of the path itself; `undefined` when nothing is there. */
  stat(path: string): Promise<LocalFacts | undefined>;
  /** What is in a folder, by name. */
  list(folder: string): Promise<readonly LocalEntry[]>;
  /** Makes a folder that the user named, and those above it, where they are missing. */
  makeFolders(path: string): Promise<void>;
  /**
   * Makes a folder that a server named, in one that is there. What is there already must be a folder
   * itself: through a symbolic link the server would write where nobody said.
   */
  makeFolder(path: string): Promise<void>;
  /** A file's bytes from its beginning, as often as it is asked for. */
  read(path: string): () => ByteSource;
  /**
   * Writes a file so that the old one stands until the new one is whole: the bytes go to a temporary file
   * first, which then takes the name. A symbolic link of that name is replaced, not followed.
   */
  write(path: string, pieces: ByteSource, options: LocalWriteOptions): Promise<void>;
}

/** What this machine could not do, in a sentence that says it all. */
export class LocalFileError extends Error {
  override readonly name = 'LocalFileError';
}
