import { expect, test } from 'vitest';
import { figureNote, figureOf } from '../../../../scripts/bench/figure.ts';

const half = { times: 0.5, of: 'lftp ×8' };

test('a figure may be a number', () => {
  expect(figureOf(1.1, {})).toBe(1.1);
  expect(figureNote(1.1)).toBe('');
});

test('a figure may be a part of what another needs', () => {
  expect(figureOf(half, { 'lftp ×8': 3 })).toBe(1.5);
  expect(figureNote(half)).toBe('the figure is 0.5 of lftp ×8');
});

test('without the other there is no figure', () => {
  expect(figureOf(half, { lftp: 3 })).toBeNull();
});
