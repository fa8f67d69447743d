import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuotedPathname } from '../../../../src/ftp/grammar/quotedPathname.ts';

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

test('every pathname comes back, whatever stands behind it', () => {
  assert(
    property(string(), string(), (pathname, more) => {
      const text = `257 "${pathname.replaceAll('"', '""')}" ${more}`;
      expect(parseQuotedPathname(text)).toBe(pathname);
    }),
  );
});
