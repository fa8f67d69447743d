import type { Clock } from '../base/clock.ts';

// What was refused once may be allowed later: other clients leave, a stale login ends.
const holdMs = 5 * 60_000;

/** How many connections a server is believed to allow: never more than we want, never less than one. */
export class LearntLimit {
  readonly #most: number;
  readonly #clock: Clock;
  #limit: number;
  #until = 0;

  constructor(most: number, clock: Clock) {
    this.#most = Math.max(1, most);
    this.#clock = clock;
    this.#limit = this.#most;
  }

  /** After a while it is doubted, by one connection at a time. */
  get value(): number {
    if (this.#limit < this.#most && this.#clock.now() >= this.#until) this.learn(this.#limit + 1);
    return this.#limit;
  }

  /** That many were allowed, and no further one. */
  learn(connections: number): void {
    this.#limit = Math.max(1, connections);
    this.#until = this.#clock.now() + holdMs;
  }
}
