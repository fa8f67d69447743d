import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isEntryName } from '../../../../../src/base/paths.ts';
import type { RemoteEntry } from '../../../../../src/ftp/grammar/entry.ts';
import {
  parseAnyDosLine,
  parseDosLine,
} from '../../../../../src/ftp/grammar/listing/formats/dos.ts';
import {
  parseAnyUnixLine,
  parseOrdinaryLine,
} from '../../../../../src/ftp/grammar/listing/formats/unix.ts';
import {
  listingGrammars,
  parseListing,
  parseListingBy,
} from '../../../../../src/ftp/grammar/listing/listing.ts';
import type { ListingGrammar } from '../../../../../src/ftp/grammar/listing/listingLine.ts';
import { anyLetter } from '../arbitraries.ts';
import { context, goldenListings } from './hostListings.ts';

const dates = { minimum: Date.UTC(1980, 0, 1), maximum: Date.UTC(2026, 10, 22) };

/** What a format reads in lines, one place after the other; each line belongs to one piece. */
function pieces(
  grammar: ListingGrammar,
  lines: readonly string[],
): readonly (readonly [text: string, parsed: RemoteEntry | 'skip'])[] {
  const read = grammar.begin(context);
  const found: (readonly [string, RemoteEntry | 'skip'])[] = [];
  for (let at = 0; at < lines.length;) {
    const text = lines[at] ?? '';
    const reading = text === '' ? undefined : read(lines, at);
    const isCertain = grammar.isCertain?.(text) ?? true;
    if (reading && isCertain) found.push([text, reading.parsed]);
    expect(reading?.taken ?? 1).toBeGreaterThan(0);
    at += reading?.taken ?? 1;
    expect(at).toBeLessThanOrEqual(lines.length);
  }
  return found;
}

test.each(goldenListings.map(({ name }) => name))(
  'the listing %s is read by its own format only',
  (name) => {
    const golden = goldenListings.find((golden) => golden.name === name);
    for (const grammar of listingGrammars) {
      if (grammar.format === golden?.format) continue;
      const read = pieces(grammar, golden?.lines ?? []);
      // The line that counts blocks is the same in two formats.
      const shared = ['unix', 'netware'].includes(grammar.format);
      const others = shared ? read.filter(([, parsed]) => parsed !== 'skip') : read;
      expect([grammar.format, others]).toEqual([grammar.format, []]);
    }
  },
);

// One line of each listing that says by itself what it is. Those of MVS are of four kinds, which their
// header tells.
const telling = goldenListings.flatMap(({ format, lines }) => {
  if (format === 'mvs') return [];
  const grammar = listingGrammars.find((grammar) => grammar.format === format);
  const isTelling = (line: string): boolean => {
    const [piece] = grammar ? pieces(grammar, [line]) : [];
    return piece !== undefined && piece[1] !== 'skip' && isEntryName(piece[1].name);
  };
  return lines.filter(isTelling).slice(0, 1);
});

test('a line that says by itself what it is means the same among lines of all formats', () => {
  expect(telling.length).toBeGreaterThan(40);
  const { entries, unreadable } = parseListing(telling, context);
  expect(unreadable).toEqual([]);
  const alone = telling.flatMap((line) => parseListing([line], context).entries);
  expect(entries.map(byItself)).toEqual(alone.map(byItself));
});

// The order of a date and the blanks before a name are what the lines of a listing tell together.
function byItself({ name, type, size, mode }: RemoteEntry): Partial<RemoteEntry> {
  return { name: name.trimStart(), type, size, ...(mode !== undefined && { mode }) };
}

const change = fc.record({
  line: fc.nat(),
  at: fc.nat({ max: 80 }),
  cut: fc.nat({ max: 3 }),
  text: fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      '  ',
      '\t',
      '0',
      '9',
      '-',
      ':',
      '.',
      '/',
      ';',
      '=',
      '->',
      '[',
      '<DIR>',
    ),
    anyLetter,
  ),
});

const spoilt = fc
  .tuple(fc.constantFrom(...goldenListings), fc.array(change, { maxLength: 6 }))
  .map(([{ lines }, changes]) => {
    const spoiltLines = lines.slice(0, 20);
    for (const { line, at, cut, text } of changes) {
      const index = line % spoiltLines.length;
      const old = spoiltLines[index] ?? '';
      spoiltLines[index] = `${old.slice(0, at)}${text}${old.slice(at + cut)}`;
    }
    return spoiltLines;
  });

