/** The value if it is one of these words: what comes from a store may be anything. */
export function knownWord<T extends string>(words: readonly T[], value: unknown): T | undefined {
  return words.find((word) => word === value);
}

/** The fields of what may be an object. */
export function fieldsOf<T>(value: unknown): Partial<Record<keyof T, unknown>> {
  return typeof value === 'object' && value !== null ? value : {};
}

/** A time in the past, not longer ago than that. */
export function isPast(value: unknown, now: number, longest: number): value is number {
  return typeof value === 'number' && value >= 0 && value <= now && now - value <= longest;
}

/** The object without what nothing is known of; `undefined` where nothing is left. */
export function known<T extends object>(facts: {
  readonly [K in keyof T]-?: T[K] | undefined;
}): Partial<T> | undefined {
  const told = Object.entries(facts).filter(([, value]) => value !== undefined);
  return told.length > 0 ? (Object.fromEntries(told) as Partial<T>) : undefined;
}
