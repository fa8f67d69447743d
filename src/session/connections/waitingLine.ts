import { onAbort } from '../../base/abort.ts';
import type { ConnectionUse } from '../../ftp/ftpConnection.ts';
import type { Lane } from '../remoteFileSystem.ts';

/** `finishing` goes before all: what a change that has begun needs where its connection was lost. */
export type PoolLane = 'finishing' | Lane;

const lanes: readonly PoolLane[] = ['finishing', 'interactive', 'transfer', 'background'];

/** What an operation wants a place for. */
export interface PlaceRequest {
  readonly lane: PoolLane;
  readonly use: ConnectionUse;
}

/** An operation that waits. */
export interface Waiter<T> extends PlaceRequest {
  /** False when it does not wait any more: the value is still the giver's. */
  resolve(value: T): boolean;
}

interface Entry<T> extends Waiter<T> {
  readonly settled: boolean;
  reject(error: unknown): void;
}

/** Operations that wait for something, served by lane and within a lane in the order they came. */
export class WaitingLine<T> {
  readonly #lanes: Record<PoolLane, Entry<T>[]> = {
    finishing: [],
    interactive: [],
    transfer: [],
    background: [],
  };
  // Served, but perhaps put back: one that was cancelled meanwhile is not.
  readonly #served = new WeakMap<Waiter<T>, Entry<T>>();

  /** How many wait. */
  get size(): number {
    return lanes.reduce((sum, lane) => sum + this.#lanes[lane].length, 0);
  }

  /** All that wait, in the order of their turns; whoever is served meanwhile may be taken out. */
  *[Symbol.iterator](): Generator<Waiter<T>> {
    for (const lane of lanes) yield* this.#lanes[lane].slice();
  }

  /** Settles when its turn has come, or with the signal's reason; then it has left the line. */
  join({ lane, use }: PlaceRequest, signal: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let settled = false;
    const settle = (): boolean => {
      const first = !settled;
      settled = true;
      listening?.[Symbol.dispose]();
      return first;
    };
    const entry: Entry<T> = {
      lane,
      use,
      get settled() {
        return settled;
      },
      resolve: (value) => {
        const first = settle();
        if (first) resolve(value);
        return first;
      },
      reject: (error) => {
        if (settle()) reject(error);
      },
    };
    this.#lanes[lane].push(entry);
    let listening: Disposable | undefined;
    listening = onAbort(signal, (reason) => {
      this.#leave(entry);
      entry.reject(reason);
    });
    return promise;
  }

  /** Takes one out that is served, perhaps before its turn. */
  take(waiter: Waiter<T>): void {
    const entry = this.#lanes[waiter.lane].find((each) => each === waiter);
    if (!entry) return;
    this.#leave(entry);
    this.#served.set(entry, entry);
  }

  /** Puts one that got nothing after all back to the front of the line. */
  rejoin(waiter: Waiter<T>): void {
    const entry = this.#served.get(waiter);
    if (entry && !entry.settled) this.#lanes[entry.lane].unshift(entry);
  }

  rejectAll(error: unknown): void {
    for (const lane of lanes) {
      for (const entry of this.#lanes[lane].splice(0)) entry.reject(error);
    }
  }

  #leave(entry: Entry<T>): void {
    const line = this.#lanes[entry.lane];
    const at = line.indexOf(entry);
    if (at >= 0) line.splice(at, 1);
  }
}

/** True for the lanes that may have to wait for the sake of the others. */
export function isBulk(lane: PoolLane | undefined): boolean {
  return lane === 'transfer' || lane === 'background';
}
