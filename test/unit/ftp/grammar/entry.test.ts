import { expect, test } from 'vitest';
import {
  parseSize,
  type RemoteEntry,
  withoutEstimates,
} from '../../../../src/ftp/grammar/entry.ts';

test('a size is a number that can be counted with', () => {
  expect(parseSize('0')).toBe(0);
  expect(parseSize('0340')).toBe(340);
  expect(parseSize('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
});

test('what is no such number is no size', () => {
  for (const text of [
    undefined,
    '',
    '-1',
    '+1',
    '1.5',
    '1e3',
    '0x10',
    ' 1',
    'abc',
    'file: 213, Size =51',
    '9007199254740992',
    '18446744073709551615',
    '٣',
  ]) {
    expect(parseSize(text), text).toBeUndefined();
  }
});

test('a size of storage and a time of the last use are no facts of a file', () => {
  const exact: RemoteEntry = {
    name: 'a',
    type: 'file',
    size: 512,
    modified: new Date(0),
    precision: 'day',
  };
  expect(withoutEstimates(exact)).toBe(exact);
  for (const sizeOf of ['storage', 'rounded'] as const) {
    const estimated = { ...exact, size: undefined, estimate: 512 };
    expect(withoutEstimates({ ...exact, sizeOf })).toEqual(estimated);
  }
  const unknown = { ...exact, size: undefined };
  expect(withoutEstimates({ ...unknown, sizeOf: 'storage' })).toEqual(unknown);
  expect(withoutEstimates({ ...exact, timeOf: 'lastUse' })).toEqual({
    ...exact,
    modified: undefined,
    precision: 'none',
  });
});
