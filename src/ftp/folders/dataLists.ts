import { concatBytes } from '../../base/bytes.ts';
import type { RemotePath } from '../../base/paths.ts';
import type { EngineParts } from '../data/engineParts.ts';
import { isRefusedListing, type ReceivedListing } from '../data/receiveListing.ts';
import type { TransferCommand } from '../data/transferOrder.ts';
import type { Transfers } from '../data/transfers.ts';
import { listingLines } from '../grammar/listing/listing.ts';
import type { ListingWays, MlsdForm } from '../profile/listingWays.ts';
import { doubtOf, doubtWords, isUnusual, noteHabit, saidShort, saysEmpty } from './wholeness.ts';

/** A folder's listing as the server wrote it. */
export interface ToldFolder {
  readonly lines: readonly string[];
  /** Why it may be less than everything, in words that go on "perhaps not all: ..."; else undefined. */
  readonly missing: string | undefined;
}

const nothing: ToldFolder = { lines: [], missing: undefined };

/** Lists folders by MLSD or LIST, over data connections. */
export class DataLists {
  readonly #parts: EngineParts;
  readonly #transfers: Transfers;
  readonly #ways: ListingWays;

  constructor(parts: EngineParts, transfers: Transfers) {
    this.#parts = parts;
    this.#transfers = transfers;
    this.#ways = parts.profile.ways;
  }

  /** The verb that suits the server, or the one that was chosen. */
  get verb(): 'MLSD' | 'LIST' {
    const { options, pi, profile } = this.#parts;
    if (options.listing === 'mlsd') return 'MLSD';
    if (options.listing === 'list' || !pi.features.has('MLST')) return 'LIST';
    if (this.#ways.mlsd === 'never') return 'LIST';
    const mlsdIsRaw =
      profile.ladder.current?.mode === 'block' && profile.framing.listing('MLSD') === 'raw';
    return mlsdIsRaw && profile.framing.listing('LIST') !== 'raw' ? 'LIST' : 'MLSD';
  }

  /** RFC 3659, 7. */
  async mlsd(form: MlsdForm, folder: RemotePath, signal: AbortSignal): Promise<ToldFolder> {
    if (form === 'path') return await this.#whole({ verb: 'MLSD', argument: folder }, signal);
    await this.#parts.pi.workingDirectory(signal);
    return await this.#whole({ verb: 'MLSD', folder }, signal);
  }

  /** RFC 959, 4.1.3. */
  async list(folder: RemotePath, signal: AbortSignal): Promise<ToldFolder> {
    // A name in LIST's argument may be taken for an option or a pattern; the folder one stands in
    // cannot. -a shows hidden files where the server is a Unix.
    await this.#parts.pi.workingDirectory(signal);
    const ways = this.#ways;
    const asksAll = ways.listsAll !== 'no';
    const all = asksAll ? await this.#unlessRefused({ argument: '-a', folder }, signal) : undefined;
    if (all?.lines.some(isTelling)) {
      ways.listedAll('yes');
      return all;
    }
    // It shows nothing, or has looked for a file "-a": without it there may be more.
    const plain = await this.#unlessEmpty({ verb: 'LIST', folder }, signal);
    const isTold = plain.lines.some(isTelling);
    if (asksAll && (isTold || !all) && plain !== nothing) ways.listedAll('no');
    const missing = ways.showsItself('LIST') && all && !isTold ? doubtWords.nothing : undefined;
    return { ...plain, missing: plain.missing ?? missing };
  }

  async #unlessRefused(
    command: Omit<TransferCommand, 'verb'>,
    signal: AbortSignal,
  ): Promise<ToldFolder | undefined> {
    try {
      return await this.#whole({ verb: 'LIST', ...command }, signal);
    } catch (error) {
      // 451 is of this moment: the same without -a would be refused too.
      if (isRefusedListing(error, 'LIST') && error.reply.code !== 451) return undefined;
      throw error;
    }
  }

  // We stand in the folder: that is known by then.
  async #unlessEmpty(command: TransferCommand, signal: AbortSignal): Promise<ToldFolder> {
    try {
      return await this.#whole(command, signal);
    } catch (error) {
      if (isRefusedListing(error, 'LIST') && saysEmpty(error.reply)) return nothing;
      throw error;
    }
  }

  // What looks like a part is asked for again: a connection that broke gives the whole then, and the
  // same once more is how the server writes it.
  async #whole(command: TransferCommand, signal: AbortSignal): Promise<ToldFolder> {
    const verb = command.verb === 'MLSD' ? 'MLSD' : 'LIST';
    const { profile } = this.#parts;
    const first = await this.#transfers.list(command, signal);
    const doubt = doubtOf(first, verb, this.#ways);
    if (!doubt) return this.#told(first, verb);
    const again = await this.#transfers.list(command, signal);
    const second = doubtOf(again, verb, this.#ways);
    if (!second) return this.#told(again, verb);
    const told = this.#told(lengthOf(again) < lengthOf(first) ? first : again, verb);
    const isHabit =
      areAlike(first, again) && !isUnusual(second, this.#ways, profile.framing.marksEnds);
    if (isHabit) noteHabit(second, this.#ways);
    return isHabit ? told : { ...told, missing: told.missing ?? doubtWords[second] };
  }

  #told(received: ReceivedListing, verb: 'MLSD' | 'LIST'): ToldFolder {
    const { charset } = this.#parts.options;
    const bytes = concatBytes(received.pieces);
    const lines = listingLines(charset.decode(bytes));
    const ways = this.#ways;
    if (lines.some(verb === 'MLSD' ? isFolderFact : isFolderItself)) ways.showedItself(verb);
    if (bytes.at(-1) === LF) ways.endedLine();
    return { lines, missing: saidShort(received.reply) };
  }
}

const LF = 0x0a;

// "total 0" and the like tell of no name.
function isTelling(line: string): boolean {
  return line.trim().split(/\s+/, 3).length > 2 || isFolderItself(line);
}

function isFolderItself(line: string): boolean {
  return /(?:^|[\s;])\.{1,2}\/?$/.test(line);
}

/** A line of MLSD that describes the listed folder or its parent. */
export function isFolderFact(line: string): boolean {
  return /^(?:[^ ]*;)?type=[cp]dir;/i.test(line);
}

function lengthOf({ pieces }: ReceivedListing): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

function areAlike(one: ReceivedListing, other: ReceivedListing): boolean {
  return Buffer.compare(concatBytes(one.pieces), concatBytes(other.pieces)) === 0;
}
