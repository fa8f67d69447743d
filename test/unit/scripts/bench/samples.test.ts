import { expect, test } from 'vitest';
import { sampleOf } from '../../../../scripts/bench/samples.ts';

test('the median of an odd number of values is the middle one, whatever their order', () => {
  expect(sampleOf([30, 1, 200])).toEqual({ median: 30, lowest: 1, highest: 200 });
});

test('the median of an even number of values lies between the two in the middle', () => {
  expect(sampleOf([4, 1, 2, 9]).median).toBe(3);
});

test('one value is all three', () => {
  expect(sampleOf([7])).toEqual({ median: 7, lowest: 7, highest: 7 });
});

test('nothing has no median', () => {
  expect(() => sampleOf([])).toThrow('Nothing was measured.');
});
