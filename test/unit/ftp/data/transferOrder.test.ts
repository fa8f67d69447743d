import { expect, test } from 'vitest';
import type { ControlConnection } from '../../../../src/ftp/control/controlConnection.ts';
import { TransferOrder, type Turn } from '../../../../src/ftp/data/transferOrder.ts';

/** A control connection on which no reply ever comes. */
const silent = {
  exchange: () => new Promise(() => {}),
} as unknown as ControlConnection;

function say(turn: Turn): void {
  turn.say(silent, { verb: 'RETR' }, { barrier: false });
}

/** Writes down whose turn it is, as it comes. */
function watch(turns: Readonly<Record<string, Turn>>): string[] {
  const come: string[] = [];
  for (const [name, { mine }] of Object.entries(turns)) void mine.then(() => come.push(name));
  return come;
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

test('turns come one after the other, in the order in which they were asked for', async () => {
  const order = new TransferOrder();
  const [a, b, c] = [order.enter(), order.enter(), order.enter()];
  const come = watch({ a, b, c });
  await settled();
  expect(come).toEqual(['a']);
  // One that leaves before its turn lets no other pass.
  b.leave();
  await settled();
  expect(come).toEqual(['a']);
  a.leave();
  a.leave();
  await settled();
  expect(come).toEqual(['a', 'b', 'c']);
});

test('a cancelled transfer keeps its place until its bytes are taken back', async () => {
  const order = new TransferOrder();
  const [a, b] = [order.enter(), order.enter()];
  const come = watch({ b });
  const { promise: takenBack, reject } = Promise.withResolvers<void>();
  a.leaveAfter(takenBack);
  a.leave();
  await settled();
  expect(come).toEqual([]);
  reject(new Error('the connection was lost'));
  await settled();
  expect(come).toEqual(['b']);
});

test('a command may go ahead of its turn only behind those whose commands are queued', async () => {
  const order = new TransferOrder();
  const [a, b, c] = [order.enter(), order.enter(), order.enter()];
  const mayGo: string[] = [];
  for (const [name, turn] of Object.entries({ a, b, c })) {
    void turn.mayGoAhead.then(() => mayGo.push(name));
  }
  await settled();
  expect(mayGo).toEqual(['a']);
  say(b);
  await settled();
  expect(mayGo).toEqual(['a']);
  say(a);
  await settled();
  expect(mayGo).toEqual(['a', 'b', 'c']);
});

test('one that leaves without a command lets those behind it go ahead', async () => {
  const order = new TransferOrder();
  const [a, b] = [order.enter(), order.enter()];
  const come = watch({ b });
  let mayGo = false;
  void b.mayGoAhead.then(() => (mayGo = true));
  a.leave();
  await settled();
  expect([come, mayGo]).toEqual([['b'], true]);
});

test('a transfer knows whether others have queued their commands behind it', () => {
  const order = new TransferOrder();
  const [a, b] = [order.enter(), order.enter()];
  say(a);
  expect(a.othersBehind).toBe(false);
  say(b);
  expect(a.othersBehind).toBe(true);
  b.leave();
  expect(a.othersBehind).toBe(false);
});
