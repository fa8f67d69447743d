import { type ByteSource, concatBytes } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { nameOf, parentOf, parseRemotePath, type RemotePath } from '../base/paths.ts';
import type { UserPI } from './control/userPI.ts';
import { Transfers } from './data/transfers.ts';
import { Turns } from './data/turns.ts';
import type { UserDTP } from './data/userDTP.ts';
import { type FtpError, ReplyError } from './errors.ts';
import type {
  ConnectionDescription,
  FtpConnection,
  OperationOptions,
  Retrieval,
  TransferOptions,
} from './ftpConnection.ts';
import type { Command } from './grammar/command.ts';
import { parseSize, type RemoteEntry } from './grammar/entry.ts';
import { parseFactsLine } from './grammar/facts.ts';
import type { ServerFeatures } from './grammar/features.ts';
import { type Listing, listingLines, parseListing } from './grammar/listing/listing.ts';
import { type Reply, replyText } from './grammar/reply.ts';
import { parseTimeVal } from './grammar/timeVal.ts';
import type { FtpConnectOptions } from './options.ts';
import type { ServerProfile } from './serverProfile.ts';

interface Parts {
  readonly pi: UserPI;
  readonly dtp: UserDTP;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: FtpConnectOptions;
  readonly profile: ServerProfile;
}

