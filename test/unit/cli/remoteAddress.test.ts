import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { looksLikeAddress, parseRemoteAddress, siteLabel } from '../../../src/cli/remoteAddress.ts';
import { UsageError } from '../../../src/cli/errors.ts';

test.each([
  [
    'ftpes://h',
    { security: 'explicit', host: 'h', port: undefined, user: undefined, path: undefined },
  ],
  ['ftps://h/', { security: 'implicit', path: '/', isFolder: true }],
  ['ftp://h/a', { security: 'none', path: '/a', isFolder: false }],
  [
    'FTPES://Anna@H.Example:2121/a/b/',
    { user: 'Anna', host: 'h.example', port: 2121, path: '/a/b', isFolder: true },
  ],
  ['ftp://anna@example.org@h/a@b:c', { user: 'anna@example.org', host: 'h', path: '/a@b:c' }],
  ['ftp://anna%40example.org@h', { user: 'anna@example.org', isFolder: true }],
  ['ftp://[::1]:21/x', { host: '::1', port: 21, path: '/x' }],
  ['ftp://h/a?b#c;type=i', { path: '/a?b#c;type=i' }],
  ['ftp://h/a%20b%25', { path: '/a b%' }],
  ['ftp://h//a//b', { path: '/a/b' }],
  ['ftp://h/%C3%A4 ä', { path: '/ä ä' }],
  ['ftp://h/%E4', { path: '/\uEFE4' }],
  ['ftp://münchen.example/', { host: 'xn--mnchen-3ya.example' }],
])('%s is read', (text, expected) => {
  expect(parseRemoteAddress(text)).toMatchObject(expected);
});

test.each([
  'http://h/',
  'sftp://h/',
  'h',
  'ftp://',
  'ftp:///a',
  'ftp://h:0/',
  'ftp://h:65536/',
  'ftp://h:x/',
  'ftp://[1.2.3.4]/',
  'ftp://[::1/',
  'ftp://h/100%',
  'ftp://h/a/../b',
  'ftp://h/./b',
  'ftp://h/a%0D%0ADELE%20b',
  'ftp://h/%00',
  'ftp://a b/',
])('%s is refused', (text) => {
  expect(() => parseRemoteAddress(text)).toThrow(UsageError);
});

test('a password in an address is refused, and not repeated', () => {
  for (const text of ['ftpes://anna:geheim@h/a', 'http://anna:geheim@h/a', 'ftp://a:geheim@/']) {
    expect(looksLikeAddress(text)).toBe(true);
    expect(() => parseRemoteAddress(text)).toThrow(/^(?!.*geheim)/);
  }
  expect(() => parseRemoteAddress('ftpes://anna:geheim@h/a')).toThrow('PORTSIDE_PASSWORD');
});

test('whatever is given is an address or a usage error', () => {
  const piece = fc.constantFrom(
    'ftp',
    'ftpes',
    '://',
    ':',
    '@',
    '/',
    '[',
    ']',
    '%',
    '%4',
    'a',
    '..',
    '::1',
    '\r',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        const { path, host } = parseRemoteAddress(pieces.join(''));
        expect(host).not.toBe('');
        expect(path ?? '/').toMatch(/^\/[^\r]*$/);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('a site is called by its address without the path', () => {
  expect(siteLabel(parseRemoteAddress('ftpes://anna@[::1]:2121/a'))).toBe(
    'ftpes://anna@[::1]:2121',
  );
  expect(siteLabel(parseRemoteAddress('ftp://h/a'))).toBe('ftp://h');
});
