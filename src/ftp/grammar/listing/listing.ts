import { isEntryName } from '../../../base/paths.ts';
import type { RemoteEntry } from '../entry.ts';
import { dosGrammar } from './formats/dos.ts';
import { hasOs2Kind, parseDosDirLine, parseOs2Line, vxworksGrammar } from './formats/dosFamily.ts';
import { hasFacts, parseEplfLine, parseMlsdLine } from './formats/factFormats.ts';
import { mpeixGrammar, nonstopGrammar, vosGrammar } from './formats/minicomputers.ts';
import { mvsGrammar } from './formats/mvs.ts';
import { os400Grammar } from './formats/os400.ts';
import {
  parseEnterpriseLine,
  parseNetWareLine,
  parseNumericLine,
  parseOs9Line,
  parseVShellLine,
  parseWfFtpLine,
} from './formats/rareUnix.ts';
import { tops20Grammar } from './formats/tops20.ts';
import { unixGrammar } from './formats/unix.ts';
import { vmcmsGrammar } from './formats/vmcms.ts';
import { vmsGrammar } from './formats/vms.ts';
import {
  type FormatName,
  lineGrammar,
  type LinesParser,
  type ListingContext,
  type ListingGrammar,
  type Reading,
} from './listingLine.ts';

export interface UnreadableLine {
  /** Counted from 1. */
  readonly line: number;
  readonly text: string;
}

export interface Listing {
  readonly format: ListingFormat;
  readonly entries: readonly RemoteEntry[];
  /** What could not be read is reported, never guessed and never silently dropped. */
  readonly unreadable: readonly UnreadableLine[];
}

export type ListingFormat = FormatName | 'unknown';

/** All formats; of two that read equally many lines, the earlier one is taken. */
export const listingGrammars: readonly ListingGrammar[] = [
  lineGrammar('mlsd', parseMlsdLine, hasFacts),
  unixGrammar,
  dosGrammar,
  lineGrammar('eplf', parseEplfLine),
  lineGrammar('netware', parseNetWareLine),
  lineGrammar('enterprise', parseEnterpriseLine),
  lineGrammar('numeric', parseNumericLine),
  lineGrammar('vshell', parseVShellLine),
  lineGrammar('os2', parseOs2Line, hasOs2Kind),
  lineGrammar('os9', parseOs9Line),
  lineGrammar('wfftp', parseWfFtpLine),
  lineGrammar('dosdir', parseDosDirLine),
  vmsGrammar,
  mvsGrammar,
  os400Grammar,
  vxworksGrammar,
  nonstopGrammar,
  vosGrammar,
  vmcmsGrammar,
  tops20Grammar,
  mpeixGrammar,
];

// How many lines decide about the format.
const sampleLines = 16;

/**
 * Reads a whole listing in the format that reads most of its first lines. A line that is none of
 * that format, but of exactly one other and unmistakably so, is read as that: some servers list
 * what they mount in the words of its own system. Order is kept.
 */
export function parseListing(lines: readonly string[], context: ListingContext): Listing {
  return parseListingBy(listingGrammars, lines, context);
}

/** The same, with these formats only. */
export function parseListingBy(
  grammars: readonly ListingGrammar[],
  lines: readonly string[],
  context: ListingContext,
): Listing {
  const chosen = chooseGrammar(grammars, lines, context);
  const own = chosen?.begin(context);
  const others = grammars
    .filter((grammar) => grammar !== chosen)
    .map((grammar) => entriesOnly(grammar, context));
  const read = (at: number): Reading | undefined => {
    const reading = own?.(lines, at);
    if (chosen && reading && isCertain(chosen, lines, at)) return reading;
    return onlyReading(others, lines, at) ?? reading;
  };
  const entries: RemoteEntry[] = [];
  const unreadable: UnreadableLine[] = [];
  for (let at = 0; at < lines.length;) {
    const text = lines[at] ?? '';
    const reading = text.trim() === '' ? blank : named(read(at), context);
    const end = at + takenBy(reading);
    if (isEntry(reading)) entries.push(reading.parsed);
    const isLeft = !isEntry(reading) && !isSkipped(reading);
    for (; at < end; at++) {
      if (isLeft && lines[at] !== '') unreadable.push({ line: at + 1, text: lines[at] ?? '' });
    }
  }
  return { format: chosen?.format ?? 'unknown', entries, unreadable };
}

function takenBy(reading: Reading | undefined): number {
  return Math.max(reading?.taken ?? 1, 1);
}

