import { expect, test } from 'vitest';
import { readZone } from '../../../src/cli/verbs/parseListing.ts';

const berlin = readZone('Europe/Berlin');

test.each([
  ['2026-07-01T12:00', 120],
  ['2026-01-01T12:00', 60],
  // The hour that is left out in March, and the one that comes twice in October.
  ['2026-03-29T01:59', 60],
  ['2026-03-29T03:00', 120],
  ['2026-10-25T01:59', 120],
  ['2026-10-25T02:30', 120],
  ['2026-10-25T03:00', 60],
])('the clocks of Berlin that show %s are %d minutes ahead', (local, minutes) => {
  expect(berlin(Date.parse(`${local}Z`), 'local')).toBe(minutes);
});

test.each([
  ['2026-03-29T00:59', 60],
  ['2026-03-29T01:00', 120],
])('at %s UTC Berlin is %d minutes ahead', (utc, minutes) => {
  expect(berlin(Date.parse(`${utc}Z`), 'utc')).toBe(minutes);
});

test.each([
  ['America/St_Johns', '2026-01-01T12:00', -210],
  ['Asia/Kathmandu', '2026-01-01T12:00', 345],
  ['UTC', '2026-01-01T12:00', 0],
  ['-300', '2026-01-01T12:00', -300],
  ['+90', '2026-01-01T12:00', 90],
])('%s is read', (zone, local, minutes) => {
  expect(readZone(zone)(Date.parse(`${local}Z`), 'local')).toBe(minutes);
});
