import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/base/abort.ts';
import { Activity } from '../../../src/workspace/activity.ts';
import { FakeClock } from '../session/fakeClock.ts';

describe('activity', () => {
  test('counts transfers while they run, and questions never', async () => {
    const activity = new Activity(new FakeClock());
    const counts: number[] = [];
    activity.onDidChange(({ transfers }) => counts.push(transfers));
    await activity.run('shop', 'question', async () => {});
    await activity.run('shop', 'transfer', async () => {
      await activity.run('blog', 'transfer', async () => {});
    });
    expect(counts).toEqual([1, 2, 1, 0]);
  });

  test('counts a transfer that fails as ended', async () => {
    const activity = new Activity(new FakeClock());
    const fail = activity.run('shop', 'transfer', () => Promise.reject(new Error('lost')));
    await expect(fail).rejects.toThrow('lost');
    expect(activity.state.transfers).toBe(0);
  });

  test('ends what runs for one site, with a reason that is no fault', async () => {
    const activity = new Activity(new FakeClock());
    const signals: AbortSignal[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = (siteId: string): Promise<void> =>
      activity.run(siteId, 'transfer', ({ signal }) => {
        signals.push(signal);
        return promise;
      });
    const running = [run('shop'), run('blog')];
    activity.cancel('shop');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(signals[0]?.reason).toBeInstanceOf(CancelledError);
    resolve();
    await Promise.all(running);
  });

  test('ends with the signal of the caller', async () => {
    const activity = new Activity(new FakeClock());
    const controller = new AbortController();
    await activity.run(
      'shop',
      'transfer',
      async ({ signal }) => {
        controller.abort(new Error('closing'));
        expect(signal.aborted).toBe(true);
      },
      controller.signal,
    );
  });

  test('tells the rate of the last seconds', async () => {
    const clock = new FakeClock();
    const activity = new Activity(clock);
    await activity.run('shop', 'transfer', async ({ observer }) => {
      observer?.moved?.(1000);
      observer?.moved?.(2000);
      clock.advance(1000);
      observer?.moved?.(3000);
      expect(activity.state.rate).toBe(2000);
      clock.advance(2500);
      expect(activity.state.rate).toBe(1000);
      clock.advance(2500);
      expect(activity.state.rate).toBe(0);
    });
  });

  test('tells of bytes ten times a second and no more', async () => {
    const clock = new FakeClock();
    const activity = new Activity(clock);
    let told = 0;
    await activity.run('shop', 'transfer', async ({ observer }) => {
      activity.onDidChange(() => told++);
      for (let chunk = 0; chunk < 1000; chunk++) {
        observer?.moved?.(16);
        clock.advance(1);
      }
    });
    expect(told).toBeLessThanOrEqual(12);
    expect(told).toBeGreaterThanOrEqual(10);
  });
});
