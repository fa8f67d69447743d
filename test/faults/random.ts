/** Numbers that the seed alone decides, so that a run can be repeated. */
export interface Random {
  /** From 0 up to, not including, `below`; whole. */
  below(below: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly [T, ...T[]]): T;
  bytes(length: number): Buffer;
}

/** The generator "mulberry32": small, and good enough to draw faults. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    pick: (list) => list[below(list.length)] ?? list[0],
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
