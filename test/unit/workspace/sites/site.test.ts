import { assert, nat, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connectsDifferently, isSiteId, makeSiteId } from '../../../../src/workspace/sites/site.ts';
import { someSite } from '../someSite.ts';

describe('the id of a new site', () => {
  test.each([
    ['My Shop', 'my-shop'],
    ['Müller & Söhne', 'mu-ller-so-hne'],
    ['日本', 'site'],
    ['', 'site'],
    ['--', 'site'],
  ])('of %j is %j', (name, id) => {
    expect(makeSiteId(name, new Set())).toBe(id);
  });

  test('is unlike those that are taken', () => {
    expect(makeSiteId('Shop', new Set(['shop', 'shop-2']))).toBe('shop-3');
  });

  test('is always one that can stand in an address, and new', () => {
    assert(
      property(string(), nat(20), (name, more) => {
        const taken = new Set<string>();
        for (let count = 0; count <= more; count++) {
          const id = makeSiteId(name, taken);
          expect(isSiteId(id)).toBe(true);
          expect(taken.has(id)).toBe(false);
          taken.add(id);
        }
      }),
    );
  });
});

test.each(['a', 'a1', 'my-shop', '0'])('%j is an id', (id) => {
  expect(isSiteId(id)).toBe(true);
});

test.each(['', '-a', 'a-', 'A', 'a b', 'a.b', 'ä', 'a'.repeat(64)])('%j is no id', (id) => {
  expect(isSiteId(id)).toBe(false);
});

describe('new connections', () => {
  test('are needed when the server or the user is another', () => {
    expect(connectsDifferently(someSite(), someSite({ port: 2121 }))).toBe(true);
    const [skipping, alike] = [{ skipCommands: ['FEAT'] }, { skipCommands: ['FEAT'] }].map(
      someSite,
    );
    expect(skipping && connectsDifferently(someSite(), skipping)).toBe(true);
    expect(skipping && alike && connectsDifferently(skipping, alike)).toBe(false);
    expect(connectsDifferently(someSite(), someSite({ username: 'otto' }))).toBe(true);
  });

  test.each([
    { proxy: 'socks5://proxy' },
    { clientCertificate: '/own.pem' },
    { clientKey: '/own.key' },
    { charset: 'windows-1252' },
    { listing: 'list' as const },
  ])('are needed for %j', (changed) => {
    expect(connectsDifferently(someSite(), someSite(changed))).toBe(true);
  });

  test('are not needed for another name, or one more trusted certificate', () => {
    const changed = someSite({ name: 'New', group: 'g', fingerprints: ['ab'.repeat(32)] });
    expect(connectsDifferently(someSite(), changed)).toBe(false);
  });
});
