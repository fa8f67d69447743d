import { raceAbort } from '../../base/abort.ts';
import { isWithin, type RemotePath } from '../../base/paths.ts';

interface Lock {
  readonly paths: readonly RemotePath[];
  readonly done: Promise<void>;
}

/**
 * Changes to one path, or to a folder and what is in it, happen one after the other, in the order of
 * the calls. All others go on side by side.
 */
export class PathLocks {
  readonly #locks = new Set<Lock>();

  async take<T>(
    paths: readonly RemotePath[],
    signal: AbortSignal,
    act: () => Promise<T>,
  ): Promise<T> {
    const earlier = [...this.#locks].filter((lock) => touch(lock.paths, paths));
    const before = Promise.all(earlier.map(({ done }) => done));
    const { promise, resolve } = Promise.withResolvers<void>();
    const lock: Lock = { paths, done: promise };
    this.#locks.add(lock);
    try {
      await raceAbort(before, signal);
      return await act();
    } finally {
      this.#locks.delete(lock);
      resolve();
    }
  }
}

function touch(some: readonly RemotePath[], others: readonly RemotePath[]): boolean {
  return some.some((a) => others.some((b) => isWithin(a, b) || isWithin(b, a)));
}
