import { fieldsOf, isPast, known } from './remembered.ts';

// What was answered in order at one depth is tried at the next.
const depths = [2, 8, 64, 256] as const;
const firstDepth = depths[0];
const deepest = 256;

// A server that was out of step may have been in trouble for another reason. It is asked in lockstep
// for a minute, and ten times as long each time that it happens again.
const firstLockstepMs = 60_000;
const longestLockstepMs = 24 * 60 * 60_000;

/** What is kept of it between two starts. */
export interface RememberedPipelining {
  readonly depth?: number;
  /** It was out of step, and is asked in lockstep until then: milliseconds since the Unix epoch. */
  readonly lockstepUntil?: number;
}

/**
 * How many commands may await their replies at a time. RFC 959, 5.2, has a user wait for each reply;
 * 4.2 has servers queue what comes. So it is learnt: two at first, and more as far as all replies came
 * and stood in the right order.
 */
export class Pipelining {
  readonly #isFixed: boolean;
  #keepsOrder: boolean;
  #depth: number;
  #answered = 0;
  #lockstepMs = 0;
  #lockstepUntil = 0;
  #bytesWaitUntil = 0;
  #portWaitUntil = 0;

  /** `fixed`: nothing is learnt. */
  constructor(fixed?: number) {
    this.#isFixed = this.#keepsOrder = fixed !== undefined;
    this.#depth = fixed ?? firstDepth;
  }

  /** 1 is lockstep. */
  depth(now: number): number {
    if (this.#isFixed) return this.#depth;
    return this.#keepsOrder && this.takesBatches(now) ? this.#depth : 1;
  }

  /** Several commands may go in one write: the replies to these come in order everywhere. */
  takesBatches(now: number): boolean {
    return this.#isFixed ? this.#depth > 1 : now >= this.#lockstepUntil;
  }

  /**
   * Whether replies come in the order of the commands. ftp-srv 4.6 runs what comes in several pieces side
   * by side, and answers first what is done first. It offers no MLST, and answers SIZE of a folder.
   */
  keepsOrder(keeps: boolean): void {
    this.#keepsOrder = this.#isFixed || keeps;
  }

  /** True before any command that was sent ahead has been answered. */
  get isUntried(): boolean {
    return !this.#isFixed && this.#depth === firstDepth && this.#answered === 0;
  }

  /** The final reply came to a command that was sent behind so many unanswered ones. */
  answered(behind: number): void {
    if (this.#isFixed || behind === 0 || 2 * (behind + 1) < this.#depth) return;
    this.#answered += 1;
    if (this.#answered < this.#depth) return;
    this.#answered = 0;
    this.#depth = depths.find((depth) => depth > this.#depth) ?? deepest;
  }

  /** The connection was lost, or out of step, with several commands unanswered. */
  broke(now: number): void {
    if (this.#isFixed) return;
    this.#depth = firstDepth;
    this.#answered = 0;
    this.#lockstepMs = Math.min(10 * this.#lockstepMs || firstLockstepMs, longestLockstepMs);
    this.#lockstepUntil = now + this.#lockstepMs;
  }

  /** False for a while after a file was refused whose bytes had been sent: they came into another one. */
  takesBytesAhead(now: number): boolean {
    return now >= this.#bytesWaitUntil;
  }

  /** A file was refused though its bytes were on their way. */
  refusedBytesAhead(now: number): void {
    this.#bytesWaitUntil = now + firstLockstepMs;
  }

  /** The next data port may be asked for when a file has come, before the reply that confirms it. */
  takesNextPort(now: number): boolean {
    return this.depth(now) > 1 && now >= this.#portWaitUntil;
  }

  /** Something went wrong where that was done. */
  refusedNextPort(now: number): void {
    this.#portWaitUntil = now + longestLockstepMs;
  }

  /** What is worth keeping. */
  remember(now: number): RememberedPipelining | undefined {
    if (now < this.#lockstepUntil) return { lockstepUntil: this.#lockstepUntil };
    return this.#depth > firstDepth ? { depth: this.#depth } : undefined;
  }

  /** Takes up what was kept. */
  recall({ depth = firstDepth, lockstepUntil = 0 }: RememberedPipelining): void {
    if (this.#isFixed || this.#lockstepUntil > 0) return;
    this.#depth = Math.max(this.#depth, depth);
    this.#lockstepUntil = lockstepUntil;
  }
}

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parsePipelining(value: unknown, now: number): RememberedPipelining | undefined {
  const { depth, lockstepUntil } = fieldsOf<RememberedPipelining>(value);
  const isHeld = isPast(lockstepUntil, now + longestLockstepMs, 2 * longestLockstepMs);
  return known<RememberedPipelining>({
    depth: depths.find((known) => known === depth),
    lockstepUntil: isHeld ? lockstepUntil : undefined,
  });
}
