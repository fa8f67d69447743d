import type { Zone } from '../grammar/listing/listingLine.ts';
import { namedZone } from '../grammar/namedZone.ts';

/** How far the server's clocks were ahead of UTC at a moment: a listing and MDTM told one time. */
export interface ZoneSighting {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Minutes. */
  readonly ahead: number;
}

/**
 * The parts of a year by what summer time does in them: almost everywhere nothing changes within
 * the long ones; where it does, it does in the short ones.
 */
export type Season = 'winter' | 'spring' | 'summer' | 'autumn';

/** The season of the northern half of the Earth. */
export function seasonOf(at: number): Season {
  const date = new Date(at);
  const day = (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  if (day < 308 || day >= 1108) return 'winter';
  if (day < 410) return 'spring';
  return day < 901 ? 'summer' : 'autumn';
}

// One place for each rule of summer time; of two that agree with all that was seen, the one where
// more servers stand.
const places: readonly string[] = [
  'Europe/Berlin',
  'America/New_York',
  'Europe/London',
  'America/Los_Angeles',
  'America/Chicago',
  'America/Denver',
  'Europe/Helsinki',
  'Australia/Sydney',
  'Pacific/Auckland',
  'America/Halifax',
  'America/St_Johns',
  'America/Anchorage',
  'America/Adak',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Norfolk',
  'America/Santiago',
  'Pacific/Easter',
  'America/Havana',
  'America/Nuuk',
  'Atlantic/Azores',
  'Asia/Jerusalem',
  'Asia/Beirut',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Europe/Chisinau',
  'America/Asuncion',
  'America/Sao_Paulo',
  'America/Mexico_City',
  'Asia/Tehran',
];

// One of each season is enough to tell a rule; some more tell it from similar rules.
const maxSightings = 8;

// Where MDTM is refused or does not fit, the questions would never end.
const maxQuestions = 12;

/**
 * The zone in which a server lists times, as far as it was seen. Two offsets make a summer time; one
 * holds all the year until another one is seen.
 */
export class ServerZone {
  #sightings: readonly ZoneSighting[];
  #zone: number | Zone | undefined;
  readonly #checked = new Set<Season>();
  #questions = 0;

  constructor(remembered: readonly ZoneSighting[] = []) {
    this.#zone = zoneOf(remembered);
    this.#sightings = this.#zone === undefined ? [] : remembered;
  }

  /** Minutes ahead of UTC, all the year or by a rule; `undefined` before anything was seen. */
  get zone(): number | Zone | undefined {
    return this.#zone;
  }

  /** What is worth keeping. */
  get sightings(): readonly ZoneSighting[] {
    return this.#sightings;
  }

  /** True for a time that would show more: nothing of its season has been seen since the start. */
  isWanted(at: number): boolean {
    return this.#questions < maxQuestions && !this.#checked.has(seasonOf(at));
  }

  /** The server is asked; what it answers may be of no use. */
  noteQuestion(): void {
    this.#questions += 1;
  }

  /** Learns from one file. `changed`: what was known before does not go together with it. */
  see(sighting: ZoneSighting): 'known' | 'learnt' | 'changed' {
    this.#checked.add(seasonOf(sighting.at));
    const known = this.#zone !== undefined && aheadAt(this.#zone, sighting.at) === sighting.ahead;
    const others = this.#sightings.filter((other) => !tellsTheSame(other, sighting));
    const all = [sighting, ...others].slice(0, maxSightings);
    const zone = known ? this.#zone : zoneOf(all);
    if (zone !== undefined) {
      this.#zone = zone;
      this.#sightings = all;
      return known ? 'known' : 'learnt';
    }
    // The server has moved, or its owner has set another zone: the newest is what holds.
    this.#zone = sighting.ahead;
    this.#sightings = [sighting];
    return 'changed';
  }
}

/** Minutes ahead of UTC at a moment. */
export function aheadAt(zone: number | Zone, at: number): number {
  return typeof zone === 'number' ? zone : zone(at, 'utc');
}

function tellsTheSame(a: ZoneSighting, b: ZoneSighting): boolean {
  return a.ahead === b.ahead && seasonOf(a.at) === seasonOf(b.at);
}

function zoneOf(sightings: readonly ZoneSighting[]): number | Zone | undefined {
  const [first] = sightings;
  if (!first) return undefined;
  if (sightings.every(({ ahead }) => ahead === first.ahead)) return first.ahead;
  for (const place of places) {
    const zone = namedZone(place);
    if (zone && sightings.every(({ at, ahead }) => zone(at, 'utc') === ahead)) return zone;
  }
  return undefined;
}

const minuteMs = 60_000;
const quarterMs = 15 * minuteMs;
const furthestMinutes = 14 * 60;

/**
 * What one file tells of a zone: its time as a listing shows it, to the minute and written as if it
 * were UTC, and the exact one. `undefined` where the two cannot be one time in any zone: zones differ
 * from UTC by quarters of an hour.
 */
export function sightingOf(listed: number, exact: number): ZoneSighting | undefined {
  const difference = listed - Math.floor(exact / minuteMs) * minuteMs;
  const rounded = Math.round(difference / quarterMs) * quarterMs;
  // A server that rounds to the minute in another way is half a minute away.
  if (Math.abs(difference - rounded) > minuteMs) return undefined;
  const ahead = rounded / minuteMs + 0;
  return Math.abs(ahead) <= furthestMinutes ? { at: exact, ahead } : undefined;
}

/** Reads what `sightings` gave, from a store that other programs may have written to. */
export function parseSightings(value: unknown): readonly ZoneSighting[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, maxSightings).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { at, ahead } = entry as Partial<Record<keyof ZoneSighting, unknown>>;
    if (typeof at !== 'number' || !Number.isFinite(at) || Math.abs(at) > maxTime) return [];
    if (typeof ahead !== 'number' || ahead % 15 !== 0) return [];
    return Math.abs(ahead) <= furthestMinutes ? [{ at, ahead }] : [];
  });
}

// Beyond it there is no Date.
const maxTime = 8_640_000_000_000_000;
