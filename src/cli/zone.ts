import { UsageError } from './usageError.ts';

/**
 * The minutes that a place's clocks are ahead of UTC at a moment: one of UTC, or one that its own
 * clocks show, written as if it were UTC. Both are milliseconds since the Unix epoch.
 */
export type Zone = (moment: number, kind: 'utc' | 'local') => number;

const minuteMs = 60_000;

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

function namedZone(name: string): Zone | undefined {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  const ahead = (utc: number): number => offsetOf(format.formatToParts(utc));
  return (moment, kind) => {
    if (kind === 'utc') return ahead(moment);
    // The offset before the moment and after it differ where the clocks were changed just then; of
    // an hour that comes twice the earlier one is taken.
    const [earlier, later] = [ahead(moment - dayMs), ahead(moment + dayMs)];
    const first = Math.max(earlier, later);
    const fits = ahead(moment - first * minuteMs) === first;
    return fits ? first : Math.min(earlier, later);
  };
}

const dayMs = 24 * 60 * minuteMs;

// "GMT", "GMT+01:00", "GMT-03:30"; long ago seconds too.
function offsetOf(parts: readonly Intl.DateTimeFormatPart[]): number {
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? [];
  const ahead = Number(hours ?? 0) * 60 + Number(minutes ?? 0) + Number(seconds ?? 0) / 60;
  return sign === '-' ? -ahead : ahead;
}
