import type { Rung, TransferModeName } from './options.ts';

/**
 * Where a site stands on the ladder of what may work, shared by all its connections. It goes down
 * only: what would lead up again is a fresh ladder.
 */
export class Ladder {
  readonly #rungs: readonly Rung[];
  #left = new Set<Rung>();
  #proved: Rung | undefined;
  #doubted = false;
  #exhausted = false;

  /** `remembered` is tried first, and what stands above it only when everything else has failed. */
  constructor(rungs: readonly Rung[], remembered?: Rung) {
    this.#rungs = rungs;
    const start = rungs.findIndex((rung) => remembered !== undefined && sameRung(rung, remembered));
    this.#left = new Set(rungs.slice(0, Math.max(start, 0)));
  }

  /** `undefined` when none is left. */
  get current(): Rung | undefined {
    return this.#rungs.find((rung) => !this.#left.has(rung));
  }

  /** The first rung of that mode that is left; `undefined` when there is none. */
  currentOf(mode: TransferModeName): Rung | undefined {
    return this.#rungs.find((rung) => rung.mode === mode && !this.#left.has(rung));
  }

  /** True when every rung has failed and none is to be tried now: no data path at all. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** The rung that has carried a transfer to its end. */
  get proved(): Rung | undefined {
    return this.#proved;
  }

  prove(rung: Rung): void {
    this.#proved = rung;
    this.#doubted = false;
    this.#exhausted = false;
  }

  /**
   * No data connection came about. A rung that has worked before is given one more chance, for
   * networks fail in passing; after the last one everything is tried anew.
   */
  leave(rung: Rung): 'left' | 'doubted' | 'exhausted' {
    if (rung === this.#proved && !this.#doubted) {
      this.#doubted = true;
      return 'doubted';
    }
    this.#left.add(rung);
    if (rung === this.#proved) this.#proved = undefined;
    if (this.current) return 'left';
    this.#left = new Set();
    this.#exhausted = true;
    return 'exhausted';
  }

  /** The server does not frame: RFC 959, 4.1.2, makes block mode optional. */
  leaveBlockMode(): void {
    for (const rung of this.#rungs) if (rung.mode === 'block') this.#left.add(rung);
    if (this.#proved?.mode === 'block') this.#proved = undefined;
  }
}

export function sameRung(a: Rung, b: Rung): boolean {
  return a.mode === b.mode && a.dataPort === b.dataPort;
}
