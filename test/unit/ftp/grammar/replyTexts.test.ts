import * as fc from 'fast-check';
import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { latin1 } from '../../../../src/ftp/grammar/charset/charset.ts';
import { parseListing } from '../../../../src/ftp/grammar/listing/listing.ts';
import { type Reply, ReplyParser } from '../../../../src/ftp/grammar/reply.ts';
import {
  isPlainPath,
  parseQuotedPathname,
  parseStatReply,
  parseWorkingDirectory,
} from '../../../../src/ftp/grammar/replyTexts.ts';
import { processorTime } from '../../../support/processorTime.ts';

function reply(lines: readonly string[]): Reply {
  const text = lines.map((line) => `${line}\r\n`).join('');
  const [only, ...others] = new ReplyParser(() => latin1).push(latin1.encode(text));
  if (!only || others.length > 0) throw new Error('Not one reply');
  return only;
}

function namesIn(lines: readonly string[]): readonly string[] | undefined {
  const listing = parseStatReply(reply(lines));
  if (!listing) return undefined;
  const read = parseListing(listing.lines, { now: Date.UTC(2026, 10, 22), zone: 0 });
  expect(read.unreadable).toEqual([]);
  return read.entries.map(({ name }) => name);
}

// As the servers wrote them.
const seen: Readonly<Record<string, readonly string[]>> = {
  'vsftpd 3.0.3': [
    '213-Status follows:',
    'drwxr-xr-x    2 2001     2001         4096 Nov 22 21:55 .',
    'drwxr-xr-x   16 2001     2001         4096 Nov 22 21:55 ..',
    '-rw-r--r--    1 2001     2001            3 Nov 22 21:55 .hidden',
    '-rw-r--r--    1 2001     2001            2 Nov 20 12:34 a.txt',
    '213 End of status',
  ],
  'ProFTPD 1.3.8': [
    '212-Status of /full:',
    ' drwxr-xr-x   2 tester   2001         4096 Nov 22 21:55 .',
    ' drwxr-xr-x  16 tester   2001         4096 Nov 22 21:55 ..',
    ' -rw-r--r--   1 tester   2001            3 Nov 22 21:55 .hidden',
    ' -rw-r--r--   1 tester   2001            2 Nov 20 12:34 a.txt',
    '212 End of status',
  ],
  'Pure-FTPd 1.0.50': [
    '213-STAT',
    'drwxr-xr-x    2 tester     tester           4096 Nov 22 16:55 .',
    'drwxr-xr-x   16 tester     tester           4096 Nov 22 16:55 ..',
    '-rw-r--r--    1 tester     tester              3 Nov 22 16:55 .hidden',
    '-rw-r--r--    1 tester     tester              2 Nov 20 07:34 a.txt',
    '213 End.',
  ],
  'pyftpdlib 1.5.7': [
    '213-Status of "/full":',
    '-rw-r--r--   1 tester   tester          3 Nov 22 21:55 .hidden',
    '-rw-r--r--   1 tester   tester          2 Nov 20 12:34 a.txt',
    '213 End of status.',
  ],
  'ftp-srv 4.6': [
    '213-Status begin',
    '-rw-r--r-- 1 2001 2001            3 Nov 22 21:55 .hidden',
    '-rw-r--r-- 1 2001 2001            2 Nov 20 12:34 a.txt',
    '213 Status end',
  ],
  'inetutils-ftpd 2.4': [
    '211- status of -a .:',
    'total 16',
    'drwxr-xr-x   2 tester  tester  4096 Nov 22 16:55 .',
    'drwxr-xr-x  16 tester  tester  4096 Nov 22 16:55 ..',
    '-rw-r--r--   1 tester  tester     3 Nov 22 16:55 .hidden',
    '-rw-r--r--   1 tester  tester     2 Nov 20 07:34 a.txt',
    '211 End of Status',
  ],
  'a server that repeats the code': [
    '213-Status',
    '213--rw-r--r-- 1 0 0 3 Nov 22 21:55 .hidden',
    '213--rw-r--r-- 1 0 0 2 Nov 20 12:34 a.txt',
    '213 End',
  ],
};

for (const [server, lines] of Object.entries(seen)) {
  test(`a folder as ${server} shows it`, () => {
    expect(namesIn(lines)).toEqual(['.hidden', 'a.txt']);
    const shown = lines.some((line) => line.endsWith(' .'));
    expect(parseStatReply(reply(lines))?.showsItself).toBe(shown);
  });
}

