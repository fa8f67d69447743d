import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { interruption } from '../../../src/cli/terminal.ts';

test('the first signal cancels, its echo does nothing, and one later ends at once', () => {
  let now = 0;
  const clock: Clock = { ...systemClock, now: () => now };
  const exits: number[] = [];
  const emitter = new EventEmitter();
  const process = Object.assign(emitter, { exit: (code: number) => void exits.push(code) });
  const signal = interruption(process as unknown as NodeJS.Process, clock);
  expect(signal.aborted).toBe(false);
  emitter.emit('SIGINT');
  expect(signal.aborted).toBe(true);
  now = 500;
  emitter.emit('SIGTERM');
  expect(exits).toEqual([]);
  now = 5_000;
  emitter.emit('SIGINT');
  expect(exits).toEqual([1]);
});
