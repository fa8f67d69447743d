import { isEntryName } from '../../../base/paths.ts';
import type { RemoteEntry } from '../entry.ts';
import { parseDosLine } from './dos.ts';
import type { LineParser, ListingContext } from './listingLine.ts';
import { parseMlsdLine } from './mlsd.ts';
import { parseUnixLine } from './unix.ts';

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

export type ListingFormat = 'mlsd' | 'unix' | 'dos' | 'unknown';

const parsers: Readonly<Record<Exclude<ListingFormat, 'unknown'>, LineParser>> = {
  mlsd: parseMlsdLine,
  unix: parseUnixLine,
  dos: parseDosLine,
};

// How many lines decide about the format; a listing does not change it half-way.
const sampleLines = 16;

/** Reads a whole listing in the format that reads most of its first lines. Order is kept. */
export function parseListing(lines: readonly string[], context: ListingContext): Listing {
  const format = chooseFormat(lines, context);
  const entries: RemoteEntry[] = [];
  const unreadable: UnreadableLine[] = [];
  for (const [index, text] of lines.entries()) {
    if (text === '') continue;
    const parsed = format === 'unknown' ? undefined : parsers[format](text, context);
    if (parsed === 'skip' || (parsed && isSelfOrParent(parsed.name))) continue;
    // A name that is not one segment never becomes a path: "../x", "/etc/passwd", "a\rb".
    if (parsed && isEntryName(parsed.name)) entries.push(parsed);
    else unreadable.push({ line: index + 1, text });
  }
  return { format, entries, unreadable };
}

/** Cuts a listing's text into lines; the bare LF of some servers ends a line too. */
export function listingLines(text: string): string[] {
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

function isSelfOrParent(name: string): boolean {
  return name === '.' || name === '..';
}

function chooseFormat(lines: readonly string[], context: ListingContext): ListingFormat {
  const sample = lines.filter((line) => line !== '').slice(0, sampleLines);
  let best: ListingFormat = 'unknown';
  let most = 0;
  for (const format of ['mlsd', 'unix', 'dos'] as const) {
    const read = sample.filter((line) => parsers[format](line, context) !== undefined).length;
    if (read > most) [best, most] = [format, read];
  }
  return best;
}
