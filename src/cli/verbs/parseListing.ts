import { raceAbort } from '../../base/abort.ts';
import { collectBytes } from '../../base/bytes.ts';
import { listingLines, parseListing } from '../../ftp/grammar/listing/listing.ts';
import type { Zone } from '../../ftp/grammar/listing/listingLine.ts';
import { namedZone } from '../../ftp/grammar/namedZone.ts';
import { parseArguments } from '../arguments.ts';
import { readCharset } from '../connectionOptions.ts';
import { entryJson, jsonText } from '../jsonText.ts';
import { wrongCall } from '../positionals.ts';
import { Failure, UsageError } from '../errors.ts';
import type { Verb } from '../verb.ts';

// The same bound as the engine has for listings of a server.
const maxListingBytes = 256 * 1024 * 1024;

/** Reads a listing from standard input and says what it means. */
export const parseListingVerb: Verb = {
  usage: 'parse-listing [--now ISO] [--zone MINUTES|IANA] [--charset NAME]',
  summary: 'say what a listing on standard input means, as JSON',
  run: async (args, { terminal, clock }, signal) => {
    const { values, positionals } = parseArguments(args, {
      now: { type: 'string' },
      zone: { type: 'string' },
      charset: { type: 'string' },
    });
    if (positionals.length > 0) throw wrongCall(parseListingVerb.usage);
    const now = values.now === undefined ? clock.now() : readNow(values.now);
    const zone = readZone(values.zone ?? '0');
    const charset = await readCharset(values.charset ?? 'utf-8');
    const text = charset.decode(await raceAbort(readAll(terminal.input), signal));
    const { format, entries, unreadable } = parseListing(listingLines(text), { now, zone });
    await terminal.write(jsonText({ format, entries: entries.map(entryJson), unreadable }));
    return true;
  },
};

async function readAll(input: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  try {
    return await collectBytes(input, maxListingBytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure(`The listing is longer than ${maxListingBytes} bytes.`);
  }
}

function readNow(text: string): number {
  const iso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/;
  // A time without a zone is taken as UTC, like every time in our output.
  const complete = /T[^Z+-]*$/.test(text) ? `${text}Z` : text;
  const time = iso.test(text) ? Date.parse(complete) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new UsageError(`--now is a time like 2026-11-22T18:00:00Z; it cannot be "${text}".`);
}

// Zones reach from UTC-12 to UTC+14 today; governments may still move them a little.
const maxMinutes = 16 * 60;

/** Reads minutes ahead of UTC, or the name of a zone. Throws `UsageError` for anything else. */
export function readZone(text: string): Zone {
  if (/^[+-]?\d{1,4}$/.test(text)) {
    const minutes = Number(text);
    if (Math.abs(minutes) <= maxMinutes) return () => minutes;
  } else {
    const zone = namedZone(text);
    if (zone) return zone;
  }
  throw new UsageError(
    `--zone is minutes ahead of UTC, or a name like Europe/Berlin; it cannot be "${text}".`,
  );
}
