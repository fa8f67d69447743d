import type { ByteSource } from '../base/bytes.ts';
import type { Event } from '../base/event.ts';
import { parentOf, type RemotePath, rootPath } from '../base/paths.ts';
import { changeMode, setModified } from './changing/attributes.ts';
import { compareFile, settle } from './reading/comparing.ts';
import { copy } from './changing/copying.ts';
import { type Intent, refusal } from './errorTranslation.ts';
import { leftOversAt } from './reading/folderNotices.ts';
import { readDirectory, readFile, SharedReads, stat } from './reading/reading.ts';
import { openRead, receive } from './reading/receiving.ts';
import type {
  Comparison,
  Expected,
  FileIdentity,
  FileOptions,
  FoundLeftOvers,
  LeftOver,
  PartialListing,
  ReadFile,
  RemoteChange,
  RemoteFileSystem,
  SessionState,
  StatEntry,
  WriteOptions,
  WriteOutcome,
} from './remoteFileSystem.ts';
import { remove } from './changing/removing.ts';
import { createDirectory, rename } from './changing/renaming.ts';
import { safeWrite } from './saving/safeWrite.ts';
import { Session } from './session.ts';
import type { SessionOptions } from './sessionOptions.ts';
import { PathLocks } from './connections/pathLocks.ts';
import { requestFor } from './connections/requests.ts';

export type { SessionOptions } from './sessionOptions.ts';

/** A server as a file system. It connects when it is first asked for something; dispose it. */
export function openRemoteFileSystem(options: SessionOptions): RemoteFileSystem {
  return new FtpFileSystem(new Session(options), { readOnly: options.readOnly ?? false });
}

/** The operations on one session. Changes to one path happen one after the other. It owns the session. */
class FtpFileSystem implements RemoteFileSystem {
  readonly #session: Session;
  readonly #readOnly: boolean;
  readonly #locks = new PathLocks();
  readonly #reads = new SharedReads();
  #home: RemotePath | undefined;

  constructor(session: Session, { readOnly }: { readonly readOnly: boolean }) {
    this.#session = session;
    this.#readOnly = readOnly;
  }

  get state(): SessionState {
    return this.#session.pool.state;
  }

  get onDidChangeState(): Event<SessionState> {
    return this.#session.pool.onDidChangeState;
  }

  get onDidChange(): Event<readonly RemoteChange[]> {
    return this.#session.changes.event;
  }

  get onDidListInPart(): Event<PartialListing> {
    return this.#session.partialListings.event;
  }

  get onDidFindLeftOvers(): Event<FoundLeftOvers> {
    return this.#session.temporaryNames.leftOvers.event;
  }

  async connect(options: FileOptions): Promise<void> {
    const request = requestFor('connect', rootPath, this.#untilClosing(options));
    await this.#session.requests.run(request, async () => {});
  }

  async homeDirectory(options: FileOptions): Promise<RemotePath> {
    const request = requestFor('connect', rootPath, this.#untilClosing(options));
    this.#home ??= await this.#session.requests.run(request, async ({ connection, signal }) => {
      const told = (await connection.homeDirectory({ signal })) ?? rootPath;
      if (told !== 'unreadable') return told;
      const more =
        'it names the folder of the login in words that cannot be read; a path is needed';
      throw refusal('unsupported', 'connect', rootPath, more);
    });
    return this.#home;
  }

