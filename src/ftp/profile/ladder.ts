import { type DataPortName, type Rung, sameRung } from '../rung.ts';

/** Where a walk of the ladder ended, and when it is worth a try upward. Plain data. */
export interface RememberedRung {
  readonly rung: Rung;
  /**
   * Milliseconds since the Unix epoch; past it a fresh control connection tries the rungs above. The
   * name is that of the stored value.
   */
  readonly climbAt: number;
  /** How long the last wait for that was: the next one is longer if it fails again. */
  readonly pause: number;
}

const hour = 60 * 60 * 1000;

/** A try upward may cost a wait and a login, so it comes rarely, and ever more rarely while it fails. */
export const tryAbovePause: { readonly first: number; readonly longest: number } = {
  first: 4 * hour,
  longest: 14 * 24 * hour,
};

// Where no rung works, each walk costs seconds and logins: transfers that come soon after a walk
// fail at once.
const restAfterWalk = { first: 10_000, longest: 10 * 60_000 };

/**
 * What of the ladder works between one network of ours and one server, shared by all connections
 * between them. The best rung known is the one that worked last: walks begin there and go down. The
 * rungs above it are tried last, and now and then by a fresh connection (`rungsAbove`).
 */
export class Ladder {
  readonly #rungs: readonly Rung[];
  #excluded: ReadonlySet<Rung> = new Set();
  readonly #failed = new Set<Rung>();
  #best: Rung | undefined;
  #isProved = false;
  #doubtedAt: number | undefined;
  #tryAboveAt = 0;
  #pause = tryAbovePause.first;
  #nextWalkAt = 0;
  #rest = restAfterWalk.first;
  #lastFailure: string | undefined;
  #silentAbout: string | undefined;
  #triesAboveSoon = false;

