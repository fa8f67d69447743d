import type { ByteSource } from '../base/bytes.ts';
import type { RemoteFileSystem, TransferObserver } from '../session/remoteFileSystem.ts';

export interface SideOptions {
  readonly signal: AbortSignal;
}

export interface SideTransferOptions extends SideOptions {
  readonly observer: TransferObserver;
}

/**
 * An entry of a side. `leftOver`: a temporary file of a transfer. `other`: neither a file nor a folder.
 * Neither is ever copied, and neither is a `link` that was found below the source.
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

/** The content of a file, and the time that the copy gets. */
export interface SideContent {
  readonly pieces: () => ByteSource;
  readonly modified?: Date;
}

/**
 * One of the two sides of a copy: this machine or a server, seen alike, so that a copy works in both
 * directions. The form of paths is known only to the side, which joins them.
 */
export interface Side<P extends string> {
  /** The session whose connections it uses; left out where it uses none. */
  readonly session?: RemoteFileSystem;
  /** How many folders deep a copy goes. */
  readonly deepest: number;
  join(folder: P, name: string): P;
  parentOf(path: P): P;
  /** For one folder: returns why a name cannot be in it, together with the names asked about before. */
  newNames(): (name: string) => string | undefined;
  /** What a path leads to, links followed; `undefined` when nothing is there. */
  kindOf(path: P, options: SideOptions): Promise<'file' | 'folder' | 'other' | undefined>;
  /** The file or folder that the user named, links followed. Rejects where there is none. */
  look(path: P, options: SideOptions): Promise<SideEntry<P>>;
  list(folder: P, options: SideOptions): Promise<readonly SideEntry<P>[]>;
  /**
   * Gives the content of a file to `take`, which throws what the content throws. Where it was lost in its
   * middle, but can be had again, `take` is called again.
   */
  read(
    file: SideEntry<P>,
    take: (content: SideContent) => Promise<void>,
    options: SideTransferOptions,
  ): Promise<void>;
  /** The old file stays until the new one is whole. */
  write(path: P, content: SideContent, options: SideTransferOptions): Promise<void>;
  /** Makes a folder that the user named, and those above it, where they are missing. */
  makeFolders(path: P, options: SideOptions): Promise<void>;
  /** Makes a folder that the other side named, where it is missing. */
  makeFolder(path: P, options: SideOptions): Promise<void>;
  /** Called after an error: rejects where everything that follows would fail too. */
  recover(error: unknown, options: SideOptions): Promise<void>;
}
