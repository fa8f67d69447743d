import { raceAbort } from '../../base/abort.ts';
import { joinPath, type RemotePath } from '../../base/paths.ts';
import { sizeOf } from '../control/fileFacts.ts';
import type { TransferParts } from '../data/runningTransfer.ts';
import { FtpError, FtpTimeoutError, ProtocolError, ReplyError } from '../errors.ts';
import type { RemoteEntry } from '../grammar/entry.ts';
import type { Listing } from '../grammar/listing/listing.ts';
import type { Reply } from '../grammar/reply.ts';
import { isPlainPath, parseStatReply, type StatListing } from '../grammar/replyTexts.ts';
import type { StatTrust } from '../profile/statTrust.ts';
import { type ReadListing, readListing } from './readListing.ts';

// Only a smaller folder is listed twice to compare the two ways: a large one would take too long.
const maxCompared = 1_000;

/** Lists folders by STAT, without a data connection. */
export class StatLists {
  readonly #parts: TransferParts;
  readonly #trust: StatTrust;

  constructor(parts: TransferParts) {
    this.#parts = parts;
    this.#trust = parts.profile.stat;
  }

  /**
   * True where STAT is the better way: one round trip, and any number of folders in it, in place of the
   * four of a data connection. On a kept one the other ways take no more round trips. What it tells of
   * times has minutes only, also where MLSD would tell seconds: those of a file at hand are asked for.
   */
  get isPreferred(): boolean {
    const { options, profile } = this.#parts;
    if (options.listing !== 'auto') return options.listing === 'stat';
    return this.#trust.state === 'proved' && profile.ladder.current?.mode === 'stream';
  }

