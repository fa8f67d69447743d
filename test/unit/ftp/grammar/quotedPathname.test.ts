import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import {
  parseQuotedPathname,
  parseWorkingDirectory,
} from '../../../../src/ftp/grammar/replyTexts.ts';

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
