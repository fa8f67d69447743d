import { expect, test } from 'vitest';
import { readSyncMapping } from '../../../src/workspace/settings.ts';

test('nothing is mapped unless somebody says so', () => {
  expect(readSyncMapping(undefined)).toBeUndefined();
  expect(readSyncMapping(null)).toBeUndefined();
});

test('a mapping needs a site and a folder on it', () => {
  expect(readSyncMapping({ site: 'shop', remotePath: '/www/' })).toEqual({
    site: 'shop',
    remotePath: '/www',
    exclude: ['**/.git', '**/.vscode', '**/node_modules'],
    useIgnoreFiles: true,
  });
});

test.each([
  [{ site: 'shop', remotePath: 'www' }, /"remotePath" is not an absolute path/],
  [{ site: 'shop', remotePath: '/../etc' }, /"remotePath" is not an absolute path/],
  [{ remotePath: '/' }, /"site"/],
  [{ site: 'shop', remotePath: '/', exclude: 'x' }, /"exclude"/],
  ['/www', /cannot be read/],
  [[{ site: 'shop', remotePath: '/' }], /must be a single mapping, not a list/],
])('%j is answered with a sentence', (value, sentence) => {
  expect(readSyncMapping(value)).toMatch(sentence);
});