  constructor(rungs: readonly Rung[], remembered?: RememberedRung) {
    this.#rungs = rungs;
    this.#best = remembered && this.#own(remembered.rung);
    if (!this.#best || !remembered) return;
    this.#tryAboveAt = remembered.climbAt;
    this.#pause = remembered.pause;
  }

  /** Where a transfer begins now; `undefined` when none is left. */
  get current(): Rung | undefined {
    return this.first(() => true);
  }

  /** True when every rung has failed, or is not to be had here, and none is tried now. */
  get exhausted(): boolean {
    return this.current === undefined;
  }

  /** Why the last rung failed; `undefined` where none was there to be tried. */
  get lastFailure(): string | undefined {
    return this.#lastFailure;
  }

  /** The rung that carried a transfer to its end when it was last used. */
  get proved(): Rung | undefined {
    return this.#isProved && this.#doubtedAt === undefined ? this.#best : undefined;
  }

  /** The first rung, in the order of the walk, that has not failed and will do. */
  first(willDo: (rung: Rung) => boolean): Rung | undefined {
    const start = this.#best ? this.#rungs.indexOf(this.#best) : 0;
    const order = [...this.#rungs.slice(start), ...this.#rungs.slice(0, start)];
    return order.find((rung) => this.#isLeft(rung) && willDo(rung));
  }

  /** The data ports that a whole walk would try. */
  get ports(): readonly DataPortName[] {
    const rungs = this.#rungs.filter((rung) => !this.#excluded.has(rung));
    return [...new Set(rungs.map(({ dataPort }) => dataPort))];
  }

  /** These data ports, and no others, cannot be had as we connect now, whatever the server says. */
  exclude(ports: readonly DataPortName[]): void {
    this.#excluded = new Set(this.#rungs.filter(({ dataPort }) => ports.includes(dataPort)));
  }

  /** A transfer was carried to its end. One below the best that is known changes nothing. */
  prove(rung: Rung, now: number): void {
    const own = this.#own(rung);
    if (!own) return;
    this.#rest = restAfterWalk.first;
    const triesAboveSoon = this.#triesAboveSoon;
    this.#triesAboveSoon = false;
    const best = this.#best;
    const isBetter = !best || this.#failed.has(best) || this.#isAbove(own, best);
    this.#failed.delete(own);
    if (own !== best && !isBetter) return;
    this.#isProved = true;
    this.#doubtedAt = undefined;
    if (own === best) return;
    this.#best = own;
    this.#pause = tryAbovePause.first;
    this.#tryAboveAt = triesAboveSoon ? now : now + this.#pause;
  }

  /**
   * No data connection came about on a rung, by an attempt that began at `since`; `ports` are those
   * that need no try after that. A rung that has worked before is given one more chance, for networks
   * fail in passing, and take several attempts with them when they do.
   */
  leave(
    rung: Rung,
    failure: {
      readonly ports: readonly DataPortName[];
      readonly why: string;
      readonly since: number;
      readonly now: number;
    },
  ): 'left' | 'doubted' | 'exhausted' {
    const isBest = this.#own(rung) === this.#best;
    if (isBest && this.#isProved) {
      if (this.#doubtedAt === undefined) this.#doubtedAt = failure.now;
      else if (failure.since >= this.#doubtedAt) this.#isProved = false;
      if (this.#isProved) return 'doubted';
    }
    // What is broken is the way to the port, or the command that agrees on it: the mode changes
    // nothing about either.
    this.#fail(({ dataPort }) => failure.ports.includes(dataPort), failure);
    return this.exhausted ? 'exhausted' : 'left';
  }

  /** The server does not frame: RFC 959, 4.1.2, makes block mode optional. */
  leaveBlockMode(failure: { readonly why: string; readonly now: number }): 'left' | 'exhausted' {
    this.#fail(({ mode }) => mode === 'block', failure);
    return this.exhausted ? 'exhausted' : 'left';
  }

  /** When all rungs are tried again without an urgent request: milliseconds since the Unix epoch. */
  get nextWalkAt(): number {
    return this.#nextWalkAt;
  }

  /** Once all rungs have failed, all are tried again: after a rest, or at once where it is `urgent`. */
  retryAll(now: number, request: 'urgent' | 'patient' = 'patient'): void {
    if (!this.exhausted || (now < this.#nextWalkAt && request === 'patient')) return;
    this.#failed.clear();
    this.#doubtedAt = undefined;
  }

  /**
   * The rungs above the one that works, best first, when it is time to try them: for one fresh
   * control connection alone. The next time comes later, unless one of them is proved.
   */
  rungsAbove(now: number): readonly Rung[] {
    const best = this.#best;
    if (!best || this.#failed.has(best) || now < this.#tryAboveAt) return [];
    const above = this.#rungs.filter((rung) => this.#isAbove(rung, best));
    if (above.length === 0) return [];
    this.#pause = Math.min(this.#pause * 2, tryAbovePause.longest);
    this.#tryAboveAt = now + this.#pause;
    return above.filter((rung) => !this.#excluded.has(rung));
  }

  /** A data port was left because nothing came while the server was to list this folder. */
  noteSilence(folder: string): void {
    this.#silentAbout = folder;
  }

  /** The same folder on another rung: where that takes as long, the silence said nothing of the port. */
  explain(folder: string, isSlow: boolean): void {
    if (this.#silentAbout !== folder) return;
    this.#silentAbout = undefined;
    this.#triesAboveSoon = isSlow;
    if (isSlow) this.#tryAboveAt = 0;
  }

  /** What is worth keeping; `undefined` before any rung has worked. */
  remember(): RememberedRung | undefined {
    const rung = this.#best;
    return rung && { rung, climbAt: this.#tryAboveAt, pause: this.#pause };
  }

  #isLeft(rung: Rung): boolean {
    return !this.#failed.has(rung) && !this.#excluded.has(rung);
  }

  #isAbove(rung: Rung, other: Rung): boolean {
    return this.#rungs.indexOf(rung) < this.#rungs.indexOf(other);
  }

  #own(rung: Rung): Rung | undefined {
    return this.#rungs.includes(rung) ? rung : this.#rungs.find((own) => sameRung(own, rung));
  }

  #fail(
    matches: (rung: Rung) => boolean,
    { why, now }: { readonly why: string; readonly now: number },
  ): void {
    const wasExhausted = this.exhausted;
    for (const rung of this.#rungs) if (matches(rung)) this.#failed.add(rung);
    if (this.#best && this.#failed.has(this.#best)) this.#isProved = false;
    this.#lastFailure = why;
    // Several connections may walk beside each other: they come to the end together.
    if (wasExhausted || !this.exhausted) return;
    this.#nextWalkAt = now + this.#rest;
    this.#rest = Math.min(this.#rest * 2, restAfterWalk.longest);
  }
}