test('whatever becomes of real lines, each is an entry, a part of one, skipped by its format or reported', () => {
  fc.assert(
    fc.property(spoilt, (lines) => {
      const { format, entries, unreadable } = parseListing(lines, context);
      const reported = new Set(unreadable.map(({ line }) => line));
      expect(reported.size).toBe(unreadable.length);
      for (const { line, text } of unreadable) expect(lines[line - 1]).toBe(text);
      for (const entry of entries) {
        expect(isEntryName(entry.name)).toBe(true);
        expect(entry.size === undefined || Number.isSafeInteger(entry.size)).toBe(true);
        expect((entry.modified === undefined) === (entry.precision === 'none')).toBe(true);
      }
      if (format === 'unknown') {
        expect(reported.size).toBe(lines.filter((line) => line.trim() !== '').length);
      }
    }),
    { numRuns: 600 },
  );
});

test('no format loses its place, whatever lines it is given', () => {
  fc.assert(
    fc.property(fc.constantFrom(...listingGrammars), spoilt, (grammar, lines) => {
      pieces(grammar, lines);
    }),
    { numRuns: 600 },
  );
});

const entryName = fc
  .string({ unit: anyLetter, minLength: 1, maxLength: 12 })
  .filter((name) => isEntryName(name) && !name.endsWith(']'));

const shown = fc.record({
  name: entryName,
  size: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  isFolder: fc.boolean(),
  minutes: fc.integer({ min: dates.minimum / 60_000, max: dates.maximum / 60_000 }),
});

