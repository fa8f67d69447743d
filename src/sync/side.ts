import type { ByteSource } from '../base/bytes.ts';
import type { TransferObserver } from '../session/remoteFileSystem.ts';

export interface SideOptions {
  readonly signal: AbortSignal;
}

export interface SideTransferOptions extends SideOptions {
  readonly observer: TransferObserver;
}

/**
 * What stands at a path of a side. `leftOver` is a name under which a file of ours arrives or arrived,
 * `other` no file and no folder; neither is ever copied, nor is a `link` that was found on the way.
 */
export interface SideEntry<P extends string> {
  readonly path: P;
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'leftOver' | 'other';
  /** Left out where it is not known. */
  readonly size?: number;
  /** Left out where it is not known to the second. */
  readonly modified?: Date;
}

/** What a file holds, and the time that it is to have. */
export interface SideContent {
  readonly pieces: () => ByteSource;
  readonly modified?: Date;
}

/**
 * One of the two sides of a copy: this machine or a server, both seen alike, so that a copy knows no
 * direction. Paths are the side's own; only it puts them together.
 */
export interface Side<P extends string> {
  /** How many folders deep it is gone through. */
  readonly deepest: number;
  join(folder: P, name: string): P;
  parentOf(path: P): P;
  /** For one folder: why a name cannot stand in it, beside those that were asked about before. */
  newNames(): (name: string) => string | undefined;
  /** What a path leads to, links followed; `undefined` when nothing is there. */
  kindOf(path: P, options: SideOptions): Promise<'file' | 'folder' | 'other' | undefined>;
  /** The file or folder that somebody named, links followed. Rejects where there is none. */
  look(path: P, options: SideOptions): Promise<SideEntry<P>>;
  list(folder: P, options: SideOptions): Promise<readonly SideEntry<P>[]>;
  read(file: SideEntry<P>, options: SideTransferOptions): Promise<SideContent>;
  /** The old file stands until the new one is whole. */
  write(path: P, content: SideContent, options: SideTransferOptions): Promise<void>;
  /** Makes a folder that the user named, and those above it, where they are missing. */
  makeFolders(path: P, options: SideOptions): Promise<void>;
  /** Makes a folder that the other side named, where it is missing. */
  makeFolder(path: P, options: SideOptions): Promise<void>;
  /** Asked after an error: rejects where all that follows would fail too. */
  recover(error: unknown, options: SideOptions): Promise<void>;
}
