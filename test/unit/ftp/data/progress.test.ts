import { expect, test } from 'vitest';
import { TimeoutError } from '../../../../src/base/clock.ts';
import type { TransferExchange } from '../../../../src/ftp/control/exchange.ts';
import { Progress } from '../../../../src/ftp/data/dataConnection.ts';
import { defaultOptions } from '../../../../src/ftp/options.ts';
import { FakeClock } from '../../session/fakeClock.ts';

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function watched() {
  const clock = new FakeClock();
  const final = Promise.withResolvers<unknown>();
  final.promise.catch(() => {});
  const exchange = { final: () => final.promise } as unknown as TransferExchange;
  const caller = new AbortController();
  const timeouts = { ...defaultOptions.timeouts, stall: 30_000 };
  const progress = new Progress(exchange, clock, timeouts, caller.signal);
  return { clock, final, caller, progress };
}

const never = new Promise<never>(() => {});

test('one deadline serves all pieces, and none runs while the caller has its turn', async () => {
  const { clock, progress } = watched();
  for (let piece = 0; piece < 1_000; piece++) {
    const waiting = progress.wait(settled());
    expect(clock.timers).toBe(1);
    await waiting;
    expect(clock.timers).toBe(0);
    clock.advance(60_000);
  }
  progress[Symbol.dispose]();
  expect(clock.timers).toBe(0);
});

test('bytes that do not move for too long end the transfer', async () => {
  const { clock, progress } = watched();
  await progress.wait(settled());
  const waiting = progress.wait(never);
  clock.advance(29_999);
  await settled();
  expect(clock.timers).toBe(1);
  clock.advance(1);
  await expect(waiting).rejects.toBeInstanceOf(TimeoutError);
});

test('what ends the transfer ends every wait, with its reason', async () => {
  const { final, caller, progress } = watched();
  const waiting = progress.wait(never);
  final.reject(new Error('426 broken off'));
  await expect(waiting).rejects.toThrow('426 broken off');
  caller.abort(new Error('called off'));
  await expect(progress.waitForCaller(never)).rejects.toThrow('426 broken off');
});

test('a cancel ends a wait for the caller too', async () => {
  const { caller, progress } = watched();
  const waiting = progress.waitForCaller(never);
  caller.abort(new Error('called off'));
  await expect(waiting).rejects.toThrow('called off');
});

test('silence counts from the final reply on, and once only', async () => {
  const { clock, final, progress } = watched();
  const waiting = progress.waitOrQuiet(never);
  clock.advance(20_000);
  final.resolve(undefined);
  await settled();
  clock.advance(999);
  await settled();
  expect(clock.timers).toBe(1);
  clock.advance(1);
  expect(await waiting).toBe('quiet');
  progress.bePatient();
  const patient = progress.waitOrQuiet(never);
  clock.advance(29_999);
  await settled();
  expect(clock.timers).toBe(1);
  clock.advance(1);
  await expect(patient).rejects.toBeInstanceOf(TimeoutError);
});

test('every late piece gives silence its full time again', async () => {
  const { clock, final, progress } = watched();
  final.resolve(undefined);
  await settled();
  for (let piece = 0; piece < 3; piece++) {
    const late = Promise.withResolvers<'piece'>();
    const waiting = progress.waitOrQuiet(late.promise);
    clock.advance(900);
    late.resolve('piece');
    expect(await waiting).toBe('piece');
    clock.advance(5_000);
  }
  const waiting = progress.waitOrQuiet(never);
  clock.advance(1_000);
  expect(await waiting).toBe('quiet');
});