  /** Lists a folder; `undefined` where what the server shows is no sound listing. */
  async list(folder: RemotePath, signal: AbortSignal): Promise<ReadListing | undefined> {
    const shown = await this.show(folder, signal);
    if (!shown) return undefined;
    const listing = readListing(this.#parts, shown.lines, folder);
    // A server that shows "." shows it of every folder that may be read; what it says of others is
    // no listing.
    const isWhole = shown.showsItself || this.#trust.showsItself !== 'yes';
    const isSound = listing.unreadable.length === 0 && isWhole;
    return isSound || this.#parts.options.listing === 'stat' ? listing : undefined;
  }

  /** The last resort, without any data connection: believed when all that can be asked agrees. */
  async listUnproved(folder: RemotePath, signal: AbortSignal): Promise<ReadListing | undefined> {
    const listing = await this.list(folder, signal);
    if (!listing || this.#trust.state === 'proved') return listing;
    const file = listing.entries.find(({ type, size }) => type === 'file' && size !== undefined);
    if (!file) return listing;
    const size = await sizeOf(this.#parts.pi, joinPath(folder, file.name), signal);
    if (size !== undefined && size !== file.size) return undefined;
    if (size !== undefined) this.#trust.proved();
    return listing;
  }

  /**
   * Lists a folder once more, where nothing is known of STAT yet: when it says what the listing over
   * a data connection said, it will do from now on.
   */
  async compare(folder: RemotePath, listing: Listing, signal: AbortSignal): Promise<void> {
    const { logger, profile, pi } = this.#parts;
    const { entries, unreadable, format } = listing;
    if (this.#trust.state !== 'unknown' || profile.ladder.current?.mode !== 'stream') return;
    if (entries.length === 0 || entries.length > maxCompared || unreadable.length > 0) return;
    try {
      const shown = await this.show(folder, signal);
      if (!shown) this.#trust.refused();
      else if (areAlike(readListing(this.#parts, shown.lines, folder).entries, entries, format))
        this.#trust.proved();
      else this.#trust.doubt();
      logger.info(`Listings by STAT: ${this.#trust.state}`);
    } catch (error) {
      signal.throwIfAborted();
      // The listing is there. If STAT broke the connection, the next operation reports that.
      if (!(error instanceof FtpError)) throw error;
      if (pi.control.usable) this.#trust.doubt();
      logger.warn(`Listings by STAT could not be tried: ${error.message}`);
    }
  }

  /**
   * What the server shows of a folder, hidden files too where it can; `undefined` where it shows
   * nothing that could be a listing. A folder that cannot be entered is a `ReplyError`.
   */
  async show(folder: RemotePath, signal: AbortSignal): Promise<StatListing | undefined> {
    const trust = this.#trust;
    try {
      // One command less, where no server can take the path for a pattern, an option or two names. A
      // file and a link to a folder are listed themselves then, and what is not there is empty.
      const mayBeDirect = trust.takesOptions !== 'no' && trust.showsItself !== 'no';
      if (mayBeDirect && isPlainPath(folder)) {
        const direct = await this.#directly(folder, signal);
        if (direct?.showsItself) return this.#noted(direct, 'yes');
      }
      return await this.#inside(folder, signal);
    } catch (error) {
      // A name with a line break may end the reply too early, and we are out of step.
      if (error instanceof ProtocolError || error instanceof FtpTimeoutError) {
        trust.refused();
      }
      throw error;
    }
  }

  async #inside(folder: RemotePath, signal: AbortSignal): Promise<StatListing | undefined> {
    const { pi } = this.#parts;
    const trust = this.#trust;
    await pi.workingDirectory(signal);
    if (trust.takesOptions === 'no') return await this.#fromInside(folder, '.', signal);
    const all = await this.#fromInside(folder, '-a .', signal);
    if (all?.showsItself) return this.#noted(all, 'yes');
    if (trust.takesOptions === 'yes') return all;
    // A server that took "-a" for an option has shown hidden files too; one that looked for a file
    // "-a ." has shown nothing.
    const plain = await this.#fromInside(folder, '.', signal);
    if (!plain) return all;
    if (plain.lines.length > 0) {
      return this.#noted(plain, all && all.lines.length > 0 ? 'yes' : 'no');
    }
    return plain;
  }

  #noted(listing: StatListing, takesOptions: 'yes' | 'no'): StatListing {
    this.#trust.listed(takesOptions, listing);
    return listing;
  }

  async #directly(folder: RemotePath, signal: AbortSignal): Promise<StatListing | undefined> {
    const { told } = await this.#inTurn(signal, () => ({
      told: this.#ask(`-a ${folder}`, signal),
    }));
    return parseStatReply(await told);
  }

  async #fromInside(
    folder: RemotePath,
    argument: string,
    signal: AbortSignal,
  ): Promise<StatListing | undefined> {
    const { pi } = this.#parts;
    const { entered, told } = await this.#inTurn(signal, () => ({
      // Not awaited: both are queued at once, and the CWD of no other operation comes between.
      entered: pi.say({ verb: 'CWD', argument: folder }, { signal }),
      told: this.#ask(argument, signal),
    }));
    const [inside, reply] = await Promise.allSettled([entered, told]);
    const listing = reply.status === 'fulfilled' ? parseStatReply(reply.value) : undefined;
    if (inside.status === 'rejected') {
      // No other command is answered like STAT: its reply proves that the refusal is CWD's own.
      if (inside.reason instanceof ReplyError && !listing) await pi.makeSure(signal);
      throw inside.reason;
    }
    if (reply.status === 'rejected') throw reply.reason;
    return listing;
  }

  #ask(argument: string, signal: AbortSignal): Promise<Reply> {
    return this.#parts.pi.control.exchange({ verb: 'STAT', argument }, { signal });
  }

  // What is queued keeps its place: the turn need not last until the replies come. In the middle of a
  // transfer, STAT would tell how far that is.
  async #inTurn<T>(signal: AbortSignal, queue: () => T): Promise<T> {
    const turn = this.#parts.dtp.order.enter();
    try {
      await raceAbort(turn.mine, signal);
      return queue();
    } finally {
      turn.leave();
    }
  }
}

function areAlike(
  stated: readonly RemoteEntry[],
  listed: readonly RemoteEntry[],
  format: Listing['format'],
): boolean {
  if (stated.length !== listed.length) return false;
  const named = new Map(listed.map((entry) => [entry.name, entry]));
  return stated.every((entry) => {
    const other = named.get(entry.name);
    if (other?.type !== entry.type) return false;
    // MLSD tells times in UTC and to the second, and of a folder or a link other sizes, or none.
    if (format === 'mlsd') return entry.type !== 'file' || other.size === entry.size;
    return other.size === entry.size && other.modified?.getTime() === entry.modified?.getTime();
  });
}