test('a name with leading blanks keeps them, indented or not', () => {
  const line = 'drwxr-xr-x   2 a b 4096 Nov 22 21:55   lead';
  expect(namesIn(['212-x', ` ${line}`, '212 y'])).toEqual(['  lead']);
  expect(namesIn(['212-x', line, '212 y'])).toEqual(['  lead']);
});

// Looked through by a pattern, these lines would take half a minute.
test('lines as long as a reply may have them are looked through once', () => {
  const lines = Array.from({ length: 25 }, () => `d${'<DIR>'.repeat(13_000)}x`);
  const told = reply(['213-x', ...lines, '213 y']);
  expect(parseStatReply(told)).toEqual({ lines, showsItself: false });
  expect(processorTime(() => parseStatReply(told))).toBeLessThan(1_000);
});

test('an empty folder is a listing of nothing', () => {
  expect(parseStatReply(reply(['213-Status follows:', '213 End of status']))).toEqual({
    lines: [],
    showsItself: false,
  });
});

describe('no listing', () => {
  const others: readonly (readonly string[])[] = [
    // ftp-srv 4.6 to "STAT -a".
    ['211 Status OK'],
    ['550 No such file or directory.'],
    ['450 missing: No such file or directory'],
    ['200-a', '-rw-r--r-- 1 0 0 0 Nov 22 21:55 x', '200 b'],
  ];
  test.each(others)('%s', (...lines) => {
    expect(parseStatReply(reply(lines))).toBeUndefined();
  });

  // Errors of ls stand where the listing would; the status of the session too.
  test.each([
    ["/bin/ls: cannot open directory '.': Permission denied"],
    ['213-Sorry, we were unable to read [.]'],
    ['     Connected to 10.0.0.1'],
    ['     TYPE: ASCII, FORM: Nonprint; STRUcture: File; transfer MODE: Stream'],
  ])('is all readable: %s', (line) => {
    const told = parseStatReply(reply(['213-x', line, '213 y']));
    const { unreadable } = parseListing(told?.lines ?? [], { now: 0, zone: 0 });
    expect(unreadable).toHaveLength(1);
  });
});

test('whatever comes is a listing or none, in any chunking, and no line is lost', () => {
  const line = fc.string({ unit: fc.constantFrom(' ', '.', '-', '2', '1', '3', 'd', 'x', ' -') });
  fc.assert(
    fc.property(fc.constantFrom(211, 212, 213, 200, 550), fc.array(line), (code, between) => {
      const lines = ['first', ...between, 'last'];
      const told = parseStatReply({ code, replyClass: 'completion', lines });
      expect(told === undefined).toBe(code === 200 || code === 550);
      if (told) expect(told.lines).toHaveLength(between.length);
    }),
  );
});

test('a plain path is nothing that a shell would look at twice', () => {
  for (const path of ['/', '/a/b.txt', '/größe/日本', '/a-b_c.d+e@f:1']) {
    expect(isPlainPath(path)).toBe(true);
  }
  for (const path of [
    '',
    'a',
    '-a',
    '/a b',
    '/*',
    '/[a]',
    '/{a}',
    '/~',
    '/$HOME',
    '/"',
    "/'",
    '/\\',
  ]) {
    expect(isPlainPath(path)).toBe(false);
  }
});

test.each([
  ['257 "/home/anna"', '/home/anna'],
  ['257 "/usr/dm" directory created', '/usr/dm'],
  // RFC 959, Appendix II.
  ['257 "/usr/dm/""foo" directory created', '/usr/dm/"foo'],
  ['257 ""', ''],
  ['257 /home/anna', undefined],
  ['257 "/home/anna', undefined],
  ['', undefined],
])('%j names %j', (text, pathname) => {
  expect(parseQuotedPathname(text)).toBe(pathname);
});

test.each([
  ['257 "/home/anna" is current', '/home/anna'],
  ['257 /d is current directory', '/d'],
  ['257 /d is current directory.', '/d'],
  ['257 /d', '/d'],
  ['257 /', '/'],
  ["257 '/home/anna b' is the current directory", '/home/anna b'],
  ['257 /home/anna (current directory)', '/home/anna'],
  ['257 /home/anna, is where you are', '/home/anna'],
  ['257 /a b is current directory', undefined],
  ['257 current directory is /d', undefined],
  ['257 "', undefined],
])('%j to PWD means %j', (text, pathname) => {
  expect(parseWorkingDirectory(text)).toBe(pathname);
});

test('every pathname comes back, whatever stands behind it', () => {
  assert(
    property(string(), string(), (pathname, more) => {
      const text = `257 "${pathname.replaceAll('"', '""')}" ${more}`;
      expect(parseQuotedPathname(text)).toBe(pathname);
    }),
  );
});
