import { describe, expect, test } from 'vitest';
import type { StatEntry } from '../../../../src/session/remoteFileSystem.ts';
import { toFileStat, toFileType } from '../../../../src/workspace/files/fileStat.ts';

function entry(more: Partial<StatEntry> = {}): StatEntry {
  return { name: 'a', type: 'file', size: 7, modified: undefined, precision: 'none', ...more };
}

test('a time that is not known is 0, and never now', () => {
  expect(toFileStat(entry(), false)).toEqual({ type: 1, ctime: 0, mtime: 0, size: 7 });
  const modified = new Date(Date.UTC(2026, 10, 22));
  expect(toFileStat(entry({ modified, precision: 'second' }), false).mtime).toBe(+modified);
});

test.each([
  [{ type: 'file' }, 1],
  [{ type: 'directory' }, 2],
  [{ type: 'other' }, 0],
  [{ type: 'symlink', targetType: 'file' }, 65],
  [{ type: 'symlink', targetType: 'directory' }, 66],
  [{ type: 'symlink' }, 64],
] as const)('%j has the type %d', (more, type) => {
  expect(toFileType(entry(more))).toBe(type);
});

describe('a file is read-only', () => {
  test.each([
    [{ permissions: 'r' }, 1],
    [{ permissions: 'adfrw' }, undefined],
    [{ permissions: 'r', mode: '0666' }, 1],
    [{ mode: '0444' }, 1],
    [{ mode: '0404' }, 1],
    [{ mode: '0464' }, undefined],
    [{ type: 'directory', permissions: 'el' }, undefined],
    [{}, undefined],
  ] as const)('as the server says with %j', (more, permissions) => {
    expect(toFileStat(entry(more), false).permissions).toBe(permissions);
  });

  test('on a site that is set so', () => {
    expect(toFileStat(entry({ permissions: 'adfrw' }), true).permissions).toBe(1);
    expect(toFileStat(entry({ type: 'directory' }), true).permissions).toBe(1);
  });
});