// "/d/b.txt", "d/b.txt" and "./b.txt" in a listing of /d are b.txt. Paths outside the folder stay as
// they are.
function named(reading: Reading | undefined, { folder }: ListingContext): Reading | undefined {
  if (folder === undefined || !reading || reading.parsed === 'skip') return reading;
  const { parsed } = reading;
  if (!parsed.name.includes('/')) return reading;
  const path = folder.endsWith('/') ? folder : `${folder}/`;
  const start = [path, path.slice(1), './'].find(
    (prefix) => prefix !== '' && parsed.name.startsWith(prefix),
  );
  return start === undefined
    ? reading
    : { ...reading, parsed: { ...parsed, name: parsed.name.slice(start.length) } };
}

// A name that is not one segment never becomes a path: "../x", "/etc/passwd", "a\rb".
function isEntry(reading: Reading | undefined): reading is Reading & { parsed: RemoteEntry } {
  return reading !== undefined && reading.parsed !== 'skip' && isEntryName(reading.parsed.name);
}

function isSkipped(reading: Reading | undefined): boolean {
  if (reading === undefined || reading.parsed === 'skip') return reading !== undefined;
  return reading.parsed.name === '.' || reading.parsed.name === '..';
}

const blank: Reading = { parsed: 'skip', taken: 1 };

/**
 * Cuts a listing's text into lines; the bare LF of some servers ends a line too. A mark of the byte
 * order is no part of the first one.
 */
export function listingLines(text: string): string[] {
  const lines = text
    .slice(text.startsWith('\uFEFF') ? 1 : 0)
    .split('\n')
    .map(withoutReturn);
  // A server that turns CR LF into CR CR LF does so in every line; otherwise a CR ends a name.
  const isTwice = lines.length > 2 && lines.every((line) => line === '' || line.endsWith('\r'));
  return isTwice ? lines.map(withoutReturn) : lines;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

// A header or a total counts only in a listing of its own format.
function entriesOnly(grammar: ListingGrammar, context: ListingContext): LinesParser {
  const read = grammar.begin(context);
  return (lines, at) => {
    const reading = read(lines, at);
    const counts = reading && reading.parsed !== 'skip';
    return counts && isCertain(grammar, lines, at) ? reading : undefined;
  };
}

function isCertain(grammar: ListingGrammar, lines: readonly string[], at: number): boolean {
  return grammar.isCertain?.(lines[at] ?? '') ?? true;
}

// Where two formats can be meant, neither is.
function onlyReading(
  parsers: readonly LinesParser[],
  lines: readonly string[],
  at: number,
): Reading | undefined {
  let only: Reading | undefined;
  for (const parse of parsers) {
    const reading = parse(lines, at);
    if (reading && only) return undefined;
    only ??= reading;
  }
  return only;
}

function chooseGrammar(
  grammars: readonly ListingGrammar[],
  lines: readonly string[],
  context: ListingContext,
): ListingGrammar | undefined {
  let bySkipped: ListingGrammar | undefined;
  // Some servers send a text of any length before the listing: it is in no format.
  for (let start = 0; start < lines.length;) {
    const [sample, next] = sampleFrom(lines, start);
    const [best, most] = heaviest(grammars, sample, context);
    if (most >= entryWeight) return best;
    bySkipped ??= best;
    start = next;
  }
  return bySkipped;
}

// The next lines that say something, and where the rest begins: most listings are known by their first
// lines, and no copy is made of the others.
function sampleFrom(
  lines: readonly string[],
  start: number,
): readonly [sample: readonly string[], next: number] {
  const sample: string[] = [];
  let next = start;
  for (; next < lines.length && sample.length < sampleLines; next++) {
    const line = lines[next] ?? '';
    if (line !== '') sample.push(line);
  }
  return [sample, next];
}

function heaviest(
  grammars: readonly ListingGrammar[],
  sample: readonly string[],
  context: ListingContext,
): readonly [best: ListingGrammar | undefined, most: number] {
  let [best, most]: [ListingGrammar | undefined, number] = [undefined, 0];
  for (const grammar of grammars) {
    const weight = weigh(grammar, sample, context);
    if (weight > most) [best, most] = [grammar, weight];
  }
  return [best, most];
}

// Headers and totals decide only where there are no entries.
const entryWeight = sampleLines + 1;

function weigh(
  grammar: ListingGrammar,
  sample: readonly string[],
  context: ListingContext,
): number {
  const read = grammar.begin(context);
  let weight = 0;
  for (let at = 0; at < sample.length;) {
    const reading = read(sample, at);
    const taken = takenBy(reading);
    if (reading && isCertain(grammar, sample, at)) {
      weight += reading.parsed === 'skip' ? taken : taken * entryWeight;
    }
    at += taken;
  }
  return weight;
}
