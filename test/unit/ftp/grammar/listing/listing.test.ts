import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isEntryName } from '../../../../../src/base/paths.ts';
import { parseDosLine } from '../../../../../src/ftp/grammar/listing/formats/dos.ts';
import { parseMlsdLine } from '../../../../../src/ftp/grammar/listing/formats/factFormats.ts';
import { parseUnixLine } from '../../../../../src/ftp/grammar/listing/formats/unix.ts';
import {
  listingGrammars,
  listingLines,
  parseListing,
} from '../../../../../src/ftp/grammar/listing/listing.ts';
import type {
  LineParser,
  ListingContext,
} from '../../../../../src/ftp/grammar/listing/listingLine.ts';
import { anyLetter, textOf } from '../arbitraries.ts';
import { processorTime } from '../../../../support/processorTime.ts';

const context: ListingContext = { now: Date.parse('2026-11-22T18:00:00Z'), zone: 0 };
const parsers = { unix: parseUnixLine, dos: parseDosLine, mlsd: parseMlsdLine };

const sampleLines: Readonly<Record<keyof typeof parsers, (index: number) => string>> = {
  unix: (index) => `-rw-r--r--   1 anna     www      ${index} Nov 22 16:23 file ${index}.txt`,
  dos: (index) => `11-22-26  04:23PM      ${index} file ${index}.txt`,
  mlsd: (index) =>
    `type=file;size=${index};modify=20261122162305;UNIX.mode=0644; file ${index}.txt`,
};
const formats = ['unix', 'dos', 'mlsd'] as const;

test('lines end with CRLF or with LF', () => {
  expect(listingLines('a\r\nb\nc\r')).toEqual(['a', 'b', 'c']);
  expect(listingLines('')).toEqual(['']);
});

test.each(formats)('the format of a %s listing is known by its lines', (format) => {
  const lines = Array.from({ length: 30 }, (_, index) => sampleLines[format](index));
  expect(parseListing(lines, context)).toMatchObject({ format, unreadable: [] });
});

test('a line of another format is read as such where it can be no other', () => {
  const lines = [sampleLines.unix(1), sampleLines.unix(2), sampleLines.mlsd(3), '', 'x', ' y'];
  const { format, entries, unreadable } = parseListing(lines, context);
  expect(format).toBe('unix');
  expect(entries.map(({ name }) => name)).toEqual(['file 1.txt', 'file 2.txt', 'file 3.txt']);
  expect(unreadable).toEqual([
    { line: 5, text: 'x' },
    { line: 6, text: ' y' },
  ]);
});

test('a listing begins after whatever the server says before it', () => {
  const banner = Array.from({ length: 100 }, (_, index) => `Welcome, line ${index}`);
  const listing = parseListing([...banner, sampleLines.dos(1)], context);
  expect([listing.format, listing.entries.length, listing.unreadable.length]).toEqual([
    'dos',
    1,
    100,
  ]);
});

test('an empty listing has no entries and no format', () => {
  expect(parseListing([''], context)).toEqual({ format: 'unknown', entries: [], unreadable: [] });
});

const name = fc.oneof(
  fc.string({ unit: anyLetter, minLength: 1, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '.',
      '/',
      '\\',
      '\t',
      '\r',
      '\u0085',
      '\u2028',
      '[',
      ']',
      ';',
      '=',
    ),
    minLength: 1,
    maxLength: 6,
  }),
);

test.each(formats)('any name in a %s listing is an entry as it is, or is reported', (format) => {
  fc.assert(
    fc.property(name, (name) => {
      const line = sampleLines[format](1).replace('file 1.txt', () => name);
      const { entries, unreadable } = parseListing([sampleLines[format](2), line], context);
      if (isEntryName(name)) expect(entries[1]?.name).toBe(name);
      else expect([entries.length, unreadable.length + dots(name)]).toEqual([1, 1]);
    }),
    { numRuns: 500 },
  );
});

const dots = (name: string): number => (name === '.' || name === '..' ? 1 : 0);

const words =
  '-rw-r--r--¦drwxr-xr-x¦lrwxrwxrwx¦l¦+¦ ¦  ¦\t¦1¦0¦340¦8,¦anna¦Nov' +
  '¦Feb¦22¦31¦2026¦16:23¦24:00¦2026-11-22¦ -> ¦..¦/¦11-22-26¦04:23PM' +
  '¦<DIR>¦<JUNCTION>¦[¦]¦total¦type=¦file;¦size=¦;';

