import type { ByteSource } from '../base/bytes.ts';
import { parentOf, type RemotePath } from '../base/paths.ts';
import {
  change,
  deleteFile,
  makeDirectory,
  refusalToRename,
  renameByCommands,
  setTimeByCommand,
} from './control/changes.ts';
import { entryOf, modifiedOf, sha256ByHash, sizeOf } from './control/fileFacts.ts';
import type { EngineParts } from './data/engineParts.ts';
import { placesFor } from './data/overlap.ts';
import { mayMeanThePath, Pathnames, type Spelling } from './data/pathnames.ts';
import { RungChoice, spend } from './data/rungChoice.ts';
import type { TransferParts } from './data/runningTransfer.ts';
import { Transfers } from './data/transfers.ts';
import { UserDTP } from './data/userDTP.ts';
import { ConnectionError, type FtpError, ReplyError } from './errors.ts';
import { FolderLists } from './folders/folderLists.ts';
import type {
  ConnectionDescription,
  ConnectionUse,
  FolderListing,
  FtpConnection,
  OperationOptions,
  Renamed,
  RenameOptions,
  Retrieval,
  StoreOptions,
  TransferOptions,
} from './ftpConnection.ts';
import type { Command } from './grammar/command.ts';
import type { RemoteEntry } from './grammar/entry.ts';
import type { ServerFeatures } from './grammar/features.ts';
import type { Reply } from './grammar/reply.ts';

/** The engine's face over one control connection and its data connections; closes them all. */
export class EngineConnection implements FtpConnection {
  readonly description: ConnectionDescription;
  readonly #parts: TransferParts;
  readonly #transfers: Transfers;
  readonly #lists: FolderLists;

  constructor(parts: EngineParts) {
    const dtp = new UserDTP(parts);
    const rungChoice = new RungChoice(parts, dtp.used);
    const pathnames = new Pathnames(parts, dtp.order);
    this.#parts = { ...parts, dtp, rungChoice, pathnames };
    this.#transfers = new Transfers(this.#parts);
    this.#lists = new FolderLists(this.#parts, this.#transfers);
    this.description = describe(this.#parts, this.#lists.last);
  }

  get features(): ServerFeatures {
    return this.#parts.pi.features;
  }

  get usable(): boolean {
    return this.#parts.pi.control.usable;
  }

  get recovering(): Promise<void> | undefined {
    return this.#parts.dtp.order.recovering;
  }

  get closed(): Promise<FtpError | undefined> {
    return this.#parts.pi.control.closed;
  }

  places(use: ConnectionUse): number {
    return this.usable ? placesFor(this.#parts, use, this.#lists.isByStat) : 1;
  }

  async list(folder: RemotePath, { signal, insistence }: OperationOptions): Promise<FolderListing> {
    const { clock, profile } = this.#parts;
    const wasExhausted = profile.ladder.exhausted;
    const list = (): Promise<FolderListing> =>
      this.#parts.pathnames.whenSendable([folder], signal, () => this.#lists.list(folder, signal));
    try {
      return await list();
    } catch (error) {
      const isUntried = error instanceof ConnectionError && error.reason === 'noDataPath';
      if (!isUntried || !wasExhausted || !spend(insistence)) throw error;
      profile.ladder.retryAll(clock.now(), 'urgent');
      return await list();
    } finally {
      // Only a walk counts: what STAT lists is no try of a data port, and the operation may still insist.
      if (!wasExhausted && profile.ladder.exhausted) spend(insistence);
    }
  }

  entry(path: RemotePath, { signal }: OperationOptions): Promise<RemoteEntry | undefined> {
    return this.#parts.pathnames.about([path], signal, (spell) =>
      entryOf(this.#parts.pi, spell(path), signal),
    );
  }

  size(path: RemotePath, { signal }: OperationOptions): Promise<number | undefined> {
    return this.#parts.pathnames.about([path], signal, (spell) =>
      sizeOf(this.#parts.pi, spell(path), signal),
    );
  }

  modified(path: RemotePath, { signal }: OperationOptions): Promise<Date | undefined> {
    return this.#parts.pathnames.about([path], signal, (spell) =>
      modifiedOf(this.#parts.pi, spell(path), signal),
    );
  }

  retrieve(path: RemotePath, options: TransferOptions): Promise<Retrieval> {
    const { signal } = options;
    return this.#parts.pathnames.whenSendable([path], signal, () =>
      this.#transfers.retrieve(path, options),
    );
  }

  async store(path: RemotePath, source: ByteSource, options: StoreOptions): Promise<number> {
    const { profile } = this.#parts;
    // A listing shows whether the server frames. A folder that refuses one shows nothing.
    if (profile.framing.state === 'unknown' && profile.ladder.current?.mode === 'block') {
      await this.list(parentOf(path), options).catch((error: unknown) => {
        if (!(error instanceof ReplyError)) throw error;
      });
    }
    const store = (): Promise<number> => this.#transfers.store(path, source, options);
    return await this.#parts.pathnames.whenSendable([path], options.signal, store);
  }

  makeDirectory(path: RemotePath, { signal }: OperationOptions): Promise<'made' | 'unproved'> {
    return this.#parts.pathnames.about([path], signal, (spell) =>
      makeDirectory(this.#parts.pi, spell(path), signal),
    );
  }

  async removeDirectory(path: RemotePath, { signal }: OperationOptions): Promise<void> {
    await this.#parts.pathnames.about([path], signal, async (spell) => {
      await change(this.#parts.pi, { verb: 'RMD', argument: spell(path) }, signal);
      return true;
    });
  }