interface Shown {
  readonly name: string;
  readonly size: number;
  readonly isFolder: boolean;
  readonly minutes: number;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function parts({ minutes }: Shown): Readonly<Record<'year' | 'month' | 'day' | 'clock', string>> {
  const time = new Date(minutes * 60_000).toISOString();
  const [year = '', month = '', day = ''] = time.slice(0, 10).split('-');
  return { year, month, day, clock: time.slice(11, 16) };
}

const written: Readonly<Record<string, (shown: Shown) => string>> = {
  'long-iso': (entry) => {
    const { year, month, day, clock } = parts(entry);
    const kind = entry.isFolder ? 'd' : '-';
    return `${kind}rw-r--r-- 1 anna www ${entry.size} ${year}-${month}-${day} ${clock} ${entry.name}`;
  },
  'year and time': (entry) => {
    const { year, month, day, clock } = parts(entry);
    const kind = entry.isFolder ? 'd' : '-';
    const name = months[Number(month) - 1];
    return `${kind}rw-r--r-- 1 anna www ${entry.size} ${name} ${day} ${year} ${clock} ${entry.name}`;
  },
  dos: (entry) => {
    const { year, month, day, clock } = parts(entry);
    const kind = entry.isFolder ? '       <DIR>         ' : String(entry.size).padStart(20);
    return `${month}-${day}-${year}  ${clock}${kind} ${entry.name}`;
  },
  mlsd: (entry) => {
    const { year, month, day, clock } = parts(entry);
    const type = entry.isFolder ? 'dir' : 'file';
    const time = `${year}${month}${day}${clock.replace(':', '')}00`;
    return `Type=${type};Size=${entry.size};Modify=${time}; ${entry.name}`;
  },
  eplf: (entry) =>
    `+m${entry.minutes * 60},${entry.isFolder ? '/' : `r,s${entry.size}`},\t${entry.name}`,
};

test.each(Object.keys(written))('what is written as %s is read as it was meant', (form) => {
  fc.assert(
    fc.property(shown, (entry) => {
      const { entries } = parseListing([written[form]?.(entry) ?? ''], context);
      expect(entries).toHaveLength(1);
      expect(entries[0]).toMatchObject({
        name: entry.name,
        type: entry.isFolder ? 'directory' : 'file',
        modified: new Date(entry.minutes * 60_000),
      });
      if (!entry.isFolder) expect(entries[0]?.size).toBe(entry.size);
    }),
    { numRuns: 500 },
  );
});

test('the quick way and the thorough way read an ordinary line alike', () => {
  const line = fc
    .record({
      kind: fc.constantFrom('-', 'd'),
      bits: fc.constantFrom('rw-r--r--', 'rwxr-xr-x', 'rwsr-Sr-T', '---------', 'rwxrwxrwt'),
      mark: fc.constantFrom('', '+', '.', '@'),
      owner: fc.constantFrom('anna', '1000', 'CORP\\anna'),
      group: fc.constantFrom('www', '33', 'a-1'),
      size: fc.nat({ max: 999_999_999_999_999 }),
      month: fc.constantFrom(...months),
      day: fc.integer({ min: 1, max: 31 }),
      iso: fc.boolean(),
      time: fc.constantFrom('16:23', '00:00', '23:59', '24:00', '24:01', ' 2024', ' 2026', ' 1999'),
      name: fc.oneof(entryName, fc.constantFrom('2025 x', '16:23', ' x', 'x ', 'a -> b', 'x/')),
    })
    .map(({ kind, bits, mark, owner, group, size, month, day, time, name, iso }) =>
      iso
        ? `${kind}${bits}${mark} 1 ${owner} ${group} ${size} 2025-${String(months.indexOf(month) + 1).padStart(2, '0')}-${String(day).padStart(2, '0')} ${time} ${name}`
        : `${kind}${bits}${mark}   1 ${owner}     ${group}  ${size} ${month} ${String(day).padStart(2)} ${time} ${name}`,
    );
  let quick = 0;
  fc.assert(
    fc.property(line, (line) => {
      const read = parseOrdinaryLine(line, context);
      if (read) quick++;
      if (read) expect(parseAnyUnixLine(line, context)).toEqual(read);
    }),
    { numRuns: 600 },
  );
  expect(quick).toBeGreaterThan(150);
});

test('the quick way and the thorough way read a line of IIS alike', () => {
  const line = fc
    .record({
      month: fc.integer({ min: 1, max: 13 }),
      day: fc.integer({ min: 1, max: 32 }),
      year: fc.constantFrom('26', '79', '80', '2026'),
      clock: fc.constantFrom('16:23', '04:23AM', '12:00PM', '12:59AM', '13:00PM', '24:00', '24:01'),
      size: fc.oneof(fc.constant('<DIR>'.padEnd(14)), fc.nat().map(String)),
      name: fc.oneof(entryName, fc.constantFrom(' x', '  x', 'x ', '[x]')),
      place: fc.constantFrom('first', 'second', 'unknown'),
    })
    .map(({ month, day, year, clock, size, name, place }) => ({
      text: `${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}-${year}  ${clock}     ${size} ${name}`,
      place,
    }));
  fc.assert(
    fc.property(line, ({ text, place }) => {
      const shape = { place, nameStart: (sizeEnd: number) => sizeEnd + 1 };
      const thorough = parseAnyDosLine(text, context, shape);
      expect(parseDosLine(text, context, shape)).toEqual(thorough);
    }),
    { numRuns: 1_000 },
  );
});

test('the quick way reads the lines that are meant for it', () => {
  const start = '-rw-r--r--   1 anna     www          340';
  for (const date of ['Nov 22 16:23', 'Nov  2  2025', '2025-11-22 16:23']) {
    const read = parseOrdinaryLine(`${start} ${date} x y`, context);
    expect(read, date).toMatchObject({ name: 'x y', size: 340 });
    expect(parseAnyUnixLine(`${start} ${date} x y`, context)).toEqual(read);
  }
});

/** The formats, and how many times any of them is asked about a place. */
function counted(): { readonly grammars: readonly ListingGrammar[]; readonly calls: () => number } {
  let calls = 0;
  const grammars = listingGrammars.map((grammar) => ({
    ...grammar,
    begin: (of: typeof context) => {
      const read = grammar.begin(of);
      return (lines: readonly string[], at: number) => {
        calls++;
        return read(lines, at);
      };
    },
  }));
  return { grammars, calls: () => calls };
}

function callsFor(lineOf: (index: number) => string, count: number): number {
  const lines = Array.from({ length: count }, (_, index) => lineOf(index));
  const { grammars, calls } = counted();
  parseListingBy(grammars, lines, context);
  return calls();
}

const factsLine = (index: number): string => `type=file;size=${index}; ${index}`;
const noLine = (index: number): string => `nothing that is a listing ${index}`;

test('a listing asks its own format once for each line, and no other about what that one reads', () => {
  const sample = 16 * listingGrammars.length;
  expect(callsFor(factsLine, 1_000)).toBeLessThanOrEqual(1_000 + sample);
  expect(callsFor(factsLine, 100_000)).toBeLessThanOrEqual(100_000 + sample);
});

test('what no format reads is looked at a number of times that grows with its lines', () => {
  const most = 2 * listingGrammars.length;
  expect(callsFor(noLine, 1_000)).toBeLessThanOrEqual(1_000 * most);
  expect(callsFor(noLine, 10_000)).toBeLessThanOrEqual(10_000 * most);
});
