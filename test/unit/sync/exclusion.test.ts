import { describe, expect, test } from 'vitest';
import { excludeGlobs, excludeIgnored, foldersAbove } from '../../../src/sync/mapping.ts';

describe('globs', () => {
  const isExcluded = excludeGlobs(['**/.git', '**/node_modules', '*.psd', 'build/**']);

  test.each(['.git/config', 'a/node_modules/b/c.js', 'cover.psd', 'build/x/y.css'])(
    'exclude %s',
    (path) => {
      expect(isExcluded(path)).toBe(true);
    },
  );

  test.each(['.gitignore', 'a/cover.psd', 'builder/x', '.htaccess', 'node_modules.txt'])(
    'let %s pass',
    (path) => {
      expect(isExcluded(path)).toBe(false);
    },
  );

  test('exclude nothing when there are none', () => {
    expect(excludeGlobs([])('a/.git/b')).toBe(false);
  });
});

describe('ignore files', () => {
  const root = { folder: '', text: '*.log\n/dist/\n!keep.log\n' };

  test('exclude as Git does', () => {
    const isExcluded = excludeIgnored([root]);
    expect(isExcluded('a/b.log')).toBe(true);
    expect(isExcluded('dist/x.js')).toBe(true);
    expect(isExcluded('a/dist/x.js')).toBe(false);
    expect(isExcluded('keep.log')).toBe(false);
  });

  test('of a deeper folder have the last word, and speak of what is below them only', () => {
    const deeper = { folder: 'a', text: '!important.log\nsecret.txt\n' };
    const isExcluded = excludeIgnored([root, deeper]);
    expect(isExcluded('a/important.log')).toBe(false);
    expect(isExcluded('important.log')).toBe(true);
    expect(isExcluded('a/secret.txt')).toBe(true);
    expect(isExcluded('secret.txt')).toBe(false);
  });

  test('bring nothing back from an excluded folder', () => {
    const deeper = { folder: 'dist', text: '!x.js\n' };
    expect(excludeIgnored([root, deeper])('dist/x.js')).toBe(true);
  });

  test('do not take a file for a folder', () => {
    expect(excludeIgnored([root])('dist')).toBe(false);
  });
});

test('the folders above a file are those in which an ignore file can stand', () => {
  expect(foldersAbove('a/b/c.css')).toEqual(['', 'a', 'a/b']);
  expect(foldersAbove('c.css')).toEqual(['']);
});
