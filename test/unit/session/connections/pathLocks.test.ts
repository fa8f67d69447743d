import { describe, expect, it } from 'vitest';
import { PathLocks } from '../../../../src/session/connections/pathLocks.ts';
import { calm, path, settle } from '../fakeSession.ts';

describe('path locks', () => {
  const { signal } = calm();

  it('are taken in the order of the calls by those who touch the same paths', async () => {
    const locks = new PathLocks();
    const done: string[] = [];
    const gate = Promise.withResolvers<void>();
    const all = [
      locks.take([path('/a')], signal, async () => {
        await gate.promise;
        done.push('a');
      }),
      locks.take([path('/a/b'), path('/c')], signal, async () => void done.push('a/b')),
      locks.take([path('/c')], signal, async () => void done.push('c')),
      locks.take([path('/ab')], signal, async () => void done.push('ab')),
    ];
    await settle();
    expect(done).toEqual(['ab']);
    gate.resolve();
    await Promise.all(all);
    expect(done).toEqual(['ab', 'a', 'a/b', 'c']);
  });

  it('go on after one that failed', async () => {
    const locks = new PathLocks();
    const fails = locks.take([path('/a')], signal, async () => {
      throw new Error('failed');
    });
    const follows = locks.take([path('/a')], signal, async () => 'done');
    await expect(fails).rejects.toThrow('failed');
    expect(await follows).toBe('done');
  });

  it('do not let the next one pass when one that waits gives up', async () => {
    const locks = new PathLocks();
    const gate = Promise.withResolvers<void>();
    const controller = new AbortController();
    const first = locks.take([path('/a')], signal, () => gate.promise);
    const second = locks.take([path('/a')], controller.signal, async () => {});
    let passed = false;
    const third = locks.take([path('/a')], signal, async () => {
      passed = true;
    });
    controller.abort(new Error('no more'));
    await expect(second).rejects.toThrow('no more');
    await settle();
    expect(passed).toBe(false);
    gate.resolve();
    await Promise.all([first, third]);
    expect(passed).toBe(true);
  });
});
