import { describe, expect, it } from 'vitest';
import type { RemoteEntry, TimePrecision } from '../../../../src/ftp/grammar/entry.ts';
import { ServerClock } from '../../../../src/ftp/profile/serverClock.ts';

const ours = Date.UTC(2026, 10, 22, 12);

function entry(modified: number, precision: TimePrecision = 'second'): RemoteEntry {
  return { name: 'a', type: 'file', size: 1, modified: new Date(modified), precision };
}

describe('the clock of a server', () => {
  it('settles nothing before it has been measured', () => {
    expect(new ServerClock().settled(entry(0), ours)).toBe(false);
  });

  it.each<[TimePrecision, number]>([
    ['second', 2_000],
    ['minute', 61_000],
    ['day', 25 * 3_600_000],
  ])('settles what is older than its %s by more than %i ms', (precision, ms) => {
    const clock = new ServerClock();
    clock.measure(entry(ours, precision), ours);
    expect(clock.settled(entry(ours - ms, precision), ours)).toBe(false);
    expect(clock.settled(entry(ours - ms - 1, precision), ours)).toBe(true);
  });

  it('goes by the server’s time, not ours', () => {
    const clock = new ServerClock();
    const behind = 3_600_000;
    clock.measure(entry(ours - behind), ours);
    expect(clock.settled(entry(ours - behind), ours)).toBe(false);
    expect(clock.settled(entry(ours - 10_000), ours)).toBe(false);
    expect(clock.settled(entry(ours - behind - 10_000), ours)).toBe(true);
  });

  it('does not measure one precision by another', () => {
    const clock = new ServerClock();
    clock.measure(entry(ours), ours);
    expect(clock.settled(entry(0, 'minute'), ours)).toBe(false);
  });

  it('does not believe a time that no upload can have', () => {
    const clock = new ServerClock();
    clock.measure(entry(ours + 27 * 3_600_000), ours);
    expect(clock.settled(entry(0), ours)).toBe(false);
  });

  it('settles nothing because more was learnt of its zone', () => {
    const clock = new ServerClock();
    const hours = 2 * 3_600_000;
    // Taken for UTC at first, two hours ahead of it in truth.
    clock.measure({ ...entry(ours + hours, 'minute'), wallClock: ours + hours }, ours);
    const young = { ...entry(ours, 'minute'), wallClock: ours + hours };
    expect(clock.settled(young, ours)).toBe(false);
    const old = { ...entry(ours - hours, 'minute'), wallClock: ours };
    expect(clock.settled(old, ours)).toBe(true);
  });

  it('settles nothing because summer time ended', () => {
    const clock = new ServerClock();
    const hour = 3_600_000;
    clock.measure({ ...entry(ours, 'minute'), wallClock: ours + 2 * hour }, ours);
    const later = ours + hour;
    const young = { ...entry(later, 'minute'), wallClock: later + hour };
    expect(clock.settled(young, later)).toBe(false);
  });
});
