import { joinPath, type RemotePath } from '../../base/paths.ts';
import { modifiedOf } from '../control/fileFacts.ts';
import type { EngineParts } from '../data/engineParts.ts';
import { FtpError } from '../errors.ts';
import { type RemoteEntry, withoutEstimates } from '../grammar/entry.ts';
import { type Listing, parseListing } from '../grammar/listing/listing.ts';
import {
  aheadAt,
  type Season,
  seasonOf,
  type ServerZone,
  sightingOf,
} from '../profile/serverZone.ts';

/** The lines of a folder's listing, and what they were read as. */
export interface ReadListing extends Listing {
  readonly lines: readonly string[];
  /** The server's zone, as far as it was known when they were read. */
  readonly zone: ServerZone['zone'];
}

// Each costs a round trip, the first time that a season is met.
const questionsPerListing = 2;

/** Reads lines by what is known of the server's clock now. */
export function readListing(
  { clock, profile }: EngineParts,
  lines: readonly string[],
  folder: RemotePath,
): ReadListing {
  const { zone } = profile.zone;
  const listing = parseListing(lines, { now: clock.now(), zone: zone ?? 0, folder });
  return { ...listing, entries: listing.entries.map(withoutEstimates), lines, zone };
}

/** The listing with the times as the server's clock shows them: they stay comparable, whatever is learnt of the zone. */
export function withWallClock(listing: Listing, zone: ServerZone): Listing {
  if (!isInLocalTime(listing)) return listing;
  const entries = listing.entries.map((entry) => {
    const wallClock = wallClockOf(entry, zone);
    return wallClock === undefined ? entry : { ...entry, wallClock };
  });
  return { ...listing, entries };
}

function wallClockOf({ modified }: RemoteEntry, { zone = 0 }: ServerZone): number | undefined {
  if (!modified) return undefined;
  return modified.getTime() + aheadAt(zone, modified.getTime()) * 60_000;
}

/**
 * Asks for the exact times of a file or two, where that tells more of the server's zone than is
 * known. True when the lines mean other times now, and are to be read again.
 */
export async function measureZone(
  parts: EngineParts,
  folder: RemotePath,
  listing: Listing,
  signal: AbortSignal,
): Promise<boolean> {
  const { logger, profile } = parts;
  const { zone } = profile;
  if (!isInLocalTime(listing)) return false;
  // Not awaited one by one: they are queued at once, and go out as far as the pipeline allows.
  const asked = filesToAsk(listing.entries, zone).map(async (entry) => {
    zone.noteQuestion();
    const listed = wallClockOf(entry, zone);
    const exact = await exactTime(parts, joinPath(folder, entry.name), signal);
    return exact && listed !== undefined ? sightingOf(listed, exact.getTime()) : undefined;
  });
  const before = zone.zone ?? 0;
  for (const sighting of await Promise.all(asked)) {
    if (!sighting) continue;
    const verdict = zone.see(sighting);
    if (verdict === 'known') continue;
    const word = verdict === 'changed' ? 'now' : 'so far as seen';
    logger.info(`The server's listings are ${sighting.ahead} minutes ahead of UTC, ${word}`);
  }
  return (zone.zone ?? 0) !== before;
}

async function exactTime(
  { pi, logger }: EngineParts,
  path: RemotePath,
  signal: AbortSignal,
): Promise<Date | undefined> {
  try {
    return await modifiedOf(pi, path, signal);
  } catch (error) {
    signal.throwIfAborted();
    // The listing is there. If the question broke the connection, the next operation reports that.
    if (!(error instanceof FtpError)) throw error;
    logger.warn(`The exact time of ${path} could not be asked for: ${error.message}`);
    return undefined;
  }
}

// The newest one of each season. A file that has just been written to may be written to again before
// its exact time is asked for, but that shows: no zone is off by less than a quarter of an hour.
function filesToAsk(entries: readonly RemoteEntry[], zone: ServerZone): readonly RemoteEntry[] {
  const newest = new Map<Season, RemoteEntry>();
  for (const entry of entries) {
    const { type, precision, modified } = entry;
    if (type !== 'file' || precision === 'day' || !modified) continue;
    if (!zone.isWanted(modified.getTime())) continue;
    const season = seasonOf(modified.getTime());
    const best = newest.get(season)?.modified;
    if (!best || modified > best) newest.set(season, entry);
  }
  return [...newest.values()]
    .toSorted((a, b) => (b.modified?.getTime() ?? 0) - (a.modified?.getTime() ?? 0))
    .slice(0, questionsPerListing);
}

// These formats tell UTC; all others tell the time of the server's own clock.
function isInLocalTime({ format }: Listing): boolean {
  return format !== 'mlsd' && format !== 'eplf' && format !== 'numeric';
}
