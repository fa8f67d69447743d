import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isEntryName } from '../../../../../src/base/paths.ts';
import { parseListing } from '../../../../../src/ftp/grammar/listing/listing.ts';
import { textOf } from '../arbitraries.ts';
import {
  context,
  goldenListings,
  hostFormats,
  isSound,
  readBy,
  spoiltLines,
} from './hostListings.ts';
import { processorTime } from '../../../../support/processorTime.ts';

test.each(hostFormats)('%s reads nothing in the listings of other systems', (format) => {
  const others = goldenListings.filter((golden) => golden.format !== format);
  expect(others.length).toBeGreaterThan(30);
  for (const { name, lines } of others) {
    const { entries, skipped } = readBy(format, lines, 'certain');
    expect([name, entries, skipped]).toEqual([name, [], []]);
  }
});

test.each(hostFormats)('a listing of %s is read by no other format', (format) => {
  for (const golden of goldenListings.filter((golden) => golden.format === format)) {
    for (const other of hostFormats.filter((other) => other !== format)) {
      const { entries, skipped } = readBy(other, golden.lines, 'certain');
      expect([golden.name, other, entries, skipped]).toEqual([golden.name, other, [], []]);
    }
  }
});

test.each(hostFormats)(
  'whatever becomes of lines of %s, each is read, skipped or left',
  (format) => {
    fc.assert(
      fc.property(spoiltLines(format), (lines) => {
        const { entries } = readBy(format, lines);
        expect(entries.every(isSound)).toBe(true);
        const listing = parseListing(lines, context);
        expect(listing.entries.every(({ name }) => isEntryName(name))).toBe(true);
        const left = new Set(listing.unreadable.map(({ line }) => lines[line - 1]));
        expect(listing.unreadable.every(({ text }) => left.has(text))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  },
);

test('what is written before a listing is none', () => {
  const banner = [
    '--------',
    '-------- -------- ------',
    '4 spool files',
    '*WELCOME',
    '*NOTE well',
  ];
  expect(parseListing(banner, context)).toMatchObject({
    format: 'unknown',
    entries: [],
    unreadable: banner.map((text, index) => ({ line: index + 1, text })),
  });
});

const words =
  'Directory ¦SYS$X:[A]¦PS:<A>¦A.TXT;1¦A.DIR;1¦1/3¦12¦29-JAN-1996¦1996-01-29¦96-01-29¦01/29/96' +
  '¦29.01.96¦2003/05/21¦**NONE**¦03:33:12¦3:33¦[A,B]¦(RWED,RWED,,)¦%RMS-E-PRV, no¦Total of ¦ files' +
  '¦Volume Unit Referred Ext ¦Name VV.MM Changed ¦JOBNAME JOBID OWNER STATUS ¦VOL001¦3390¦PO¦PS¦VSAM' +
  '¦FB¦01.00¦00B308¦31¦ANY¦JOB00001¦OUTPUT¦Migrated¦Pseudo Directory¦QSYS¦*FILE¦*MEM¦*DIR¦/¦ ¦  ¦\t' +
  '¦<DIR>¦Jan-29-1996¦size date time name¦101¦210,  4¦"nunu"¦Files: 1 Blocks: 1¦Dirs: 1¦Links: 1¦w' +
  "¦stm¦->¦+%x¦DIR¦F¦V¦A1¦-¦'a'¦FOO.TXT.3;P777700¦1(7)¦,";

test.each(hostFormats)(
  'whatever lines come, %s throws nothing and every entry is sound',
  (format) => {
    fc.assert(
      fc.property(fc.array(textOf(...words.split('¦')), { maxLength: 5 }), (lines) => {
        expect(readBy(format, lines).entries.every(isSound)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  },
);

// Lines that make a backtracking parser try every way to share out the blanks, digits or words.
const crafted: readonly (readonly [string, (length: number) => string])[] = [
  ['blanks', (n) => ' '.repeat(n)],
  ['blanks after a name', (n) => `A.TXT;1${' '.repeat(n)}x`],
  ['blanks in a header', (n) => `Volume${' '.repeat(n)}x`],
  ['blanks after a folder', (n) => `Directory SYS$X:[A]${' '.repeat(n)}x`],
  ['colons', (n) => ':'.repeat(n)],
  ['brackets', (n) => `X:${'[A]'.repeat(n / 3)}`],
  ['angles', (n) => `PS:${'<A>'.repeat(n / 3)}`],
  ['digits', (n) => '1'.repeat(n)],
  ['digits in words', (n) => 'A 1 1 '.repeat(n / 6)],
  ['semicolons', (n) => `A${';1'.repeat(n / 2)}`],
  ['dots', (n) => `A${'.1'.repeat(n / 2)}`],
  ['commas', (n) => `<A>B.C.1;P777700;A,${'1,'.repeat(n / 2)}`],
  ['stars', (n) => '*A '.repeat(n / 3)],
  ['slashes', (n) => `QSYS *MEM ${'A/'.repeat(n / 2)}`],
  ['arrows', (n) => `04-07-13 21:15:43 a ${'->'.repeat(n / 2)}`],
  ['quotes', (n) => `05/20/2000 13:38:19 F 1 1 ${"'".repeat(n)}`],
  ['parentheses', (n) => `A.TXT;1 1 29-JAN-1996 (${'RWED'.repeat(n / 4)}`],
  ['an organization', (n) => `VOL001 3390 2003/05/21 ${'PS'.repeat(n / 2)} A.B`],
];

// Far above what one pass takes, far below what a pass for each letter would.
const longestMs = 4_000;

test.each(crafted)('a line of 200,000 letters is read in one pass: %s', (_, line) => {
  const lines = [line(200_000), line(200_000)];
  const taken = processorTime(() => {
    for (const format of hostFormats) readBy(format, lines);
  });
  expect(taken).toBeLessThan(longestMs);
});
