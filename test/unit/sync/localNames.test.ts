import * as fc from 'fast-check';
import { basename, join, win32 } from 'node:path';
import { expect, test } from 'vitest';
import { folded, localTemporaryName, whyNotLocalName } from '../../../src/sync/localNames.ts';

const platforms = ['linux', 'darwin', 'win32'] as const;

test.each([
  '',
  '.',
  '..',
  'a/b',
  '/etc',
  '../a',
  'a\\b',
  '\\',
  'C:',
  'c:a',
  'a\nb',
  'a\0',
  '\u007f',
])('on no machine a local name: %j', (name) => {
  for (const platform of platforms) expect(whyNotLocalName(name, platform)).toBeDefined();
});

const onlyElsewhere =
  'CON con con.txt Aux NUL.tar.gz com1 LPT9.x COM¹ conin$ ab:c a? a* < > | " dot.'.split(' ');

test.each([...onlyElsewhere, 'con .txt', 'blank '])(
  'a local name everywhere but on Windows: %j',
  (name) => {
    expect(whyNotLocalName(name, 'win32')).toBeDefined();
    expect(whyNotLocalName(name, 'linux')).toBeUndefined();
  },
);

test.each(['a', ' a', '-r', '.htaccess', '...a', 'a..b', 'console', 'com10', 'nulls.txt', 'ä [x]'])(
  'a local name on every machine: %j',
  (name) => {
    for (const platform of platforms) expect(whyNotLocalName(name, platform)).toBeUndefined();
  },
);

test('a name that is allowed never leaves its folder', () => {
  const piece = fc.constantFrom('.', '..', '/', '\\', 'a', 'C', ':', ' ', '\0', 'con', '~', '%2e');
  fc.assert(
    fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
      const name = pieces.join('');
      if (whyNotLocalName(name, 'linux') === undefined) {
        expect(join('/target', name)).toBe(`/target/${name}`);
      }
      if (whyNotLocalName(name, 'win32') === undefined) {
        expect(win32.join('C:\\target', name)).toBe(`C:\\target\\${name}`);
        expect(win32.basename(name)).toBe(name);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('names that differ in case only are one where the disk makes no difference', () => {
  expect(folded('Ä.TXT', 'win32')).toBe(folded('A\u0308.txt', 'darwin'));
  expect(folded('A', 'linux')).not.toBe(folded('a', 'linux'));
});

test('a temporary file has the id, the extension and a length that disks allow', () => {
  expect(localTemporaryName('index.html', 'x1')).toBe('.portside-x1-index.html');
  const long = localTemporaryName(`${'ä'.repeat(125)}.html`, 'x1');
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(255);
  expect(long.endsWith('.html')).toBe(true);
  expect(basename(long)).toBe(long);
});
