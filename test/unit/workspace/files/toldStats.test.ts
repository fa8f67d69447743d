import { describe, expect, test } from 'vitest';
import { type Facts, ToldStats } from '../../../../src/workspace/files/fileStat.ts';

const facts = (mtime: number, size: number): Facts => ({ mtime, size });

describe('what is told of a file', () => {
  test('is what the server says, as long as nothing is written', () => {
    const stats = new ToldStats();
    for (const each of [facts(5, 1), facts(5, 1), facts(4, 1), facts(9, 2)]) {
      expect(stats.tell('a', each)).toEqual(each);
    }
  });

  test('is a millisecond later for every write that left its time', () => {
    const stats = new ToldStats();
    stats.tell('a', facts(5000, 1));
    stats.changed('a');
    stats.changed('a');
    expect(stats.tell('a', facts(5000, 1))).toEqual(facts(5002, 1));
    expect(stats.tell('a', facts(5000, 1))).toEqual(facts(5002, 1));
    stats.changed('a');
    expect(stats.tell('a', facts(6000, 1))).toEqual(facts(6000, 1));
  });

  test('advances where no time is known', () => {
    const stats = new ToldStats();
    stats.tell('a', facts(0, 1));
    stats.changed('a');
    expect(stats.tell('a', facts(0, 1))).toEqual(facts(1, 1));
  });
});

describe('a file that an editor did not come from', () => {
  test.each([
    ['older', facts(3, 7)],
    ['of equal time', facts(5, 7)],
    ['of equal size and older', facts(3, 1)],
    ['of equal size and newer', facts(9, 1)],
  ])('is later than the editor and of another size: %s', (_, found) => {
    const stats = new ToldStats();
    stats.tell('a', facts(5, 1));
    const told = stats.tellConflict('a', found, facts(5, 1));
    expect(told.mtime).toBeGreaterThan(5);
    expect(told.mtime).toBeGreaterThanOrEqual(found.mtime);
    expect(told.size).not.toBe(1);
    expect(stats.tellConflict('a', found, facts(5, 1))).toEqual(told);
  });

  test('stays one for an editor that has taken what was told of another before', () => {
    const stats = new ToldStats();
    stats.tell('a', facts(5, 1));
    const first = stats.tellConflict('a', facts(5, 1), facts(5, 1));
    stats.read('a');
    const second = stats.tellConflict('a', facts(5, 1), facts(5, 1));
    expect(second.mtime).toBeGreaterThan(first.mtime);
    expect([1, first.size]).not.toContain(second.size);
  });

  // VS Code keeps the latest time that it was told, and reads a file while it looks at it.
  test('stays one for an editor that went by a look at another, told behind its reading', () => {
    const stats = new ToldStats();
    stats.tell('a', facts(5, 1));
    stats.tellConflict('a', facts(3, 1), facts(5, 1));
    stats.read('a');
    const taken = stats.tellConflict('a', facts(3, 1), facts(5, 1));
    stats.tell('a', facts(3, 1));
    stats.read('a');
    const next = stats.tellConflict('a', facts(4, taken.size), facts(3, 1));
    expect(next.mtime).toBeGreaterThan(taken.mtime);
    expect(next.size).not.toBe(taken.size);
  });

  test('is later than what an editor was told before a reload', () => {
    const told = new ToldStats().tellConflict('a', facts(3, 1), facts(9, 1));
    expect(told).toEqual(facts(10, 2));
  });
});
