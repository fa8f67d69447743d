import { joinPath, type RemotePath } from '../../base/paths.ts';
import { entryOf, sizeOf } from '../control/fileFacts.ts';
import { isRefusedListing } from '../data/receiveListing.ts';
import type { TransferParts } from '../data/runningTransfer.ts';
import type { Transfers } from '../data/transfers.ts';
import { ConnectionError, FtpError, type ReplyError } from '../errors.ts';
import type { FolderListing } from '../ftpConnection.ts';
import { type RemoteEntry, withoutEstimates } from '../grammar/entry.ts';
import { type Listing, parseListing } from '../grammar/listing/listing.ts';
import type { ServerZone } from '../profile/serverZone.ts';
import type { StatTrust } from '../profile/statTrust.ts';
import { DataLists, isFolderFact } from './dataLists.ts';
import { LinkTargets } from './linkTargets.ts';
import { measureZone, withWallClock } from './listedTimes.ts';
import { StatLists } from './statLists.ts';

type ListingWay = 'MLSD' | 'LIST' | 'STAT';

// A folder is listed twice to compare the two ways: not one that takes its time.
const maxCompared = 1_000;

/** Lists folders the best way that the server knows. */
export class FolderLists {
  /** How the last folder was listed. */
  readonly used: { readonly way: ListingWay | undefined };
  readonly #parts: TransferParts;
  readonly #data: DataLists;
  readonly #stat: StatLists;
  readonly #targets: LinkTargets;
  readonly #trust: StatTrust;
  readonly #used = { way: undefined as ListingWay | undefined };

