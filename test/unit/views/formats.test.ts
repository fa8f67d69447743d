import { describe, expect, test } from 'vitest';
import { formatsOf, readableFingerprint, withoutIcons } from '../../../src/views/formats.ts';

describe('amounts', () => {
  test.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1024, '1 kB'],
    [1536, '1.5 kB'],
    [150_000, '146 kB'],
    [5 * 1024 ** 3, '5 GB'],
  ])('of %d bytes read %j', (size, text) => {
    expect(formatsOf('en').bytes(size)).toBe(text);
  });

  test('are written as the language writes them', () => {
    expect(formatsOf('de').bytes(1536)).toBe('1,5 kB');
    expect(formatsOf('en').rate(2_500_000)).toBe('2.4 MB/s');
  });
});

test('times name the second, in which a save may differ', () => {
  const time = formatsOf('en').time(new Date(2026, 10, 22, 9, 5, 7).getTime());
  expect(time).toContain('2026');
  expect(time).toContain('05:07');
});

test('a fingerprint can be compared by eye', () => {
  const lines = readableFingerprint(`${'0a'.repeat(16)}${'ff'.repeat(16)}`).split('\n');
  expect(lines).toEqual([Array(16).fill('0A').join(':'), Array(16).fill('FF').join(':')]);
});

test('a name draws no icons', () => {
  expect(withoutIcons('a $(trash) b')).toBe('a \\$(trash) b');
});
