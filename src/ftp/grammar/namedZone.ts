import type { Zone } from './listing/listingLine.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** The zone of a place by its name in the IANA's database; `undefined` for a name that is not there. */
export function namedZone(name: string): Zone | undefined {
  const format = formatOf(name);
  if (!format) return undefined;
  const ahead = constantDays((utc) => offsetOf(format.formatToParts(utc)));
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

function formatOf(name: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

// Each look into the database takes some microseconds, and a listing may have a hundred thousand
// times; they lie on far fewer days.
const maxDays = 10_000;

// A day that begins and ends with the same offset has no other in between.
function constantDays(ahead: (utc: number) => number): (utc: number) => number {
  const days = new Map<number, number | 'changing'>();
  return (utc) => {
    const day = Math.floor(utc / dayMs);
    let known = days.get(day);
    if (known === undefined) {
      const first = ahead(day * dayMs);
      known = first === ahead((day + 1) * dayMs) ? first : 'changing';
      if (days.size >= maxDays) days.clear();
      days.set(day, known);
    }
    return known === 'changing' ? ahead(utc) : known;
  };
}

// "GMT", "GMT+01:00", "GMT-03:30"; long ago seconds too.
function offsetOf(parts: readonly Intl.DateTimeFormatPart[]): number {
  const name = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds] = /([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name) ?? [];
  const ahead = Number(hours ?? 0) * 60 + Number(minutes ?? 0) + Number(seconds ?? 0) / 60;
  return sign === '-' ? -ahead : ahead;
}
