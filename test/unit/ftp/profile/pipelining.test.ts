import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePipelining, Pipelining } from '../../../../src/ftp/profile/pipelining.ts';

const now = Date.UTC(2026, 10, 28);
const minute = 60_000;

/** Of a server that is known to answer in order. */
function inOrder(): Pipelining {
  const pipelining = new Pipelining();
  pipelining.keepsOrder(true);
  return pipelining;
}

/** Answers as many commands as a full pipeline has, until the depth is reached. */
function grown(to: number): Pipelining {
  const pipelining = inOrder();
  while (pipelining.depth(now) < to) pipelining.answered(pipelining.depth(now) - 1);
  return pipelining;
}

test('the depth grows by replies to what was sent ahead alone', () => {
  const pipelining = inOrder();
  for (let count = 0; count < 1_000; count++) pipelining.answered(0);
  expect(pipelining.depth(now)).toBe(2);
  expect(pipelining.isUntried).toBe(true);
  pipelining.answered(1);
  expect(pipelining.isUntried).toBe(false);
  pipelining.answered(1);
  expect(pipelining.depth(now)).toBe(8);
  for (let count = 0; count < 1_000; count++) pipelining.answered(2);
  expect(pipelining.depth(now)).toBe(8);
  for (let count = 0; count < 8; count++) pipelining.answered(7);
  expect(pipelining.depth(now)).toBe(64);
});

test('a connection that breaks leads to lockstep for a minute, and longer the next time', () => {
  const pipelining = grown(256);
  pipelining.broke(now);
  expect(pipelining.depth(now + minute - 1)).toBe(1);
  expect(pipelining.depth(now + minute)).toBe(2);
  pipelining.broke(now + minute);
  expect(pipelining.depth(now + 10 * minute)).toBe(1);
  expect(pipelining.depth(now + 11 * minute)).toBe(2);
});

test('one that is given learns nothing', () => {
  const pipelining = new Pipelining(8);
  pipelining.broke(now);
  for (let count = 0; count < 100; count++) pipelining.answered(7);
  pipelining.recall({ depth: 256 });
  expect(pipelining.depth(now)).toBe(8);
});

test('what was learnt comes back, and so does the time of lockstep', () => {
  const deep = inOrder();
  deep.recall(parsePipelining(grown(64).remember(now), now) ?? {});
  expect(deep.depth(now)).toBe(64);
  const broken = grown(64);
  broken.broke(now);
  const held = inOrder();
  held.recall(parsePipelining(broken.remember(now), now) ?? {});
  expect([held.depth(now), held.depth(now + minute)]).toEqual([1, 2]);
  expect(inOrder().remember(now)).toBeUndefined();
});

test('whatever a store holds, the depth is one that exists and lockstep ends within a day', () => {
  const stored = fc.oneof(
    fc.anything(),
    fc.record({ depth: fc.anything(), lockstepUntil: fc.oneof(fc.anything(), fc.double()) }),
    fc.record({ depth: fc.integer(), lockstepUntil: fc.integer({ min: now, max: 4 * now }) }),
  );
  fc.assert(
    fc.property(stored, (value) => {
      const pipelining = inOrder();
      pipelining.recall(parsePipelining(value, now) ?? {});
      expect([1, 2, 8, 64, 256]).toContain(pipelining.depth(now));
      expect(pipelining.depth(now + 24 * 60 * minute)).toBeGreaterThan(1);
    }),
  );
});

test('a server that is not known to answer in order is asked in lockstep', () => {
  const pipelining = new Pipelining();
  pipelining.recall({ depth: 256 });
  expect(pipelining.depth(now)).toBe(1);
  pipelining.keepsOrder(true);
  expect(pipelining.depth(now)).toBe(256);
  pipelining.keepsOrder(false);
  expect(pipelining.depth(now)).toBe(1);
});
