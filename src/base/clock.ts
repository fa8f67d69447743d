/** Something did not happen in time. The layers above translate it into their own words. */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError';
  readonly waitingFor: string;

  constructor(waitingFor: string, ms: number) {
    super(`Nothing came within ${ms} ms while waiting for ${waitingFor}`);
    this.waitingFor = waitingFor;
  }
}

/** A signal that aborts by itself, with a `TimeoutError`, unless it is disposed in time. */
export interface Deadline extends Disposable {
  /** Aborts when the time is over, or with the caller's signal and its reason. */
  readonly signal: AbortSignal;
  /** Gives the full time again, also after a pause: for waits that are kept alive by progress. */
  restart(): void;
  /** The time stands still until it is restarted: nothing is waited for. */
  pause(): void;
}

/** The only source of time. `ms` are milliseconds everywhere; `now` counts from the Unix epoch. */
export interface Clock {
  now(): number;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  deadline(ms: number, waitingFor: string, signal?: AbortSignal): Deadline;
}

/** The clock of the machine. A process that only waits for one of its timers stays alive. */
export const systemClock: Clock = {
  now: () => Date.now(),

  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),

  deadline: (ms, waitingFor, signal) => {
    const controller = new AbortController();
    let isPaused = false;
    // A pause leaves the timer alone: long files have many, and most end before it fires.
    const expire = (): void => {
      if (!isPaused) controller.abort(new TimeoutError(waitingFor, ms));
    };
    const timer = setTimeout(expire, ms);
    const onAbort = (): void => {
      clearTimeout(timer);
      controller.abort(signal?.reason);
    };
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    return {
      signal: controller.signal,
      restart: () => {
        isPaused = false;
        if (!controller.signal.aborted) timer.refresh();
      },
      pause: () => {
        isPaused = true;
      },
      [Symbol.dispose]: () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      },
    };
  },
};

/** Lets all other work that is due go first; long work calls it now and then. */
export function yieldToOthers(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