/** The engine's face over one control connection and its data connections; closes them all. */
export class LoggedInUser implements FtpConnection {
  readonly #parts: Parts;
  readonly #transfers: Transfers;
  #refused = new Set<string>();
  #listsAll = true;
  #home: { readonly path: RemotePath | undefined } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    const { pi, dtp, clock, logger, options, profile } = parts;
    this.#transfers = new Transfers({
      pi,
      control: pi.control,
      dtp,
      clock,
      logger,
      profile,
      timeouts: options.timeouts,
      turns: new Turns(),
      sizeOf: (path, signal) => this.size(path, { signal }),
    });
  }

  get features(): ServerFeatures {
    return this.#parts.pi.features;
  }

  get description(): ConnectionDescription {
    const { dtp, pi } = this.#parts;
    return {
      rung: dtp.rung,
      tlsVersion: pi.control.protection?.version,
      dataConnections: dtp.counts.opened,
      resumedDataConnections: dtp.counts.resumed,
      commands: pi.control.commands,
    };
  }

  get usable(): boolean {
    return this.#parts.pi.control.usable;
  }

  get closed(): Promise<FtpError | undefined> {
    return this.#parts.pi.control.closed;
  }

  async list(folder: RemotePath, { signal }: OperationOptions): Promise<Listing> {
    const { clock, options } = this.#parts;
    const bytes = concatBytes(await this.#listBytes(folder, signal));
    const lines = listingLines(options.charset.decode(bytes));
    return parseListing(lines, { now: clock.now(), zone: 0 });
  }

  async entry(path: RemotePath, { signal }: OperationOptions): Promise<RemoteEntry | undefined> {
    if (this.features.has('MLST')) return await this.#factsByMlst(path, signal);
    const size = await this.#ask('SIZE', path, signal);
    const time = size && (await this.#ask('MDTM', path, signal));
    if (!size || !time) return undefined;
    const modified = parseTimeVal(replyText(time));
    return {
      name: nameOf(path),
      type: 'file',
      size: parseSize(replyText(size)),
      modified,
      precision: modified ? 'second' : 'none',
    };
  }

  async size(path: RemotePath, { signal }: OperationOptions): Promise<number | undefined> {
    const reply = await this.#ask('SIZE', path, signal);
    return reply && parseSize(replyText(reply));
  }

  retrieve(path: RemotePath, options: TransferOptions): Promise<Retrieval> {
    return this.#transfers.retrieve(path, options);
  }

  async store(path: RemotePath, source: ByteSource, options: TransferOptions): Promise<number> {
    const { profile } = this.#parts;
    // A listing shows whether the server frames. A folder that refuses one shows nothing.
    if (profile.framing === 'unknown' && profile.ladder.current?.mode === 'block') {
      await this.list(parentOf(path), options).catch((error: unknown) => {
        if (!(error instanceof ReplyError)) throw error;
      });
    }
    return await this.#transfers.store(path, source, options);
  }

  async makeDirectory(path: RemotePath, { signal }: OperationOptions): Promise<void> {
    await this.#say({ verb: 'MKD', argument: path }, signal);
  }

  async removeDirectory(path: RemotePath, { signal }: OperationOptions): Promise<void> {
    await this.#say({ verb: 'RMD', argument: path }, signal);
  }

  async deleteFile(path: RemotePath, { signal }: OperationOptions): Promise<void> {
    await this.#say({ verb: 'DELE', argument: path }, signal);
  }

  async rename(from: RemotePath, to: RemotePath, { signal }: OperationOptions): Promise<void> {
    await this.#parts.pi.rename(from, to, signal);
  }

  // Asked once, before any CWD of ours.
  async workingDirectory({ signal }: OperationOptions): Promise<RemotePath | undefined> {
    this.#home ??= { path: await this.#printWorkingDirectory(signal) };
    return this.#home.path;
  }

  async changeMode(path: RemotePath, mode: string, { signal }: OperationOptions): Promise<boolean> {
    const command = { verb: 'SITE', argument: `CHMOD ${mode} ${path}` };
    try {
      await this.#say(command, signal);
      return true;
    } catch (error) {
      if (error instanceof ReplyError && error.unsupported) return false;
      throw error;
    }
  }

  // draft-bryan-ftp-hash: 213 SHA-256 start-end hex path, of the algorithm that is selected.
  async sha256(path: RemotePath, { signal }: OperationOptions): Promise<string | undefined> {
    if (!/\bSHA-256\b\*/i.test(this.features.parameters('HASH') ?? '')) return undefined;
    const reply = await this.#ask('HASH', path, signal);
    return /\bSHA-256\s+\S+\s+([0-9a-f]{64})\b/i
      .exec(reply ? replyText(reply) : '')?.[1]
      ?.toLowerCase();
  }

  async probe({ signal }: OperationOptions): Promise<void> {
    await this.#say({ verb: 'NOOP' }, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { pi, dtp } = this.#parts;
    // RFC 959, 4.1.1, QUIT is a courtesy; nobody waits for its reply.
    if (pi.control.usable) pi.control.exchange({ verb: 'QUIT' }).catch(() => {});
    await dtp[Symbol.asyncDispose]();
    await pi.control[Symbol.asyncDispose]();
  }

  async #say(command: Command, signal: AbortSignal): Promise<Reply> {
    return await this.#parts.pi.say(command, { signal });
  }

  /** The reply, or `undefined` where the server refuses for good; 4yz and lost connections throw. */
  async #ask(
    verb: string,
    argument: string | undefined,
    signal: AbortSignal,
  ): Promise<Reply | undefined> {
    if (this.#refused.has(verb)) return undefined;
    const command = argument === undefined ? { verb } : { verb, argument };
    try {
      return await this.#say(command, signal);
    } catch (error) {
      if (!(error instanceof ReplyError) || error.reply.replyClass !== 'permanentNegative')
        throw error;
      // RFC 959, 4.2.1: 500 and 502 mean the command, whatever its argument.
      if ([500, 502].includes(error.reply.code)) this.#refused.add(verb);
      return undefined;
    }
  }

  // RFC 959, 5.4 and Appendix II: the pathname stands in quotes, a quote in it is doubled.
  async #printWorkingDirectory(signal: AbortSignal): Promise<RemotePath | undefined> {
    const reply = await this.#ask('PWD', undefined, signal);
    const quoted = /"((?:[^"]|"")*)"/.exec(reply?.lines[0] ?? '');
    return parseRemotePath(quoted?.[1]?.replaceAll('""', '"') ?? '');
  }

  // RFC 3659, 7.2: the entry's line begins with one space, between the first line and the last.
  async #factsByMlst(path: RemotePath, signal: AbortSignal): Promise<RemoteEntry | undefined> {
    const reply = await this.#ask('MLST', path, signal);
    const line = reply?.lines.slice(1, -1).find((text) => text.startsWith(' '));
    const facts = line === undefined ? undefined : parseFactsLine(line.slice(1));
    return typeof facts === 'object' ? { ...facts, name: nameOf(path) } : undefined;
  }

  async #listBytes(folder: RemotePath, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const { profile } = this.#parts;
    const mlsdIsRaw = profile.ladder.current?.mode === 'block' && profile.listings.MLSD === 'raw';
    const listIsRaw = profile.listings.LIST === 'raw';
    if (this.features.has('MLST') && (!mlsdIsRaw || listIsRaw)) {
      return await this.#transfers.list({ verb: 'MLSD', argument: folder }, signal);
    }
    // A name in LIST's argument may be taken for an option or a pattern; the folder one stands in
    // cannot. -a shows hidden files where the server is a Unix.
    await this.workingDirectory({ signal });
    const pieces = this.#listsAll ? await this.#listAll(folder, signal) : [];
    if (pieces.length > 0) return pieces;
    return await this.#transfers.list({ verb: 'LIST', folder }, signal);
  }

  // -a shows at least the folder itself; a server that shows nothing has looked for a file "-a".
  async #listAll(folder: RemotePath, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    try {
      return await this.#transfers.list({ verb: 'LIST', argument: '-a', folder }, signal);
    } catch (error) {
      const refused = error instanceof ReplyError && error.reply.replyClass === 'permanentNegative';
      if (!refused || error.command.verb !== 'LIST') throw error;
      this.#listsAll = false;
      return [];
    }
  }
}
