import { CancelledError } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { Emitter, type Event } from '../base/event.ts';
import type { FileOptions } from '../session/remoteFileSystem.ts';

/** The span over which the rate is measured, in milliseconds: short enough to follow, long enough to read. */
const rateSpan = 3000;

/** What is running at the moment. */
export interface ActivityState {
  /** Files on their way, in either direction. */
  readonly transfers: number;
  /** Bytes per second, over the last few seconds. */
  readonly rate: number;
}

/**
 * Makes the AbortSignals that VS Code does not give to a file system, and counts the bytes that move.
 * An operation ends early when its site is disconnected or the extension is deactivated.
 */
export class Activity implements Disposable {
  readonly onDidChange: Event<ActivityState>;
  readonly #clock: Clock;
  readonly #changed = new Emitter<ActivityState>();
  readonly #running = new Map<string, Set<AbortController>>();
  #moved: { readonly at: number; readonly bytes: number }[] = [];
  #transfers = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.onDidChange = this.#changed.event;
  }

  get state(): ActivityState {
    const since = this.#clock.now() - rateSpan;
    this.#moved = this.#moved.filter(({ at }) => at > since);
    const bytes = this.#moved.reduce((sum, moved) => sum + moved.bytes, 0);
    return { transfers: this.#transfers, rate: (bytes * 1000) / rateSpan };
  }

  /** Runs the work with a signal of its own, which also aborts with the caller's. */
  async run<T>(
    siteId: string,
    kind: 'transfer' | 'question',
    work: (options: FileOptions) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const controller = new AbortController();
    const running = this.#running.get(siteId) ?? new Set();
    this.#running.set(siteId, running.add(controller));
    if (kind === 'transfer') this.#count(1);
    try {
      const own = controller.signal;
      return await work({
        signal: signal ? AbortSignal.any([own, signal]) : own,
        observer: { moved: (bytes) => this.#move(bytes) },
      });
    } finally {
      running.delete(controller);
      if (kind === 'transfer') this.#count(-1);
    }
  }

  /** Ends everything that runs for a site. */
  cancel(siteId: string): void {
    for (const controller of this.#running.get(siteId) ?? []) {
      controller.abort(new CancelledError('The operation'));
    }
  }

  [Symbol.dispose](): void {
    for (const siteId of this.#running.keys()) this.cancel(siteId);
    this.#changed[Symbol.dispose]();
  }

  #count(more: 1 | -1): void {
    this.#transfers += more;
    this.#changed.fire(this.state);
  }

  #move(bytes: number): void {
    const at = this.#clock.now();
    const last = this.#moved.at(-1);
    // One entry a tenth of a second: a fast transfer reports thousands of times.
    if (last && at - last.at < 100) {
      this.#moved[this.#moved.length - 1] = { at: last.at, bytes: last.bytes + bytes };
      return;
    }
    this.#moved.push({ at, bytes });
    this.#changed.fire(this.state);
  }
}
