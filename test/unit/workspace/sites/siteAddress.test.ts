import { describe, expect, test } from 'vitest';
import {
  formatSiteAddress,
  parseSiteAddress,
} from '../../../../src/workspace/sites/siteAddress.ts';

const nothing = {
  port: undefined,
  security: undefined,
  username: undefined,
  password: undefined,
  root: undefined,
};

describe('an address that the user pasted', () => {
  test.each([
    ['ftp.example.com', { host: 'ftp.example.com' }],
    [' ftp.example.com ', { host: 'ftp.example.com' }],
    ['192.0.2.7:2121', { host: '192.0.2.7', port: 2121 }],
    ['example.com:80', { host: 'example.com', port: 80 }],
    ['example.com:990', { host: 'example.com', port: 990, security: 'implicit' }],
    ['2001:db8::7', { host: '2001:db8::7' }],
    ['[2001:db8::7]:2121', { host: '2001:db8::7', port: 2121 }],
    ['ftp://example.com', { host: 'example.com' }],
    ['FTP://example.com/', { host: 'example.com' }],
    ['ftps://example.com', { host: 'example.com', security: 'implicit' }],
    ['ftpes://example.com:21', { host: 'example.com', port: 21, security: 'explicit' }],
    [
      'ftpes://anna:ge%40heim@example.com/www/a%20b/',
      {
        host: 'example.com',
        security: 'explicit',
        username: 'anna',
        password: 'ge@heim',
        root: '/www/a b',
      },
    ],
    ['anna@example.com', { host: 'example.com', username: 'anna' }],
  ])('%j is taken apart', (text, parts) => {
    expect(parseSiteAddress(text)).toEqual({ ...nothing, ...parts });
  });

  test.each(['', '   ', 'http://example.com', 'sftp://example.com', 'a b', 'ftp://', 'ftp://:21'])(
    '%j is none',
    (text) => {
      expect(parseSiteAddress(text)).toBeUndefined();
    },
  );

  test('never carries a line break into a path', () => {
    expect(parseSiteAddress('ftp://example.com/a%0D%0ADELE%20b')?.root).toBeUndefined();
  });
});

test.each([
  ['ftp://anna%40firm:p@ss@host.example.com/a%20b', 'ftp://anna%40firm@host.example.com/a%20b'],
  ['ftpes://anna@firm:geheim@host.example.com', 'ftpes://anna%40firm@host.example.com'],
  ['anna:100%@host.example.com:2121', 'ftp://anna@host.example.com:2121'],
  ['ftps://[::1]:990/%23a', 'ftps://[::1]:990/%23a'],
])('%s is shown without its password as %s', (text, shown) => {
  const address = parseSiteAddress(text);
  if (!address) throw new Error('The address cannot be read');
  expect(formatSiteAddress(address)).toBe(shown);
});
