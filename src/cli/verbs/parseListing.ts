import { raceAbort } from '../../base/abort.ts';
import { collectBytes } from '../../base/bytes.ts';
import {
  type Listing,
  listingLines,
  parseListing as parse,
} from '../../ftp/grammar/listing/listing.ts';
import { parseArguments } from '../arguments.ts';
import { readCharset } from '../connectionOptions.ts';
import { entryJson, jsonText } from '../jsonText.ts';
import { Failure } from '../failure.ts';
import { wrongCall } from '../positionals.ts';
import { readZone, type Zone } from '../zone.ts';
import { UsageError } from '../usageError.ts';
import type { Verb } from '../verb.ts';

// As much as the engine takes of a server.
const maxListingBytes = 256 * 1024 * 1024;

/** Reads a listing from standard input and says what it means. */
export const parseListing: Verb = {
  usage: 'parse-listing [--now ISO] [--zone MINUTES|IANA] [--charset NAME]',
  summary: 'say what a listing on standard input means, as JSON',
  run: async (args, { terminal, clock }, signal) => {
    const { values, positionals } = parseArguments(args, {
      now: { type: 'string' },
      zone: { type: 'string' },
      charset: { type: 'string' },
    });
    if (positionals.length > 0) throw wrongCall(parseListing.usage);
    const now = values.now === undefined ? clock.now() : readNow(values.now);
    const zone = readZone(values.zone ?? '0');
    const charset = await readCharset(values.charset ?? 'utf-8');
    const text = charset.decode(await raceAbort(readAll(terminal.input), signal));
    const { format, entries, unreadable } = inZone(listingLines(text), now, zone);
    await terminal.write(jsonText({ format, entries: entries.map(entryJson), unreadable }));
    return true;
  },
};

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  try {
    return await collectBytes(input, maxListingBytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure(`A listing of more than ${maxListingBytes} bytes is not read.`);
  }
}

// A zone that has summer time is another one for each entry: the listing is read as if its times
// were UTC, seen from the server's own clock, and each time is then put right by itself.
function inZone(lines: readonly string[], now: number, zone: Zone): Listing {
  const listing = parse(lines, { now: now + zone(now, 'utc') * minuteMs, zone: 0 });
  // RFC 3659, 2.3: the times of MLSD are UTC whatever the server's zone is.
  if (listing.format === 'mlsd') return listing;
  const entries = listing.entries.map((entry) => {
    const local = entry.modified?.getTime();
    if (local === undefined) return entry;
    return { ...entry, modified: new Date(local - zone(local, 'local') * minuteMs) };
  });
  return { ...listing, entries };
}

const minuteMs = 60_000;

function readNow(text: string): number {
  const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
  // Without a zone it is UTC, like every time that we write.
  const complete = /T[^Z+-]*$/.test(text) ? `${text}Z` : text;
  const time = iso.test(text) ? Date.parse(complete) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(`--now is a time like 2026-11-22T18:00:00Z; it cannot be "${text}".`);
}
