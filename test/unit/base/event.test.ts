import { afterEach, expect, test, vi } from 'vitest';
import { Emitter } from '../../../src/base/event.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('each listener hears each value until it is disposed', () => {
  const emitter = new Emitter<number>();
  const [first, second] = [vi.fn(), vi.fn()];
  const listening = emitter.event(first);
  emitter.event(second);
  emitter.fire(1);
  listening[Symbol.dispose]();
  listening[Symbol.dispose]();
  emitter.fire(2);
  expect(first.mock.calls).toEqual([[1]]);
  expect(second.mock.calls).toEqual([[1], [2]]);
});

test('one function that listens twice hears twice, and each may stop by itself', () => {
  const emitter = new Emitter<number>();
  const listener = vi.fn();
  const [once] = [emitter.event(listener), emitter.event(listener)];
  emitter.fire(1);
  once[Symbol.dispose]();
  emitter.fire(2);
  expect(listener.mock.calls).toEqual([[1], [1], [2]]);
});

test('a listener that throws does not keep the others from hearing, and is not silenced', () => {
  const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
  const emitter = new Emitter<number>();
  const other = vi.fn();
  emitter.event(() => {
    throw new Error('mine');
  });
  emitter.event(other);
  emitter.fire(1);
  expect(other).toHaveBeenCalledWith(1);
  expect(later.mock.calls[0]?.[0]).toThrow('mine');
});

test('who stops listening while a value is told does not hear it any more', () => {
  const emitter = new Emitter<number>();
  const second = vi.fn();
  const others: Disposable[] = [];
  emitter.event(() => others.forEach((other) => other[Symbol.dispose]()));
  others.push(emitter.event(second));
  emitter.fire(1);
  expect(second).not.toHaveBeenCalled();
});

test('who begins to listen while a value is told hears the next one', () => {
  const emitter = new Emitter<number>();
  const late = vi.fn();
  const first = emitter.event(() => void emitter.event(late));
  emitter.fire(1);
  first[Symbol.dispose]();
  emitter.fire(2);
  expect(late.mock.calls).toEqual([[2]]);
});

test('a disposed emitter tells nobody', () => {
  const emitter = new Emitter<number>();
  const listener = vi.fn();
  emitter.event(listener);
  emitter[Symbol.dispose]();
  emitter.fire(1);
  expect(listener).not.toHaveBeenCalled();
});
