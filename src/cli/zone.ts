import { namedZone } from '../ftp/grammar/namedZone.ts';
import type { Zone } from '../ftp/grammar/listing/listingLine.ts';
import { UsageError } from './usageError.ts';

// From UTC-12 to UTC+14, and a little for islands that move.
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
