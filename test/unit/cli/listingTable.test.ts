import { expect, test } from 'vitest';
import { listingTable } from '../../../src/cli/verbs/ls.ts';
import type { StatEntry } from '../../../src/session/remoteFileSystem.ts';

function file(name: string, more: Partial<StatEntry>): StatEntry {
  return { name, type: 'file', size: undefined, modified: undefined, precision: 'none', ...more };
}

test('any number of names is listed', () => {
  const entries = Array.from({ length: 200_000 }, (_, index) => file(`f${index}`, { size: index }));
  const lines = listingTable(entries).split('\n');
  expect(lines).toHaveLength(200_001);
  expect(lines[0]).toBe('-      0 -                   f0');
  expect(lines[199_999]).toBe('- 199999 -                   f199999');
});

test('a size that the server has rounded is marked, and one that is not known is left out', () => {
  const entries = [file('a', { size: 7 }), file('b', { estimate: 7_549_747 }), file('c', {})];
  expect(
    listingTable(entries)
      .split('\n')
      .map((line) => line.slice(2, 10)),
  ).toEqual(['       7', '~7549747', '       -', '']);
});
