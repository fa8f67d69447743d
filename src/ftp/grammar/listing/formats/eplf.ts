import { type EntryType, parseSize, type RemoteEntry } from '../../entry.ts';
import type { ListingLine } from '../listingLine.ts';

/**
 * Easily Parsed LIST Format: "+i8388621.48594,m825718503,r,s280,", a tab, and the name to the end of
 * the line. The time is seconds since the Unix epoch.
 */
export function parseEplfLine(line: string): ListingLine {
  const tab = line.startsWith('+') ? line.indexOf('\t') : -1;
  if (tab < 0) return undefined;
  const facts = new Map<string, string>();
  for (const fact of line.slice(1, tab).split(',')) {
    // "up644" is one fact, of two letters.
    const name = fact.startsWith('up') ? 'up' : fact.slice(0, 1);
    facts.set(name, fact.slice(name.length));
  }
  const modified = timeOf(facts.get('m'));
  const mode = /^[0-7]{3,4}$/.exec(facts.get('up') ?? '')?.[0].padStart(4, '0');
  const unique = facts.get('i');
  return {
    name: line.slice(tab + 1),
    type: typeOf(facts),
    size: parseSize(facts.get('s')),
    modified,
    precision: modified ? 'second' : 'none',
    ...(mode !== undefined && { mode }),
    ...(unique !== undefined && unique !== '' && { unique }),
  } satisfies RemoteEntry;
}

// "/": CWD may work; "r": RETR may.
function typeOf(facts: ReadonlyMap<string, string>): EntryType {
  if (facts.has('/')) return 'directory';
  return facts.has('r') ? 'file' : 'other';
}

// The last second of the year 9999.
const lastSecond = 253_402_300_799;

function timeOf(text: string | undefined): Date | undefined {
  const seconds = text !== undefined && /^-?\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(seconds) <= lastSecond ? new Date(seconds * 1000) : undefined;
}
