import { raceAbort } from '../../base/abort.ts';
import { isWithin, type RemotePath } from '../../base/paths.ts';

interface Turn {
  readonly paths: readonly RemotePath[];
  readonly done: Promise<void>;
}

/**
 * Changes to one path, or to a folder and what is in it, happen one after the other in the order in
 * which they were asked for; all others go on side by side.
 */
export class PathLocks {
  readonly #turns = new Set<Turn>();

  async take<T>(
    paths: readonly RemotePath[],
    signal: AbortSignal,
    act: () => Promise<T>,
  ): Promise<T> {
    const earlier = [...this.#turns].filter((turn) => touch(turn.paths, paths));
    const before = Promise.all(earlier.map(({ done }) => done));
    const { promise, resolve } = Promise.withResolvers<void>();
    const turn: Turn = { paths, done: promise };
    this.#turns.add(turn);
    try {
      await raceAbort(before, signal);
      return await act();
    } finally {
      this.#turns.delete(turn);
      resolve();
    }
  }
}

function touch(some: readonly RemotePath[], others: readonly RemotePath[]): boolean {
  return some.some((a) => others.some((b) => isWithin(a, b) || isWithin(b, a)));
}