test('whatever lines come, nothing is thrown and every entry is sound', () => {
  fc.assert(
    fc.property(fc.array(textOf(...words.split('¦')), { maxLength: 5 }), (lines) => {
      const { entries, unreadable } = parseListing(lines, context);
      for (const entry of entries) {
        expect(isEntryName(entry.name)).toBe(true);
        expect(entry.size === undefined || Number.isSafeInteger(entry.size)).toBe(true);
        expect(Number.isFinite(entry.modified?.getTime() ?? 0)).toBe(true);
        expect(entry.mode ?? '0000').toMatch(/^[0-7]{4}$/);
        expect((entry.modified === undefined) === (entry.precision === 'none')).toBe(true);
      }
      expect(entries.length + unreadable.length).toBeLessThanOrEqual(lines.length);
    }),
    { numRuns: 3_000 },
  );
});

test('whatever line comes, each parser by itself throws nothing', () => {
  fc.assert(
    fc.property(textOf(...words.split('¦')), (line) => {
      for (const parse of Object.values<LineParser>(parsers)) parse(line, context);
    }),
    { numRuns: 3_000 },
  );
});

// Lines that make a backtracking parser try every way to share out the blanks, digits or brackets.
const crafted: readonly (readonly [string, (length: number) => string])[] = [
  ['blanks after the links', (n) => `-rw-r--r-- 1 ${' '.repeat(n)}x`],
  ['words before the date', (n) => `-rw-r--r-- 1 ${'1 '.repeat(n / 2)}x`],
  ['digits for a size', (n) => `-rw-r--r-- 1 a ${'1'.repeat(n)} x`],
  ['a device without end', (n) => `brw-r--r-- 1 a ${'8, '.repeat(n / 3)} x`],
  ['blanks in the date', (n) => `-rw-r--r-- 1 a 1 Nov${' '.repeat(n)}22${' '.repeat(n)}x`],
  ['many dates', (n) => `-rw-r--r-- 1 a ${'1 Nov 31 16:23 '.repeat(n / 15)}`],
  ['arrows', (n) => `lrwxrwxrwx 1 a b 1 Nov 22 16:23 ${' -> '.repeat(n / 4)}`],
  ['blanks in a DOS date', (n) => `11-22-26${' '.repeat(n)}04:23PM${' '.repeat(n)}x`],
  ['brackets', (n) => `11-22-26  04:23PM  <JUNCTION>  ${'a [b'.repeat(n / 4)}`],
  ['closed brackets', (n) => `11-22-26  04:23PM  <JUNCTION>  ${' [a]'.repeat(n / 4)}x`],
  ['facts', (n) => `${'type=file;'.repeat(n / 10)} `],
  ['equals signs', (n) => `${'='.repeat(n)}; x`],
  ['links', (n) => `type=OS.unix=slink:${':'.repeat(n)}; x`],
  ['digits', (n) => '1'.repeat(n)],
  ['digits and blanks', (n) => '1 '.repeat(n / 2)],
  ['digits after bits', (n) => `-rw-r--r-- ${'1 '.repeat(n / 2)}`],
  ['a long date', (n) => `-rw-r--r-- 1 a b 1 ${'1'.repeat(n)}-11-22 x`],
  ['a long month', (n) => `-rw-r--r-- 1 a b 1 ${'é'.repeat(n)} 22 16:23 x`],
  ['units after figures', (n) => `-rw-r--r-- 1 a b 1 11${'月'.repeat(n)} 22 16:23 x`],
  ['a long clock', (n) => `-rw-r--r-- 1 a b 1 Nov 22 16:23:45.${'1'.repeat(n)} x`],
  ['separators in a size', (n) => `-rw-r--r-- 1 a b 1${',111'.repeat(n / 4)} Nov 22 16:23 x`],
  ['a group with digits', (n) => `-rw-r--r-- 1 a ${'b'.repeat(n)}1 Nov 22 16:23 x`],
  ['rights', (n) => `d [${'R'.repeat(n)}] a 512 Jan 16 18:53 x`],
  ['commas', (n) => `+${','.repeat(n)}`],
  ['facts of EPLF', (n) => `+${'i1,'.repeat(n / 3)}`],
  ['facts and no name', (n) => 'type=file;'.repeat(n / 10)],
  ['semicolons', (n) => `type=file${';'.repeat(n)} x`],
  ['words of `dir`', (n) => ` ${' '.repeat(n)}1 File(s) 1 bytes`],
  ['letters', (n) => 'a'.repeat(n)],
  ['tabs', (n) => '\t'.repeat(n)],
  ['blanks', (n) => ' '.repeat(n)],
];

test.each(crafted)('a line of 60,000 letters is read in no time: %s', (_, line) => {
  const text = line(60_000);
  const taken = processorTime(() => {
    for (const { begin } of listingGrammars) begin(context)([text], 0);
  });
  // A reader that looks at every letter once for each other one takes many seconds.
  expect(taken).toBeLessThan(1_000);
});
