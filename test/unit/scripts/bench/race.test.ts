import { expect, test } from 'vitest';
import { type Contender, race } from '../../../../scripts/bench/race.ts';

// A clock that only the contenders move.
function stopwatch() {
  let time = 0;
  const order: string[] = [];
  const contender = (name: string, ...takes: readonly number[]): Contender => {
    let turn = 0;
    return {
      name,
      run: async () => {
        order.push(name);
        time += takes[turn++] ?? 0;
      },
    };
  };
  return { order, contender, now: () => time, pass: (ms: number) => (time += ms) };
}

test('all take turns, and the first time does not count', async () => {
  const { order, contender, now } = stopwatch();
  const contenders = [contender('a', 90, 10, 30), contender('b', 80, 5, 7)];
  const { samples, notes } = await race(contenders, { rounds: 2, patience: 100, now });
  expect(order).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  expect(samples.get('a')).toEqual({ median: 20, lowest: 10, highest: 30 });
  expect(samples.get('b')).toEqual({ median: 6, lowest: 5, highest: 7 });
  expect(notes).toEqual([]);
});

test('who is slow is measured once, by the first time', async () => {
  const { order, contender, now } = stopwatch();
  const contenders = [contender('quick', 1, 1, 1), contender('slow', 500)];
  const { samples, notes } = await race(contenders, { rounds: 2, patience: 100, now });
  expect(order).toEqual(['quick', 'slow', 'quick', 'quick']);
  expect(samples.get('slow')?.median).toBe(500);
  expect(notes).toEqual(['slow: slow, measured once']);
});

test('who fails is not measured, and the reason is told', async () => {
  const { contender, now } = stopwatch();
  const failing: Contender = {
    name: 'failing',
    run: () => Promise.reject(new Error('530 Not logged in')),
  };
  const contenders = [contender('good', 1, 1), failing];
  const { samples, notes } = await race(contenders, { rounds: 1, patience: 100, now });
  expect([...samples.keys()]).toEqual(['good']);
  expect(notes).toEqual(['failing: 530 Not logged in']);
});

test('who has not done it has failed, however fast', async () => {
  const { contender, now } = stopwatch();
  const lying = { ...contender('lying', 1, 1), check: () => Promise.reject(new Error('no file')) };
  const { samples, notes } = await race([lying], { rounds: 1, patience: 100, now });
  expect(samples.size).toBe(0);
  expect(notes).toEqual(['lying: no file']);
});

test('neither the reset nor the check is measured', async () => {
  const { contender, now, pass } = stopwatch();
  const aside = async (): Promise<void> => {
    pass(1000);
  };
  const careful = { ...contender('careful', 3, 3), reset: aside, check: aside };
  const { samples } = await race([careful], { rounds: 1, patience: 100, now });
  expect(samples.get('careful')?.median).toBe(3);
});

test('who mostly waits is measured once, beside all others who do, and before the turns', async () => {
  const { order, contender, now } = stopwatch();
  const waiting = ['first', 'second'].map((name) => ({
    ...contender(name, 0),
    pace: 'once' as const,
  }));
  const { samples, notes } = await race([contender('quick', 1, 1), ...waiting], {
    rounds: 1,
    patience: 100,
    now,
  });
  expect(order).toEqual(['first', 'second', 'quick', 'quick']);
  expect([...samples.keys()].toSorted()).toEqual(['first', 'quick', 'second']);
  expect(notes).toEqual(['first, second: once, at the same time as one another']);
});