  constructor(parts: TransferParts, transfers: Transfers) {
    this.#parts = parts;
    this.used = this.#used;
    this.#trust = parts.profile.stat;
    this.#data = new DataLists(parts, transfers);
    this.#stat = new StatLists(parts);
    this.#targets = new LinkTargets({
      logger: parts.logger,
      list: async (way, folder, signal) => {
        const lists = way === 'LIST' ? this.#data : this.#stat;
        const lines = (await lists.list(folder, signal))?.lines;
        return lines && this.#read(lines, folder).entries;
      },
    });
  }

  async list(folder: RemotePath, signal: AbortSignal): Promise<FolderListing> {
    const { zone } = this.#parts.profile;
    const listed = await this.#list(folder, signal);
    // Another connection may have learnt of the zone since then: its wall clock is no longer ours.
    const first = listed.zone === zone.zone ? listed : this.#read(listed.lines, folder);
    const isOther = await measureZone(this.#parts, folder, first, signal);
    const { format, entries, unreadable } = isOther ? this.#read(first.lines, folder) : first;
    const told =
      format === 'mlsd' ? await this.#targets.complete(entries, folder, signal) : entries;
    const { missing = unreadWords(unreadable.length), isEntered = false } = listed;
    const listing = withWallClock({ format, entries: told, unreadable }, zone);
    return { ...listing, ...(missing !== undefined && { missing }), isEntered };
  }

  async #list(folder: RemotePath, signal: AbortSignal): Promise<ReadListing> {
    const { options, profile } = this.#parts;
    const { listing: choice } = options;
    const hasNoData = choice === 'auto' && profile.ladder.exhausted;
    const stated = hasNoData
      ? await this.#withoutData(folder, signal)
      : this.#prefersStat && (await this.#byStat(folder, signal));
    if (stated) return stated;
    try {
      return await this.#byData(folder, signal);
    } catch (error) {
      if (choice !== 'auto' || hasNoData || !isNoDataPath(error)) throw error;
      const listing = await this.#withoutData(folder, signal);
      if (listing) return listing;
      throw error;
    }
  }

  async #byData(folder: RemotePath, signal: AbortSignal): Promise<ReadListing> {
    const { listing: choice } = this.#parts.options;
    const mlsd = this.#data.verb === 'MLSD' ? await this.#byMlsd(folder, signal) : undefined;
    if (mlsd?.listing) return mlsd.listing;
    if (mlsd && choice === 'mlsd') throw mlsd.refusal;
    // LIST is said by whoever stands in the folder: it is one.
    const told = await this.#data.list(folder, signal);
    const listing = { ...this.#read(told.lines, folder), missing: told.missing, isEntered: true };
    if (mlsd && this.#isForGood(mlsd.refusal)) this.#parts.profile.ways.refusesMlsd();
    this.#used.way = 'LIST';
    if (choice === 'auto') await this.#compare(folder, listing, signal);
    return listing;
  }

  /** By MLSD with the folder's path, or from inside it: some servers take no path, or pass over it. */
  async #byMlsd(
    folder: RemotePath,
    signal: AbortSignal,
  ): Promise<{ readonly listing?: ReadListing; readonly refusal?: ReplyError | undefined }> {
    const { ways } = this.#parts.profile;
    let refusal: ReplyError | undefined;
    for (const form of ways.mlsdForms) {
      try {
        const told = await this.#data.mlsd(form, folder, signal);
        const isEntered = form === 'inside' || told.lines.some((line) => isFolderFact(line));
        const listing = { ...this.#read(told.lines, folder), missing: told.missing, isEntered };
        // Names without facts are less than LIST tells.
        if (told.lines.some(Boolean) && told.lines.every(isWithoutFacts)) break;
        if (form === 'path' && !(await this.#isOf(folder, listing, signal))) continue;
        if (form === 'inside' && listing.entries.length > 0) ways.listsBy('inside');
        this.#used.way = 'MLSD';
        return { listing };
      } catch (error) {
        // What refuses the CWD before it is about the folder.
        if (!isRefusedListing(error, 'MLSD')) throw error;
        refusal = error;
        if (form === 'inside' && ways.mlsd === 'inside') ways.doubtMlsd();
        // RFC 959, 4.2.1: 500 and 502 mean the command, however it is said.
        if ([500, 502].includes(error.reply.code)) break;
      }
    }
    return { refusal };
  }

  // LIST served where MLSD did not. Where MLSD has served before, that may be about this folder alone.
  #isForGood(refusal: ReplyError | undefined): boolean {
    // What was only left unsaid may be said again some day.
    if (!refusal) return true;
    if (refusal.reply.unsaid || refusal.reply.replyClass !== 'permanentNegative') return false;
    return refusal.unsupported || this.#parts.profile.ways.mlsd === 'unknown';
  }

  // Asked until one answer shows that the path is obeyed: an entry is there below it, as it was listed.
  async #isOf(
    folder: RemotePath,
    { entries, lines }: ReadListing,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { pi, profile } = this.#parts;
    if (profile.ways.mlsd !== 'unknown' || folder === (await pi.workingDirectory(signal)))
      return true;
    const listed = entries.find(({ type }) => type === 'file') ?? entries[0];
    if (!listed) return true;
    if (!lines.some((line) => namesFolder(line, folder))) {
      const found = await entryOf(pi, joinPath(folder, listed.name), signal);
      if (!found || !isSame(found, listed)) return false;
    }
    profile.ways.listsBy('path');
    return true;
  }

  // One round trip in place of four, and it tells what LIST tells; MLSD's times are exact, and a kept
  // data connection costs nothing.
  get #prefersStat(): boolean {
    const { options, profile, pi } = this.#parts;
    if (options.listing !== 'auto') return options.listing === 'stat';
    const isStream = profile.ladder.current?.mode === 'stream';
    return this.#trust.state === 'proved' && isStream && !pi.features.has('MLST');
  }

  async #byStat(folder: RemotePath, signal: AbortSignal): Promise<ReadListing | undefined> {
    const told = await this.#stat.list(folder, signal);
    if (!told) return undefined;
    const listing = this.#read(told.lines, folder);
    // A server that shows "." shows it of every folder that may be read; what it says of others is
    // no listing.
    const isWhole = told.showsItself || this.#trust.showsItself !== 'yes';
    const isSound = listing.unreadable.length === 0 && isWhole;
    if (!isSound && this.#parts.options.listing !== 'stat') return undefined;
    this.#used.way = 'STAT';
    return listing;
  }

  /** The last resort: what it shows is believed when all that can be asked agrees. */
  async #withoutData(folder: RemotePath, signal: AbortSignal): Promise<ReadListing | undefined> {
    const listing = await this.#byStat(folder, signal);
    if (!listing || this.#trust.state === 'proved') return listing;
    const file = listing.entries.find(({ type, size }) => type === 'file' && size !== undefined);
    if (!file) return listing;
    const size = await sizeOf(this.#parts.pi, joinPath(folder, file.name), signal);
    if (size !== undefined && size !== file.size) return undefined;
    if (size !== undefined) this.#trust.proved();
    return listing;
  }

  /** Lists a folder by STAT too, once: when it says what LIST said, it will do from now on. */
  async #compare(folder: RemotePath, listing: Listing, signal: AbortSignal): Promise<void> {
    const { logger, profile, pi } = this.#parts;
    const { entries, unreadable } = listing;
    if (this.#trust.state !== 'unknown' || profile.ladder.current?.mode !== 'stream') return;
    if (entries.length === 0 || entries.length > maxCompared || unreadable.length > 0) return;
    try {
      const told = await this.#stat.list(folder, signal);
      if (!told) this.#trust.refused();
      else if (areAlike(this.#read(told.lines, folder).entries, entries)) this.#trust.proved();
      else this.#trust.doubt();
      logger.info(`Listings by STAT: ${this.#trust.state}`);
    } catch (error) {
      signal.throwIfAborted();
      // The listing is there; that STAT broke something is told by whoever needs it next.
      if (!(error instanceof FtpError)) throw error;
      if (pi.control.usable) this.#trust.doubt();
      logger.warn(`Listings by STAT could not be tried: ${error.message}`);
    }
  }

  #read(lines: readonly string[], folder: RemotePath): ReadListing {
    const { clock, profile } = this.#parts;
    const { zone } = profile.zone;
    const listing = parseListing(lines, { now: clock.now(), zone: zone ?? 0, folder });
    return { ...listing, entries: listing.entries.map(withoutEstimates), lines, zone };
  }
}

interface ReadListing extends Listing {
  readonly lines: readonly string[];
  /** In which it was read. */
  readonly zone: ServerZone['zone'];
  readonly missing?: string | undefined;
  readonly isEntered?: boolean;
}

function unreadWords(lines: number): string | undefined {
  return lines === 0 ? undefined : `${lines} of its lines cannot be read`;
}

// RFC 3659, 7.2, has one space begin a line that has no facts.
function isWithoutFacts(line: string): boolean {
  return line === '' || line.startsWith(' ');
}

// "type=cdir;modify=20261120120000; /shop": what some servers say of the folder itself.
function namesFolder(line: string, folder: RemotePath): boolean {
  return isFolderFact(line) && line.endsWith(`; ${folder}`);
}

function isSame(found: RemoteEntry, listed: RemoteEntry): boolean {
  const time = [found.modified?.getTime(), listed.modified?.getTime()];
  return found.type === listed.type && found.size === listed.size && time[0] === time[1];
}

function isNoDataPath(error: unknown): boolean {
  return error instanceof ConnectionError && error.reason === 'noDataPath';
}

function areAlike(a: readonly RemoteEntry[], b: readonly RemoteEntry[]): boolean {
  if (a.length !== b.length) return false;
  const named = new Map(b.map((entry) => [entry.name, entry]));
  return a.every((entry) => {
    const other = named.get(entry.name);
    return (
      other?.type === entry.type &&
      other.size === entry.size &&
      other.modified?.getTime() === entry.modified?.getTime()
    );
  });
}
