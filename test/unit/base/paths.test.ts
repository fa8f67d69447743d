import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  isEntryName,
  isWithin,
  joinPath,
  nameOf,
  parentOf,
  parseRemotePath,
  type RemotePath,
  resolvePath,
  rootPath,
  toRemotePath,
} from '../../../src/base/paths.ts';
import { anyLetter } from '../ftp/grammar/arbitraries.ts';

const anyText = fc.oneof(
  fc.string({ unit: anyLetter, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('/', '.', '..', 'a', ' ', '\r', '\n', '\0', '\\'),
    maxLength: 12,
  }),
);
const entryName = anyText.filter(isEntryName);
const remotePath = fc
  .array(entryName, { maxLength: 5 })
  .map((names) => names.reduce(joinPath, rootPath));

test('a path is absolute, and repeated slashes count as one', () => {
  expect(parseRemotePath('/a//b/')).toBe('/a/b');
  expect(parseRemotePath('//')).toBe('/');
  expect(['', 'a', 'a/b', './a', ' /a'].map(parseRemotePath)).toEqual(Array(5).fill(undefined));
});

test('dots, line breaks and NUL are in no path', () => {
  for (const text of ['/..', '/a/../b', '/.', '/a/.', '/a\rb', '/a\nb', '/a\0b']) {
    expect(parseRemotePath(text), JSON.stringify(text)).toBeUndefined();
    expect(() => toRemotePath(text)).toThrow(RangeError);
  }
});

test('blanks, backslashes and what looks like an option are ordinary names', () => {
  for (const name of [' a ', '...', 'a\\b', '-R', '*', 'x;y=z', 'ü', '😀']) {
    expect(isEntryName(name), name).toBe(true);
    expect(parseRemotePath(`/${name}`)).toBe(`/${name}`);
  }
});

test('whatever text comes, a path has only entry names in it', () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const path = parseRemotePath(text);
      if (path === undefined) return;
      expect(path === '/' || path.slice(1).split('/').every(isEntryName)).toBe(true);
      expect(parseRemotePath(path)).toBe(path);
      expect(/[\r\n\0]/.test(path)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('a name is joined or refused, never interpreted', () => {
  fc.assert(
    fc.property(remotePath, anyText, (folder, name) => {
      if (!isEntryName(name)) {
        expect(() => joinPath(folder, name)).toThrow(RangeError);
        return;
      }
      const path = joinPath(folder, name);
      expect([parentOf(path), nameOf(path)]).toEqual([folder, name]);
      expect(isWithin(path, folder)).toBe(true);
      expect(isWithin(folder, path)).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('the root is its own parent, has no name, and holds everything', () => {
  expect(parentOf(rootPath)).toBe('/');
  expect(nameOf(rootPath)).toBe('');
  expect(isWithin(toRemotePath('/a/b'), rootPath)).toBe(true);
});

test('a neighbour whose name begins alike is not within', () => {
  expect(isWithin(toRemotePath('/srv-old/x'), toRemotePath('/srv'))).toBe(false);
});

test('a link is resolved from its folder, and cannot leave the root', () => {
  const folder = toRemotePath('/srv/www');
  expect(resolvePath(folder, 'a')).toBe('/srv/www/a');
  expect(resolvePath(folder, './a//b/')).toBe('/srv/www/a/b');
  expect(resolvePath(folder, '../a')).toBe('/srv/a');
  expect(resolvePath(folder, '/etc/x')).toBe('/etc/x');
  expect(resolvePath(folder, '../../../../x')).toBe('/x');
  expect(resolvePath(folder, '')).toBe(folder);
  expect(resolvePath(folder, 'a\rDELE b')).toBeUndefined();
});

test('whatever a link says, it means a path or nothing', () => {
  fc.assert(
    fc.property(remotePath, anyText, (folder, target) => {
      const path: RemotePath | undefined = resolvePath(folder, target);
      expect(path === undefined || parseRemotePath(path) === path).toBe(true);
    }),
  );
});
