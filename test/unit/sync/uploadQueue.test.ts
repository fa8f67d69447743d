import { describe, expect, test } from 'vitest';
import { type Upload, UploadQueue } from '../../../src/sync/uploadQueue.ts';

interface Numbered extends Upload {
  readonly version: number;
}

/** A queue whose uploads begin and end when the test says so. */
function heldQueue(): {
  queue: UploadQueue<Numbered>;
  started: string[];
  finish: (key: string, error?: Error) => Promise<void>;
} {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const queue = new UploadQueue<Numbered>(({ key, version }, signal) => {
    started.push(`${key}${version}`);
    const end = Promise.withResolvers<void>();
    ends.set(key, end);
    signal.addEventListener('abort', () => end.reject(signal.reason as Error));
    return end.promise;
  });
  return {
    queue,
    started,
    finish: async (key, error) => {
      const end = ends.get(key);
      if (error) end?.reject(error);
      else end?.resolve();
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    },
  };
}

const save = (key: string, version = 1): Numbered => ({ key, version });

describe('the upload queue', () => {
  test('uploads in the order of the saves, a few at a time', async () => {
    const { queue, started, finish } = heldQueue();
    for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(save(key));
    expect(started).toEqual(['a1', 'b1', 'c1']);
    await finish('b');
    expect(started).toEqual(['a1', 'b1', 'c1', 'd1']);
  });

  test('never has two uploads of one file under way', async () => {
    const { queue, started, finish } = heldQueue();
    queue.add(save('a', 1));
    queue.add(save('a', 2));
    expect(started).toEqual(['a1']);
    await finish('a');
    expect(started).toEqual(['a1', 'a2']);
  });

  test('uploads once what was saved several times before it went up', async () => {
    const { queue, started, finish } = heldQueue();
    for (const version of [1, 2, 3, 4]) queue.add(save('a', version));
    await finish('a');
    await finish('a');
    expect(started).toEqual(['a1', 'a4']);
    expect(queue.state).toEqual({ waiting: 0, running: 0, failed: 0 });
  });

  test('keeps what failed, and the reason', async () => {
    const { queue, finish } = heldQueue();
    queue.add(save('a'));
    await finish('a', new Error('no room'));
    expect(queue.failures).toEqual([{ upload: save('a'), error: new Error('no room') }]);
    expect(queue.state.failed).toBe(1);
  });

  test('retries what failed in the old order, before what was saved later', async () => {
    const { queue, started, finish } = heldQueue();
    for (const key of ['a', 'b', 'c']) queue.add(save(key));
    await finish('a', new Error('lost'));
    await finish('b', new Error('lost'));
    for (const key of ['x', 'y', 'z']) queue.add(save(key));
    expect(started).toEqual(['a1', 'b1', 'c1', 'x1', 'y1']);
    queue.retry();
    expect(queue.state).toEqual({ waiting: 3, running: 3, failed: 0 });
    await finish('c');
    await finish('x');
    expect(started.slice(5)).toEqual(['a1', 'b1']);
  });

  test('retries only what is meant', async () => {
    const { queue, started, finish } = heldQueue();
    queue.add(save('a'));
    queue.add(save('b'));
    await finish('a', new Error('lost'));
    await finish('b', new Error('lost'));
    queue.retry(({ key }) => key === 'b');
    expect(started).toEqual(['a1', 'b1', 'b1']);
    expect(queue.failures.map(({ upload }) => upload.key)).toEqual(['a']);
  });

  test('forgets a failure when the file is saved again', async () => {
    const { queue, started, finish } = heldQueue();
    queue.add(save('a', 1));
    await finish('a', new Error('lost'));
    queue.add(save('a', 2));
    expect(queue.failures).toEqual([]);
    expect(started).toEqual(['a1', 'a2']);
  });

  test('says nothing of a failure when newer bytes are about to be tried', async () => {
    const { queue, finish } = heldQueue();
    queue.add(save('a', 1));
    queue.add(save('a', 2));
    await finish('a', new Error('lost'));
    expect(queue.failures).toEqual([]);
    await finish('a', new Error('lost again'));
    expect(queue.failures.map(({ upload }) => upload.version)).toEqual([2]);
  });

  test('gives up what is discarded', async () => {
    const { queue, finish } = heldQueue();
    queue.add(save('a'));
    await finish('a', new Error('conflict'));
    queue.discard('a');
    expect(queue.state).toEqual({ waiting: 0, running: 0, failed: 0 });
  });

  test('gives up what waits, not what is on its way, and says so', async () => {
    const { queue, started, finish } = heldQueue();
    const discarded: string[] = [];
    queue.onDidDiscard(({ key, version }) => discarded.push(`${key}${version}`));
    queue.add(save('a', 1));
    queue.discard('a');
    queue.add(save('a', 2));
    expect(queue.queued).toEqual([save('a', 2)]);
    queue.discard('a');
    await finish('a');
    expect(started).toEqual(['a1']);
    expect(discarded).toEqual(['a2']);
  });

  test('takes up what failed at another time, but for what it has newer word of', async () => {
    const { queue, started, finish } = heldQueue();
    queue.add(save('a', 2));
    queue.add(save('b', 2));
    await finish('b', new Error('lost'));
    const old = ['a', 'b', 'c'].map((key) => ({ upload: save(key), error: new Error('old') }));
    queue.restore(old);
    expect(queue.failures.map(({ upload }) => `${upload.key}${upload.version}`)).toEqual([
      'b2',
      'c1',
    ]);
    queue.retry(({ key }) => key === 'c');
    expect(started).toEqual(['a2', 'b2', 'c1']);
  });

  test('tells of every change', async () => {
    const { queue, finish } = heldQueue();
    const states: string[] = [];
    queue.onDidChange(({ waiting, running, failed }) =>
      states.push(`${waiting}/${running}/${failed}`),
    );
    queue.add(save('a'));
    await finish('a', new Error('lost'));
    expect(states).toEqual(['0/1/0', '0/0/1']);
  });

  test('ends what runs and starts nothing more when it is disposed', async () => {
    const { queue, started, finish } = heldQueue();
    for (const key of ['a', 'b', 'c', 'd']) queue.add(save(key));
    queue[Symbol.dispose]();
    await finish('a');
    expect(started).toEqual(['a1', 'b1', 'c1']);
    expect(queue.state.waiting).toBe(0);
  });
});
