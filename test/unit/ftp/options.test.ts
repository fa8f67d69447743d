import { assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { needsPassphrase, parseProxy } from '../../../src/ftp/options.ts';

test.each([
  ['socks5://proxy', { kind: 'socks5', host: 'proxy', port: 1080 }],
  ['socks5://berta@proxy:9050/', { kind: 'socks5', host: 'proxy', port: 9050, user: 'berta' }],
  ['http://proxy.example.com', { kind: 'http', host: 'proxy.example.com', port: 80 }],
  ['http://[2001:db8::1]:3128', { kind: 'http', host: '2001:db8::1', port: 3128 }],
  [' http://b@d@proxy:3128 ', { kind: 'http', host: 'proxy', port: 3128, user: 'b@d' }],
  ['http://@proxy:3128', { kind: 'http', host: 'proxy', port: 3128 }],
  ['http://berta:geheim@proxy', 'holdsPassword'],
  ['http://berta:@proxy', 'holdsPassword'],
  ['socks5://berta:a/b@proxy', 'noAddress'],
  ['https://proxy:443', 'noAddress'],
  ['socks4://proxy', 'noAddress'],
  ['proxy:3128', 'noAddress'],
  ['http://proxy:0', 'noAddress'],
  ['http://proxy:65536', 'noAddress'],
  ['http://proxy/path', 'noAddress'],
  ['http://pro xy', 'noAddress'],
  ['http://', 'noAddress'],
  ['', 'noAddress'],
])('%j as the address of a proxy', (text, proxy) => {
  expect(parseProxy(text)).toEqual(proxy);
});

test('whatever text comes, it is a proxy that can be dialled, or none', () => {
  assert(
    property(string(), string(), (user, rest) => {
      for (const text of [rest, `socks5://${user}@${rest}`, `http://${rest}`]) {
        const proxy = parseProxy(text);
        if (typeof proxy === 'string') continue;
        expect(proxy.host).toMatch(/^[^\s/@]+$/);
        expect(proxy.port).toBeGreaterThan(0);
        expect(proxy.port).toBeLessThan(65_536);
        expect(proxy.password).toBeUndefined();
      }
    }),
  );
});

test.each([
  ['-----BEGIN ENCRYPTED PRIVATE KEY-----\nx', true],
  ['-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x', true],
  ['-----BEGIN PRIVATE KEY-----\nx', false],
  ['-----BEGIN EC PRIVATE KEY-----\nx', false],
  ['', false],
])('%j is encrypted: %s', (key, encrypted) => {
  expect(needsPassphrase(key)).toBe(encrypted);
});
