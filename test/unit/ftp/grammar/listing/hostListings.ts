import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import type { RemoteEntry } from '../../../../../src/ftp/grammar/entry.ts';
import { listingGrammars, listingLines } from '../../../../../src/ftp/grammar/listing/listing.ts';
import type {
  FormatName,
  ListingContext,
  ListingGrammar,
} from '../../../../../src/ftp/grammar/listing/listingLine.ts';

export const context: ListingContext = { now: Date.parse('2026-11-22T18:00:00Z'), zone: 0 };

/** The formats of hosts that are neither Unix nor DOS. */
export const hostFormats: readonly FormatName[] = [
  'vms',
  'mvs',
  'os400',
  'vxworks',
  'nonstop',
  'vos',
  'vmcms',
  'tops20',
  'mpeix',
];

export function grammarOf(format: FormatName): ListingGrammar {
  const grammar = listingGrammars.find((grammar) => grammar.format === format);
  if (!grammar) throw new Error(`No grammar is called ${format}.`);
  return grammar;
}

/** What one grammar by itself makes of all lines. */
export interface HostReading {
  readonly entries: readonly RemoteEntry[];
  readonly skipped: readonly string[];
  readonly unread: readonly string[];
}

/** `certain` leaves what other formats may mean as well. */
export function readBy(
  format: FormatName,
  lines: readonly string[],
  which: 'all' | 'certain' = 'all',
): HostReading {
  const { begin, isCertain } = grammarOf(format);
  const read = begin(context);
  const counts = (line: string): boolean =>
    line !== '' && (which === 'all' || (isCertain?.(line) ?? true));
  const [entries, skipped, unread]: [RemoteEntry[], string[], string[]] = [[], [], []];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const reading = counts(line) ? read(lines, at) : undefined;
    if (!reading) unread.push(line);
    else if (reading.parsed === 'skip') skipped.push(line);
    else entries.push(reading.parsed);
    at += reading?.taken ?? 1;
    if (at > lines.length) throw new Error(`More lines were taken than there are: ${line}`);
  }
  return { entries, skipped, unread: unread.filter((line) => line !== '') };
}

/** The one entry of a line that says by itself what it is. */
export function entryOf(format: FormatName, ...lines: readonly string[]): RemoteEntry | undefined {
  const { entries, unread } = readBy(format, lines);
  return entries.length === 1 && unread.length === 0 ? entries[0] : undefined;
}

export interface GoldenListing {
  readonly name: string;
  readonly format: string;
  readonly lines: readonly string[];
}

const folder = new URL('../../../../listings/', import.meta.url);

/** The listings that stand in test/listings, with the format that each is in. */
export const goldenListings: readonly GoldenListing[] = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => name.slice(0, -'.txt'.length))
  .map((name) => {
    const meaning: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
    const isMeaning = typeof meaning === 'object' && meaning !== null && 'format' in meaning;
    return {
      name,
      format: isMeaning ? String(meaning.format) : '',
      lines: listingLines(readFileSync(new URL(`${name}.txt`, folder), 'utf8')),
    };
  });

/** Lines of real listings, some of them cut, joined or with a letter changed. */
export function spoiltLines(format: FormatName): fc.Arbitrary<readonly string[]> {
  const real = goldenListings.filter((golden) => golden.format === format);
  const lines = real.flatMap(({ lines }) => lines).filter((line) => line !== '');
  const line = fc.constantFrom(...lines);
  const letter = fc.constantFrom(...' \t/;.,:-+*<>[]()\'"|09AZaz\u0000\u0085é'.split(''));
  const spoilt = fc.oneof(
    { weight: 2, arbitrary: line },
    fc
      .tuple(line, fc.nat(80), letter)
      .map(([text, at, by]) => text.slice(0, at) + by + text.slice(at + 1)),
    fc
      .tuple(line, fc.nat(80), letter)
      .map(([text, at, by]) => text.slice(0, at) + by + text.slice(at)),
    fc.tuple(line, fc.nat(80)).map(([text, at]) => text.slice(0, at)),
    fc.tuple(line, fc.nat(80)).map(([text, at]) => text.slice(at)),
    fc.tuple(line, line).map(([one, other]) => `${one} ${other}`),
  );
  return fc.array(spoilt, { maxLength: 6 });
}

/** A time to the second, in the years that two digits can tell. */
export const anySecond: fc.Arbitrary<Date> = fc
  .integer({ min: Date.parse('1970-01-01') / 1000, max: Date.parse('2026-01-01') / 1000 })
  .map((seconds) => new Date(seconds * 1000));

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** The parts of a time as texts: year, month, its name, day, clock. */
export function partsOf(
  time: Date,
): Readonly<Record<'year' | 'month' | 'name' | 'day' | 'clock', string>> {
  const [day = '', clock = ''] = time.toISOString().slice(0, 19).split('T');
  const [year = '', month = '', date = ''] = day.split('-');
  return {
    year,
    month,
    name: months.slice(Number(month) * 3 - 3, Number(month) * 3),
    day: date,
    clock,
  };
}

/** True for a size that can be counted with, and a time that is one, or none. */
export function isSound({ size, modified, precision }: RemoteEntry): boolean {
  const isTimed = (modified === undefined) === (precision === 'none');
  return (
    isTimed &&
    Number.isFinite(modified?.getTime() ?? 0) &&
    (size === undefined || Number.isSafeInteger(size))
  );
}