  deleteFile(path: RemotePath, { signal }: OperationOptions): Promise<'gone' | 'stays'> {
    return this.#parts.pathnames.about([path], signal, (spell) =>
      deleteFile(this.#parts.pi, spell(path), signal),
    );
  }

  async rename(from: RemotePath, to: RemotePath, options: RenameOptions): Promise<Renamed> {
    let first: Renamed | undefined;
    try {
      return await this.#parts.pathnames.about([from, to], options.signal, async (spell) => {
        const paths = { from: spell(from), to: spell(to) };
        const renamed = await renameByCommands(this.#parts.pi, paths, options);
        first ??= renamed;
        // A refusal that may be about the path leads to another try with the name in its folder.
        if (mayMeanThePath(renamed.refusal)) throw renamed.refusal;
        return renamed;
      });
    } catch (error) {
      if (first?.refusal !== undefined && error === first.refusal) return first;
      throw error;
    }
  }

  async refusalToRename(
    path: RemotePath,
    { signal }: OperationOptions,
  ): Promise<ReplyError | undefined> {
    let first: ReplyError | undefined;
    try {
      return await this.#parts.pathnames.about([path], signal, async (spell) => {
        const refusal = await refusalToRename(this.#parts.pi, spell(path), signal);
        first ??= refusal;
        // A refusal that may be about the path leads to another try with the name in its folder.
        if (mayMeanThePath(refusal)) throw refusal;
        return refusal;
      });
    } catch (error) {
      if (first !== undefined && error === first) return first;
      throw error;
    }
  }

  homeDirectory({ signal }: OperationOptions): Promise<RemotePath | 'unreadable' | undefined> {
    return this.#parts.pi.homeDirectory(signal);
  }

  async changeMode(path: RemotePath, mode: string, { signal }: OperationOptions): Promise<boolean> {
    const change = (spell: Spelling): Promise<Reply> =>
      this.#say({ verb: 'SITE', argument: `CHMOD ${mode} ${spell(path)}` }, signal);
    try {
      await this.#parts.pathnames.about([path], signal, change);
      return true;
    } catch (error) {
      if (error instanceof ReplyError && error.unsupported) return false;
      throw error;
    }
  }

  setModified(path: RemotePath, time: Date, { signal }: OperationOptions): Promise<boolean> {
    const { pi, profile } = this.#parts;
    return this.#parts.pathnames.about([path], signal, (spell) =>
      setTimeByCommand(pi, profile.times, spell(path), time, signal),
    );
  }

  sha256(path: RemotePath, { signal }: OperationOptions): Promise<string | undefined> {
    return this.#parts.pathnames.about([path], signal, (spell) =>
      sha256ByHash(this.#parts.pi, spell(path), signal),
    );
  }

  async probe({ signal }: OperationOptions): Promise<void> {
    await this.#say({ verb: 'NOOP' }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pi, dtp } = this.#parts;
    // RFC 959, 4.1.1, QUIT is a courtesy; its reply is not awaited.
    if (pi.control.usable) pi.control.exchange({ verb: 'QUIT' }).catch(() => {});
    await dtp[Symbol.asyncDispose]();
    await pi.control[Symbol.asyncDispose]();
  }

  async #say(command: Command, signal: AbortSignal): Promise<Reply> {
    return await this.#parts.pi.say(command, { signal });
  }
}

/** Made once for each connection: reading it costs no more than what is read. */
function describe(
  { pi, dtp }: TransferParts,
  lists: { readonly way: ConnectionDescription['listings'] },
): ConnectionDescription {
  return {
    tlsVersion: pi.control.protection?.version,
    get rung() {
      return dtp.used.rung;
    },
    get dataConnections() {
      return dtp.used.opened;
    },
    get resumedDataConnections() {
      return dtp.used.resumed;
    },
    get commands() {
      return pi.control.commands;
    },
    get sizesFolders() {
      return pi.foundToSizeFolders;
    },
    get keepsQuiet() {
      return pi.keepsQuiet;
    },
    get listings() {
      return lists.way;
    },
  };
}