  async stat(
    path: RemotePath,
    options: FileOptions & { fresh?: boolean; exact?: boolean },
  ): Promise<StatEntry> {
    return stat(this.#session, path, this.#admit(options));
  }

  async compare(path: RemotePath, expected: Expected, options: FileOptions): Promise<Comparison> {
    return compareFile(this.#session, path, expected, this.#admit(options));
  }

  async settle(
    path: RemotePath,
    identity: FileIdentity,
    options: FileOptions,
  ): Promise<FileIdentity | undefined> {
    return settle(this.#session, path, identity, this.#admit(options));
  }

  async readDirectory(
    path: RemotePath,
    options: FileOptions & { fresh?: boolean },
  ): Promise<readonly StatEntry[]> {
    return readDirectory(this.#session, path, this.#admit(options));
  }

  async leftOvers(path: RemotePath, options: FileOptions): Promise<readonly LeftOver[]> {
    return leftOversAt(this.#session, path, this.#admit(options));
  }

  async readFile(path: RemotePath, options: FileOptions & { limit?: number }): Promise<ReadFile> {
    const admitted = this.#admit(options);
    // With a limit or a lane of its own it is the caller's alone.
    if (options.limit !== undefined || options.lane !== undefined) {
      return readFile(this.#session, path, admitted);
    }
    return this.#reads.read(path, admitted.signal, (signal) =>
      readFile(this.#session, path, { ...admitted, signal }),
    );
  }

  openRead(path: RemotePath, options: FileOptions): AsyncIterable<Uint8Array> {
    return openRead(this.#session, path, this.#untilClosing(options));
  }

  async receive<T>(
    path: RemotePath,
    take: (source: () => ByteSource) => Promise<T>,
    options: FileOptions,
  ): Promise<T> {
    return receive(this.#session, path, take, this.#admit(options));
  }

  async writeFile(
    path: RemotePath,
    source: () => ByteSource,
    options: WriteOptions,
  ): Promise<WriteOutcome> {
    return this.#change('write', [path], options, (admitted) =>
      safeWrite(this.#session, path, source, admitted),
    );
  }

  async createDirectory(path: RemotePath, options: FileOptions): Promise<void> {
    return this.#change('createDirectory', [path], options, (admitted) =>
      createDirectory(this.#session, path, admitted),
    );
  }

  async delete(path: RemotePath, options: FileOptions & { recursive: boolean }): Promise<void> {
    return this.#change('deleteFile', [path], options, (admitted) =>
      remove(this.#session, path, admitted),
    );
  }

  async rename(
    from: RemotePath,
    to: RemotePath,
    options: FileOptions & { overwrite: boolean },
  ): Promise<void> {
    return this.#change('rename', [from, to], options, (admitted) =>
      rename(this.#session, from, to, admitted),
    );
  }

  async copy(
    from: RemotePath,
    to: RemotePath,
    options: FileOptions & { overwrite: boolean },
  ): Promise<void> {
    return this.#change('copy', [from, to], options, (admitted) =>
      copy(this.#session, from, to, admitted),
    );
  }

  async changeMode(path: RemotePath, mode: string, options: FileOptions): Promise<void> {
    return this.#change('changeMode', [path], options, (admitted) =>
      changeMode(this.#session, path, mode, admitted),
    );
  }

  async setModified(path: RemotePath, time: Date, options: FileOptions): Promise<void> {
    return this.#change('setModified', [path], options, (admitted) =>
      setModified(this.#session, path, time, admitted),
    );
  }

  forget(path: RemotePath): void {
    this.#session.folders.forget(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  #untilClosing<O extends FileOptions>(options: O): O {
    return {
      ...options,
      signal: AbortSignal.any([options.signal, this.#session.lifetime.closing]),
    };
  }

  #admit<O extends FileOptions>(options: O): O {
    const admitted = this.#untilClosing(options);
    admitted.signal.throwIfAborted();
    return admitted;
  }

  async #change<T, O extends FileOptions>(
    intent: Intent,
    paths: readonly [RemotePath, ...RemotePath[]],
    options: O,
    act: (admitted: O) => Promise<T>,
  ): Promise<T> {
    const admitted = this.#admit(options);
    if (this.#readOnly) throw refusal('noPermissions', intent, paths[0], 'the site is read-only');
    return this.#locks.take(paths, admitted.signal, async () => {
      try {
        return await this.#session.temporaryNames.during(() => act(admitted));
      } catch (error) {
        // The change may have been done in part: a listing from before does not show that.
        for (const path of paths) this.#session.folders.forget(parentOf(path));
        throw error;
      } finally {
        this.#reads.clear();
      }
    });
  }
}
