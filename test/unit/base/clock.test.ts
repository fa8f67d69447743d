import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock, TimeoutError } from '../../../src/base/clock.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test('now counts from the Unix epoch', () => {
  expect(systemClock.now()).toBe(1_000);
});

test('a deadline aborts when its time is over and says what was waited for', () => {
  using deadline = systemClock.deadline(500, 'the reply to NOOP');
  vi.advanceTimersByTime(499);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.reason).toBeInstanceOf(TimeoutError);
  expect(deadline.signal.reason).toMatchObject({
    waitingFor: 'the reply to NOOP',
    message: 'Nothing came within 500 ms while waiting for the reply to NOOP',
  });
});

test('progress gives a deadline its full time again', () => {
  using deadline = systemClock.deadline(500, 'bytes');
  vi.advanceTimersByTime(499);
  deadline.restart();
  vi.advanceTimersByTime(499);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.aborted).toBe(true);
});

test('a deadline that stands still does not abort, and has its full time when it goes on', () => {
  using deadline = systemClock.deadline(500, 'bytes');
  vi.advanceTimersByTime(499);
  deadline.pause();
  vi.advanceTimersByTime(10_000);
  expect(deadline.signal.aborted).toBe(false);
  deadline.restart();
  vi.advanceTimersByTime(499);
  expect(deadline.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(deadline.signal.aborted).toBe(true);
});

test('a deadline aborts with its caller and keeps the caller’s reason', () => {
  const controller = new AbortController();
  using deadline = systemClock.deadline(500, 'bytes', controller.signal);
  controller.abort('enough');
  deadline.restart();
  vi.advanceTimersByTime(10_000);
  expect(deadline.signal.reason).toBe('enough');
  expect(vi.getTimerCount()).toBe(0);
});

test('a deadline of a caller who has gone already is over at once', () => {
  using deadline = systemClock.deadline(500, 'bytes', AbortSignal.abort('gone'));
  expect(deadline.signal.reason).toBe('gone');
  expect(vi.getTimerCount()).toBe(0);
});

test('a disposed deadline never aborts and leaves neither timer nor listener', () => {
  const controller = new AbortController();
  const deadline = systemClock.deadline(500, 'bytes', controller.signal);
  deadline[Symbol.dispose]();
  controller.abort();
  expect(deadline.signal.aborted).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('sleep ends when the time has passed', async () => {
  const controller = new AbortController();
  const slept = systemClock.sleep(300, controller.signal);
  await vi.advanceTimersByTimeAsync(300);
  await expect(slept).resolves.toBeUndefined();
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('sleep ends with the reason of an abort, and its timer with it', async () => {
  const controller = new AbortController();
  const slept = systemClock.sleep(300, controller.signal);
  controller.abort('awake');
  await expect(slept).rejects.toBe('awake');
  expect(vi.getTimerCount()).toBe(0);
  await expect(systemClock.sleep(1, AbortSignal.abort('before'))).rejects.toBe('before');
});
