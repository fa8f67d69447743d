import { concatBytes } from '../../base/bytes.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { UserPI } from '../control/userPI.ts';
import type { Transfers } from '../data/transfers.ts';
import { ReplyError } from '../errors.ts';
import { listingLines } from '../grammar/listing/listing.ts';
import type { FtpConnectOptions } from '../options.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';

interface Parts {
  readonly pi: UserPI;
  readonly transfers: Transfers;
  readonly options: Pick<FtpConnectOptions, 'charset' | 'listing'>;
  readonly profile: ServerProfile;
}

/** Lists folders by MLSD or LIST, over data connections. */
export class DataLists {
  readonly #parts: Parts;
  #listsAll = true;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The verb that suits the server, or the one that was chosen. */
  get verb(): 'MLSD' | 'LIST' {
    const { options, pi, profile } = this.#parts;
    if (options.listing === 'mlsd') return 'MLSD';
    if (options.listing === 'list' || !pi.features.has('MLST')) return 'LIST';
    const mlsdIsRaw = profile.ladder.current?.mode === 'block' && profile.listings.MLSD === 'raw';
    return mlsdIsRaw && profile.listings.LIST !== 'raw' ? 'LIST' : 'MLSD';
  }

  /** The lines of a folder's listing by `verb`. */
  async list(
    verb: 'MLSD' | 'LIST',
    folder: RemotePath,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const pieces = await this.#pieces(verb, folder, signal);
    return listingLines(this.#parts.options.charset.decode(concatBytes(pieces)));
  }

  async #pieces(
    verb: 'MLSD' | 'LIST',
    folder: RemotePath,
    signal: AbortSignal,
  ): Promise<readonly Uint8Array[]> {
    const { transfers, pi } = this.#parts;
    if (verb === 'MLSD') return await transfers.list({ verb, argument: folder }, signal);
    // A name in LIST's argument may be taken for an option or a pattern; the folder one stands in
    // cannot. -a shows hidden files where the server is a Unix.
    await pi.workingDirectory(signal);
    const pieces = this.#listsAll ? await this.#listAll(folder, signal) : [];
    if (pieces.length > 0) return pieces;
    return await transfers.list({ verb, folder }, signal);
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
