import { describe, expect, test } from 'vitest';
import { toRemotePath } from '../../../src/base/paths.ts';
import { relativePath, toRemote } from '../../../src/sync/mapping.ts';

describe('the path of a local file on the server', () => {
  const folder = toRemotePath('/www/shop');

  test('is its path below the mapped folder', () => {
    expect(toRemote(folder, 'css/a b.css')).toBe('/www/shop/css/a b.css');
  });

  test('begins at the root when the folder is mapped to it', () => {
    expect(toRemote(toRemotePath('/'), 'index.html')).toBe('/index.html');
  });

  test.each(['../secret', 'a/../../b', 'a//b', '', 'a\nDELE b', './a'])(
    'is none for %j',
    (relative) => {
      expect(toRemote(folder, relative)).toBeUndefined();
    },
  );
});

describe('the path below a folder', () => {
  test('is what follows the folder', () => {
    expect(relativePath('/home/anna/shop', '/home/anna/shop/css/a.css')).toBe('css/a.css');
    expect(relativePath('/c:/', '/c:/a.css')).toBe('a.css');
  });

  test('is none for the folder itself and for a neighbour whose name begins alike', () => {
    expect(relativePath('/home/shop', '/home/shop')).toBeUndefined();
    expect(relativePath('/home/shop', '/home/shop/')).toBeUndefined();
    expect(relativePath('/home/shop', '/home/shop-old/a.css')).toBeUndefined();
  });
});
