import { type EntryType, parseSize, type RemoteEntry } from '../../entry.ts';
import { type FactsLine, parseFactsLine } from '../../facts.ts';
import type { ListingLine } from '../listingLine.ts';

// The formats that were made for programs: facts of each file stand before its name.

/**
 * RFC 3659, 7: one line of MLSD, or the line of an MLST reply with its leading space or more. The folder
 * itself and its parent are no entries of it.
 */
export function parseMlsdLine(line: string): ListingLine {
  const isReply = line.startsWith(' ') && hasType.test(line);
  const parsed = parseFactsLine(isReply ? line.trimStart() : line);
  return isListedEntry(parsed) ? parsed : parsed && 'skip';
}

function isListedEntry(parsed: FactsLine | undefined): parsed is Exclude<FactsLine, string> {
  return parsed !== 'listedFolder' && parsed !== 'parentFolder' && parsed !== undefined;
}

// RFC 3659, 7.2 allows a line without facts, of a name that is then all of this; nobody has one.
const hasType = /^ {1,16}(?:[\w.-]{1,32}=[^; ]{0,64};){0,16}type=\w/i;

/** Alone, any indented text looks like a line without facts. */
export function hasFacts(line: string): boolean {
  return !line.startsWith(' ') || hasType.test(line);
}

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
  const modified = eplfTimeOf(facts.get('m'));
  const mode = /^[0-7]{3,4}$/.exec(facts.get('up') ?? '')?.[0].padStart(4, '0');
  const unique = facts.get('i');
  return {
    name: line.slice(tab + 1),
    type: eplfTypeOf(facts),
    size: parseSize(facts.get('s')),
    modified,
    precision: modified ? 'second' : 'none',
    ...(mode !== undefined && { mode }),
    ...(unique !== undefined && unique !== '' && { unique }),
  } satisfies RemoteEntry;
}

// "/": CWD may work; "r": RETR may.
function eplfTypeOf(facts: ReadonlyMap<string, string>): EntryType {
  if (facts.has('/')) return 'directory';
  return facts.has('r') ? 'file' : 'other';
}

// The last second of the year 9999.
const lastSecond = 253_402_300_799;

function eplfTimeOf(text: string | undefined): Date | undefined {
  const seconds = text !== undefined && /^-?\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  return Math.abs(seconds) <= lastSecond ? new Date(seconds * 1000) : undefined;
}
