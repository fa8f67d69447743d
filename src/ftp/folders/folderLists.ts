import { joinPath, type RemotePath } from '../../base/paths.ts';
import { entryOf } from '../control/fileFacts.ts';
import { isRefusedListing } from '../data/receiveListing.ts';
import type { TransferParts } from '../data/runningTransfer.ts';
import type { Transfers } from '../data/transfers.ts';
import { ConnectionError, type ReplyError } from '../errors.ts';
import type { FolderListing } from '../ftpConnection.ts';
import type { RemoteEntry } from '../grammar/entry.ts';
import { DataLists, isFolderFact } from './dataLists.ts';
import { LinkTargets } from './linkTargets.ts';
import { measureZone, type ReadListing, readListing, withWallClock } from './readListing.ts';
import { StatLists } from './statLists.ts';

type ListingWay = 'MLSD' | 'LIST' | 'STAT';

/** Lists folders the best way that the server knows. */
export class FolderLists {
  /** How the last folder was listed. */
  readonly last: { readonly way: ListingWay | undefined };
  readonly #parts: TransferParts;
  readonly #data: DataLists;
  readonly #stat: StatLists;
  readonly #targets: LinkTargets;
  readonly #last = { way: undefined as ListingWay | undefined };

  constructor(parts: TransferParts, transfers: Transfers) {
    this.#parts = parts;
    this.last = this.#last;
    this.#data = new DataLists(parts, transfers);
    this.#stat = new StatLists(parts);
    this.#targets = new LinkTargets(parts, { STAT: this.#stat, LIST: this.#data });
  }

  /** The next folder is listed over the control connection. */
  get isByStat(): boolean {
    return this.#stat.isPreferred;
  }

  async list(folder: RemotePath, signal: AbortSignal): Promise<FolderListing> {
    const { zone } = this.#parts.profile;
    const listed = await this.#list(folder, signal);
    // Another connection may have learnt more of the zone since then: the times mean others now.
    const first =
      listed.zone === zone.zone ? listed : readListing(this.#parts, listed.lines, folder);
    const isOther = await measureZone(this.#parts, folder, first, signal);
    const { format, entries, unreadable } = isOther
      ? readListing(this.#parts, first.lines, folder)
      : first;
    const told =
      format === 'mlsd' ? await this.#targets.complete(entries, folder, signal) : entries;
    const { missing = unreadWords(unreadable.length), isEntered = false } = listed;
    const listing = withWallClock({ format, entries: told, unreadable }, zone);
    return { ...listing, ...(missing !== undefined && { missing }), isEntered };
  }

  async #list(folder: RemotePath, signal: AbortSignal): Promise<ListedFolder> {
    const { options, profile } = this.#parts;
    const { listing: choice } = options;
    const hasNoData = choice === 'auto' && profile.ladder.exhausted;
    const stated = hasNoData
      ? await this.#withoutData(folder, signal)
      : this.#stat.isPreferred && this.#noteStat(await this.#stat.list(folder, signal));
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

  async #withoutData(folder: RemotePath, signal: AbortSignal): Promise<ReadListing | undefined> {
    return this.#noteStat(await this.#stat.listUnproved(folder, signal));
  }

  #noteStat(listing: ReadListing | undefined): ReadListing | undefined {
    if (listing) this.#last.way = 'STAT';
    return listing;
  }

  async #byData(folder: RemotePath, signal: AbortSignal): Promise<ListedFolder> {
    const { listing: choice } = this.#parts.options;
    const mlsd = this.#data.verb === 'MLSD' ? await this.#byMlsd(folder, signal) : undefined;
    if (mlsd?.listing) {
      if (choice === 'auto') await this.#stat.compare(folder, mlsd.listing, signal);
      return mlsd.listing;
    }
    if (mlsd && choice === 'mlsd') throw mlsd.refusal;
    // LIST is sent after a CWD into the folder: so it is one.
    const told = await this.#data.list(folder, signal);
    const listing = {
      ...readListing(this.#parts, told.lines, folder),
      missing: told.missing,
      isEntered: true,
    };
    if (mlsd && this.#isForGood(mlsd.refusal)) this.#parts.profile.ways.refusesMlsd();
    this.#last.way = 'LIST';
    if (choice === 'auto') await this.#stat.compare(folder, listing, signal);
    return listing;
  }

  /** By MLSD with the folder's path, or from inside it: some servers refuse a path or ignore it. */
  async #byMlsd(
    folder: RemotePath,
    signal: AbortSignal,
  ): Promise<{ readonly listing?: ListedFolder; readonly refusal?: ReplyError | undefined }> {
    const { ways } = this.#parts.profile;
    let refusal: ReplyError | undefined;
    for (const form of ways.mlsdForms) {
      try {
        const told = await this.#data.mlsd(form, folder, signal);
        const isEntered = form === 'inside' || told.lines.some((line) => isFolderFact(line));
        const listing = {
          ...readListing(this.#parts, told.lines, folder),
          missing: told.missing,
          isEntered,
        };
        // Names without facts are less than LIST tells.
        if (told.lines.some(Boolean) && told.lines.every(isWithoutFacts)) break;
        if (form === 'path' && !(await this.#isOf(folder, listing, signal))) continue;
        if (form === 'inside' && listing.entries.length > 0) ways.listsBy('inside');
        this.#last.way = 'MLSD';
        return { listing };
      } catch (error) {
        // A refusal of the CWD before it is about the folder.
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
    // A command that was only skipped may be sent again some day.
    if (!refusal) return true;
    if (refusal.reply.notSent || refusal.reply.replyClass !== 'permanentNegative') return false;
    return refusal.unsupported || this.#parts.profile.ways.mlsd === 'unknown';
  }

  // Asked until one answer shows that the server obeys the path: an entry is there as it was listed.
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
}

/** A listing, and what else is known from the way in which it was made. */
interface ListedFolder extends ReadListing {
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
