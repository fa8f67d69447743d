import { onAbort } from '../../base/abort.ts';
import type { Lane } from '../remoteFileSystem.ts';

/** `finishing` goes before all: what a change that has begun needs where its connection was lost. */
export type PoolLane = 'finishing' | Lane;

const lanes: readonly PoolLane[] = ['finishing', 'interactive', 'transfer', 'background'];

/** An operation that waits. */
export interface Waiter<T> {
  readonly lane: PoolLane;
  /** False when it does not wait any more: the value is still the giver's. */
  resolve(value: T): boolean;
}

interface Place<T> extends Waiter<T> {
  readonly settled: boolean;
  reject(error: unknown): void;
}

/** Operations that wait for something, served by lane and within a lane in the order they came. */
export class WaitingLine<T> {
  readonly #lanes: Record<PoolLane, Place<T>[]> = {
    finishing: [],
    interactive: [],
    transfer: [],
    background: [],
  };
  // Served, but perhaps put back: one that was cancelled meanwhile is not.
  readonly #served = new WeakMap<Waiter<T>, Place<T>>();

  /** How many wait. */
  get size(): number {
    return lanes.reduce((sum, lane) => sum + this.#lanes[lane].length, 0);
  }

  /** How many could use something now if no more than `bulk` go to transfers and the background. */
  wanting(bulk: number): number {
    const { finishing, interactive, transfer, background } = this.#lanes;
    const others = transfer.length + background.length;
    return finishing.length + interactive.length + Math.max(0, Math.min(bulk, others));
  }

  /** Settles when its turn has come, or with the signal's reason; then it has left the line. */
  join(lane: PoolLane, signal: AbortSignal): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let settled = false;
    const settle = (): boolean => {
      const first = !settled;
      settled = true;
      listening?.[Symbol.dispose]();
      return first;
    };
    const place: Place<T> = {
      lane,
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
    this.#lanes[lane].push(place);
    let listening: Disposable | undefined;
    listening = onAbort(signal, (reason) => {
      this.#leave(place);
      place.reject(reason);
    });
    return promise;
  }

  /** Takes out the one whose turn it is; a transfer only where `bulk` says that more may go to them. */
  next(bulk: () => number): Waiter<T> | undefined {
    const lane = lanes.find(
      (lane) => this.#lanes[lane].length > 0 && (!isBulk(lane) || bulk() > 0),
    );
    const place = lane && this.#lanes[lane].shift();
    if (place) this.#served.set(place, place);
    return place;
  }

  /** Puts one that got nothing after all back to the front of the line. */
  rejoin(waiter: Waiter<T>): void {
    const place = this.#served.get(waiter);
    if (place && !place.settled) this.#lanes[place.lane].unshift(place);
  }

  rejectAll(error: unknown): void {
    for (const lane of lanes) {
      for (const place of this.#lanes[lane].splice(0)) place.reject(error);
    }
  }

  #leave(place: Place<T>): void {
    const line = this.#lanes[place.lane];
    const at = line.indexOf(place);
    if (at >= 0) line.splice(at, 1);
  }
}

/** True for the lanes that may have to wait for the sake of the others. */
export function isBulk(lane: PoolLane | undefined): boolean {
  return lane === 'transfer' || lane === 'background';
}
