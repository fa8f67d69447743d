import { type Clock, type Deadline, TimeoutError } from '../../../src/base/clock.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that passes when the test says so; short pauses pass by themselves. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;

  constructor(now: number = Date.UTC(2026, 10, 22, 12)) {
    this.#now = now;
  }

  /** Timers that would still fire. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const timer of [...this.#timers].toSorted((a, b) => a.at - b.at)) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.run();
    }
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (ms <= 1_000) {
      this.advance(ms);
      return;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = { at: this.#now + ms, run: resolve };
    const onAbort = (): void => {
      this.#timers.delete(timer);
      reject(signal?.reason as Error);
    };
    this.#timers.add(timer);
    signal?.addEventListener('abort', onAbort, { once: true });
    await promise.finally(() => signal?.removeEventListener('abort', onAbort));
  }

  deadline(ms: number, waitingFor: string, signal?: AbortSignal): Deadline {
    const controller = new AbortController();
    const run = (): void => controller.abort(new TimeoutError(waitingFor, ms));
    let timer: Timer = { at: this.#now + ms, run };
    let isPaused = false;
    const onAbort = (): void => {
      this.#timers.delete(timer);
      controller.abort(signal?.reason);
    };
    if (signal?.aborted) onAbort();
    else {
      this.#timers.add(timer);
      signal?.addEventListener('abort', onAbort, { once: true });
    }
    return {
      signal: controller.signal,
      restart: () => {
        if (!this.#timers.delete(timer) && !isPaused) return;
        isPaused = false;
        timer = { at: this.#now + ms, run };
        this.#timers.add(timer);
      },
      pause: () => {
        isPaused = this.#timers.delete(timer) || isPaused;
      },
      [Symbol.dispose]: () => {
        isPaused = false;
        this.#timers.delete(timer);
        signal?.removeEventListener('abort', onAbort);
      },
    };
  }
}
