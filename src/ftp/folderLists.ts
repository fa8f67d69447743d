import { concatBytes } from '../base/bytes.ts';
import type { Clock } from '../base/clock.ts';
import { parseRemotePath, type RemotePath } from '../base/paths.ts';
import type { UserPI } from './control/userPI.ts';
import type { Transfers } from './data/transfers.ts';
import { ReplyError } from './errors.ts';
import { withoutEstimates } from './grammar/entry.ts';
import { type Listing, listingLines, parseListing } from './grammar/listing/listing.ts';
import type { FtpConnectOptions } from './options.ts';
import type { ServerProfile } from './serverProfile.ts';

interface Parts {
  readonly pi: UserPI;
  readonly transfers: Transfers;
  readonly clock: Clock;
  readonly options: Pick<FtpConnectOptions, 'charset'>;
  readonly profile: ServerProfile;
}

/** Lists folders the best way that the server knows. */
export class FolderLists {
  readonly #parts: Parts;
  #listsAll = true;
  #home: { readonly path: RemotePath | undefined } | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async list(folder: RemotePath, signal: AbortSignal): Promise<Listing> {
    const { clock, options } = this.#parts;
    const bytes = concatBytes(await this.#bytes(folder, signal));
    const lines = listingLines(options.charset.decode(bytes));
    const listing = parseListing(lines, { now: clock.now(), zone: 0 });
    return { ...listing, entries: listing.entries.map(withoutEstimates) };
  }

  /** PWD, asked once, before any CWD of ours. */
  async workingDirectory(signal: AbortSignal): Promise<RemotePath | undefined> {
    this.#home ??= { path: await this.#printWorkingDirectory(signal) };
    return this.#home.path;
  }

  // RFC 959, 5.4 and Appendix II: the pathname stands in quotes, a quote in it is doubled.
  async #printWorkingDirectory(signal: AbortSignal): Promise<RemotePath | undefined> {
    const reply = await this.#parts.pi.ask('PWD', undefined, signal);
    const quoted = /"((?:[^"]|"")*)"/.exec(reply?.lines[0] ?? '');
    return parseRemotePath(quoted?.[1]?.replaceAll('""', '"') ?? '');
  }

  async #bytes(folder: RemotePath, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    const { pi, profile, transfers } = this.#parts;
    const mlsdIsRaw = profile.ladder.current?.mode === 'block' && profile.listings.MLSD === 'raw';
    const listIsRaw = profile.listings.LIST === 'raw';
    if (pi.features.has('MLST') && (!mlsdIsRaw || listIsRaw)) {
      return await transfers.list({ verb: 'MLSD', argument: folder }, signal);
    }
    // A name in LIST's argument may be taken for an option or a pattern; the folder one stands in
    // cannot. -a shows hidden files where the server is a Unix.
    await this.workingDirectory(signal);
    const pieces = this.#listsAll ? await this.#listAll(folder, signal) : [];
    if (pieces.length > 0) return pieces;
    return await transfers.list({ verb: 'LIST', folder }, signal);
  }

  // -a shows at least the folder itself; a server that shows nothing has looked for a file "-a".
  async #listAll(folder: RemotePath, signal: AbortSignal): Promise<readonly Uint8Array[]> {
    try {
      const command = { verb: 'LIST', argument: '-a', folder };
      return await this.#parts.transfers.list(command, signal);
    } catch (error) {
      const refused = error instanceof ReplyError && error.reply.replyClass === 'permanentNegative';
      if (!refused || error.command.verb !== 'LIST') throw error;
      this.#listsAll = false;
      return [];
    }
  }
}
