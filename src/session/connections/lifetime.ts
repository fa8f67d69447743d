import { raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';

// How long closing waits for replacements that have begun.
const lastChangesMs = 10_000;

/** The end of a session, in two steps: what can break off ends first, what has begun may finish. */
export class Lifetime {
  /** Aborts when the session is asked to close: for all that can break off, as after a cancel. */
  readonly closing: AbortSignal;
  /** Aborts when the last replacements are done: for what goes on after the caller's cancel. */
  readonly ended: AbortSignal;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #closingController = new AbortController();
  readonly #endedController = new AbortController();
  readonly #uninterrupted = new Set<Promise<unknown>>();

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#clock = clock;
    this.#logger = logger;
    this.closing = this.#closingController.signal;
    this.ended = this.#endedController.signal;
  }

  /** Does what must not break off, for then no whole file would have the name. Closing waits for it. */
  async uninterrupted<T>(act: () => Promise<T>): Promise<T> {
    const done = act();
    this.#uninterrupted.add(done);
    try {
      return await done;
    } finally {
      this.#uninterrupted.delete(done);
    }
  }

  /** Aborts both signals, the second one when the last replacements are done or take too long. */
  async end(reason: Error): Promise<void> {
    this.#closingController.abort(reason);
    using deadline = this.#clock.deadline(lastChangesMs, 'the last replacements');
    try {
      await raceAbort(Promise.allSettled(this.#uninterrupted), deadline.signal);
    } catch (error) {
      this.#logger.warn(`Closing breaks off a replacement: ${String(error)}`);
    }
    this.#endedController.abort(reason);
  }
}
