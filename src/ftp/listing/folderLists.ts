import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { joinPath, type RemotePath } from '../../base/paths.ts';
import type { UserPI } from '../control/userPI.ts';
import type { Transfers } from '../data/transfers.ts';
import type { Turns } from '../data/turns.ts';
import { DataLists } from './dataLists.ts';
import { ConnectionError, FtpError } from '../errors.ts';
import { sizeOf } from '../control/fileFacts.ts';
import { type RemoteEntry, withoutEstimates } from '../grammar/entry.ts';
import { type Listing, parseListing } from '../grammar/listing/listing.ts';
import { LinkTargets } from './linkTargets.ts';
import { measureZone, withWallClock } from './listedTimes.ts';
import type { FtpConnectOptions } from '../options.ts';
import type { ServerProfile } from '../profile/serverProfile.ts';
import type { ServerZone } from '../profile/serverZone.ts';
import { StatLists } from './statLists.ts';
import type { StatTrust } from '../profile/statTrust.ts';

interface Parts {
  readonly pi: UserPI;
  readonly transfers: Transfers;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly options: Pick<FtpConnectOptions, 'charset' | 'listing'>;
  readonly profile: ServerProfile;
}

// A folder is listed twice to compare the two ways: not one that takes its time.
const maxCompared = 1_000;

/** Lists folders the best way that the server knows. */
export class FolderLists {
  readonly #parts: Parts;
  readonly #data: DataLists;
  readonly #stat: StatLists;
  readonly #targets: LinkTargets;
  readonly #trust: StatTrust;
  #way: 'MLSD' | 'LIST' | 'STAT' | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#trust = parts.profile.stat;
    this.#data = new DataLists(parts);
    this.#stat = new StatLists({ ...parts, trust: this.#trust });
    this.#targets = new LinkTargets({
      logger: parts.logger,
      list: async (way, folder, signal) => {
        const lines =
          way === 'LIST'
            ? await this.#data.list(way, folder, signal)
            : (await this.#stat.list(folder, signal))?.lines;
        return lines && this.#read(lines).entries;
      },
    });
  }

  /** How the last folder was listed. */
  get way(): 'MLSD' | 'LIST' | 'STAT' | undefined {
    return this.#way;
  }

  async list(folder: RemotePath, signal: AbortSignal): Promise<Listing> {
    const { zone } = this.#parts.profile;
    const listed = await this.#list(folder, signal);
    // Another connection may have learnt of the zone since then: its wall clock is no longer ours.
    const first = listed.zone === zone.zone ? listed : this.#read(listed.lines);
    const isOther = await measureZone({ ...this.#parts, zone }, folder, first, signal);
    const { format, entries, unreadable } = isOther ? this.#read(first.lines) : first;
    const told =
      format === 'mlsd' ? await this.#targets.complete(entries, folder, signal) : entries;
    return withWallClock({ format, entries: told, unreadable }, zone);
  }

  async #list(folder: RemotePath, signal: AbortSignal): Promise<ReadListing> {
    const { options, profile } = this.#parts;
    const { listing: choice } = options;
    const hasNoData = choice === 'auto' && profile.ladder.exhausted;
    const stated = hasNoData
      ? await this.#withoutData(folder, signal)
      : this.#prefersStat && (await this.#byStat(folder, signal));
    if (stated) return stated;
    const { verb } = this.#data;
    try {
      const listing = this.#read(await this.#data.list(verb, folder, signal));
      this.#way = verb;
      if (choice === 'auto' && verb === 'LIST') await this.#compare(folder, listing, signal);
      return listing;
    } catch (error) {
      if (choice !== 'auto' || hasNoData || !isNoDataPath(error)) throw error;
      const listing = await this.#withoutData(folder, signal);
      if (listing) return listing;
      throw error;
    }
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
    const listing = this.#read(told.lines);
    // A server that shows "." shows it of every folder that may be read; what it says of others is
    // no listing.
    const isWhole = told.showsItself || this.#trust.showsItself !== 'yes';
    const isSound = listing.unreadable.length === 0 && isWhole;
    if (!isSound && this.#parts.options.listing !== 'stat') return undefined;
    this.#way = 'STAT';
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
    if (size !== undefined) this.#trust.state = 'proved';
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
      if (!told) this.#trust.state = 'refused';
      else if (areAlike(this.#read(told.lines).entries, entries)) this.#trust.state = 'proved';
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

  #read(lines: readonly string[]): ReadListing {
    const { clock, profile } = this.#parts;
    const { zone } = profile.zone;
    const listing = parseListing(lines, { now: clock.now(), zone: zone ?? 0 });
    return { ...listing, entries: listing.entries.map(withoutEstimates), lines, zone };
  }
}

interface ReadListing extends Listing {
  readonly lines: readonly string[];
  /** In which it was read. */
  readonly zone: ServerZone['zone'];
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
