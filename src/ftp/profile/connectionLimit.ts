// What was refused once may be allowed later: other clients leave, a stale login ends.
const holdMs = 5 * 60_000;

// A limit of an earlier run is doubted sooner: a short session would never doubt it otherwise.
const rememberedHoldMs = 30_000;

// No site needs more; a store may hold anything.
const mostConnections = 100;

/** How many connections a server is believed to allow: never less than one. */
export class ConnectionLimit {
  /** False as long as the server has refused none. */
  isKnown: boolean;
  #limit = Number.POSITIVE_INFINITY;
  #until = 0;
  #refusedBeyond: number | undefined;
  #isUntimed: boolean;
  #mostAllowed: number;

  constructor(remembered?: number) {
    this.#refusedBeyond = remembered;
    this.#limit = remembered ?? Number.POSITIVE_INFINITY;
    this.isKnown = this.#isUntimed = remembered !== undefined;
    this.#mostAllowed = remembered ?? 1;
  }

  /**
   * So many may be tried at a time: as many as there were before, or twice as many as were let in. More
   * at once would all be refused by a server that lets in few, which some take for an attack.
   */
  get mayBeTried(): number {
    return 2 ** (Math.floor(Math.log2(this.#mostAllowed)) + 1);
  }

  /** Of those that are wanted. After a while it is doubted, by one connection at a time. */
  of(wanted: number, now: number): number {
    if (this.#isUntimed) this.#hold(now, rememberedHoldMs);
    if (this.#limit < wanted && now >= this.#until) {
      this.#limit += 1;
      this.#hold(now);
    }
    return Math.max(1, Math.min(wanted, this.#limit));
  }

  /** That many were allowed, and no further one. */
  refusedBeyond(connections: number, now: number): void {
    this.#limit = Math.max(1, connections);
    this.isKnown = true;
    this.#refusedBeyond = this.#limit;
    this.#hold(now);
  }

  /** There are that many at a time. */
  allowed(connections: number): void {
    this.#mostAllowed = Math.max(this.#mostAllowed, connections);
    if (connections > (this.#refusedBeyond ?? Infinity)) this.#refusedBeyond = undefined;
  }

  /** What is worth keeping: what was refused, as long as no more were allowed since. */
  remember(): number | undefined {
    return this.#refusedBeyond;
  }

  #hold(now: number, ms = holdMs): void {
    this.#until = now + ms;
    this.#isUntimed = false;
  }
}

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parseConnectionLimit(value: unknown): number | undefined {
  const isCount = typeof value === 'number' && Number.isInteger(value);
  return isCount && value >= 1 && value <= mostConnections ? value : undefined;
}
