import { raceAbort } from '../../base/abort.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';

// How long a session that is closed waits for the replacements that go on.
const lastChangesMs = 10_000;

/** How long a session goes on: until its last replacements are done, once it is to close. */
export class Lifetime {
  /** Aborts as soon as the session is to close: for all that may break off, as after a cancel. */
  readonly closing: AbortSignal;
  /** Aborts when the last replacements are done as well: for what outlives the caller's cancel. */
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

  /** Does what would leave no whole file under its name if it broke off: closing waits for it. */
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
