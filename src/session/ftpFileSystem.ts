import type { ByteSource } from '../base/bytes.ts';
import type { Event } from '../base/event.ts';
import { type RemotePath, rootPath } from '../base/paths.ts';
import { copy } from './copying.ts';
import { type Intent, refusal } from './errorTranslation.ts';
import { openRead, readDirectory, readFile, stat } from './reading.ts';
import type {
  FileOptions,
  ReadFile,
  RemoteChange,
  RemoteFileSystem,
  SessionState,
  StatEntry,
  WriteOptions,
  WriteOutcome,
} from './remoteFileSystem.ts';
import { remove } from './removing.ts';
import { createDirectory, rename } from './renaming.ts';
import { safeWrite } from './safeWrite.ts';
import type { Session } from './session.ts';
import { Turns } from './turns.ts';

/** The operations on one session, changes to one path one after the other. It owns the session. */
export class FtpFileSystem implements RemoteFileSystem {
  readonly #session: Session;
  readonly #readOnly: boolean;
  readonly #turns = new Turns();
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

  async connect(options: FileOptions): Promise<void> {
    const step = this.#session.step('connect', rootPath, options);
    await this.#session.run(step, async () => {});
  }

  async homeDirectory(options: FileOptions): Promise<RemotePath> {
    const step = this.#session.step('connect', rootPath, options);
    this.#home ??= await this.#session.run(
      step,
      async ({ connection, signal }) => (await connection.workingDirectory({ signal })) ?? rootPath,
    );
    return this.#home;
  }

  async stat(
    path: RemotePath,
    options: FileOptions & { fresh?: boolean; exact?: boolean },
  ): Promise<StatEntry> {
    this.#refuseIfOver(options);
    return stat(this.#session, path, options);
  }

  async readDirectory(
    path: RemotePath,
    options: FileOptions & { fresh?: boolean },
  ): Promise<readonly StatEntry[]> {
    this.#refuseIfOver(options);
    return readDirectory(this.#session, path, options);
  }

  async readFile(path: RemotePath, options: FileOptions & { limit?: number }): Promise<ReadFile> {
    this.#refuseIfOver(options);
    return readFile(this.#session, path, options);
  }

  openRead(path: RemotePath, options: FileOptions): AsyncIterable<Uint8Array> {
    return openRead(this.#session, path, options);
  }

  async writeFile(
    path: RemotePath,
    source: () => ByteSource,
    options: WriteOptions,
  ): Promise<WriteOutcome> {
    return this.#change('write', [path], options, () =>
      safeWrite(this.#session, path, source, options),
    );
  }

  async createDirectory(path: RemotePath, options: FileOptions): Promise<void> {
    return this.#change('createDirectory', [path], options, () =>
      createDirectory(this.#session, path, options),
    );
  }

  async delete(path: RemotePath, options: FileOptions & { recursive: boolean }): Promise<void> {
    return this.#change('deleteFile', [path], options, () => remove(this.#session, path, options));
  }

  async rename(
    from: RemotePath,
    to: RemotePath,
    options: FileOptions & { overwrite: boolean },
  ): Promise<void> {
    return this.#change('rename', [from, to], options, () =>
      rename(this.#session, from, to, options),
    );
  }

  async copy(
    from: RemotePath,
    to: RemotePath,
    options: FileOptions & { overwrite: boolean },
  ): Promise<void> {
    return this.#change('copy', [from, to], options, () => copy(this.#session, from, to, options));
  }

  forget(path: RemotePath): void {
    this.#session.folders.forget(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }

  #refuseIfOver({ signal }: FileOptions): void {
    signal.throwIfAborted();
    this.#session.lifetime.throwIfAborted();
  }

  async #change<T>(
    intent: Intent,
    paths: readonly [RemotePath, ...RemotePath[]],
    options: FileOptions,
    act: () => Promise<T>,
  ): Promise<T> {
    this.#refuseIfOver(options);
    if (this.#readOnly) throw refusal('noPermissions', intent, paths[0], 'the site is read-only');
    const signal = AbortSignal.any([options.signal, this.#session.lifetime]);
    return this.#turns.take(paths, signal, act);
  }
}
