import { getEventListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
import { CancelledError, onAbort, raceAbort } from '../../../src/base/abort.ts';
import { recordUnhandledErrors } from '../../support/unhandledErrors.ts';

const never = (): Promise<never> => new Promise(() => {});

test('without a signal the promise decides', async () => {
  await expect(raceAbort(Promise.resolve('done'))).resolves.toBe('done');
});

test('a promise that settles first decides', async () => {
  const { signal } = new AbortController();
  await expect(raceAbort(Promise.resolve('done'), signal)).resolves.toBe('done');
  await expect(raceAbort(Promise.reject(new Error('no')), signal)).rejects.toThrow('no');
});

test('the reason of the abort is passed on as it is', async () => {
  const controller = new AbortController();
  const reason = new CancelledError('the upload');
  const waiting = raceAbort(never(), controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(reason.message).toBe('the upload was cancelled');
});

test('a signal that has aborted before wins over a promise that is settled', async () => {
  const reason = new Error('before');
  await expect(raceAbort(Promise.resolve(1), AbortSignal.abort(reason))).rejects.toBe(reason);
});

test('waiting leaves no listener on the signal, however it ends', async () => {
  const controller = new AbortController();
  await raceAbort(Promise.resolve(1), controller.signal);
  await raceAbort(Promise.reject(new Error('no')), controller.signal).catch(() => {});
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});

test('what the abandoned promise does later is nobody’s rejection', async () => {
  using unhandled = recordUnhandledErrors();
  const { promise, reject } = Promise.withResolvers<never>();
  await raceAbort(promise, AbortSignal.abort(new Error('gone'))).catch(() => {});
  reject(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(unhandled.errors).toEqual([]);
});

test('a listener is called once with the reason, at once when it has happened already', () => {
  const listener = vi.fn();
  const controller = new AbortController();
  onAbort(controller.signal, listener);
  controller.abort('now');
  controller.abort('again');
  onAbort(AbortSignal.abort('before'), listener);
  onAbort(undefined, listener);
  expect(listener.mock.calls).toEqual([['now'], ['before']]);
});

test('a disposed listener hears nothing', () => {
  const listener = vi.fn();
  const controller = new AbortController();
  onAbort(controller.signal, listener)[Symbol.dispose]();
  controller.abort();
  expect(listener).not.toHaveBeenCalled();
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
});
