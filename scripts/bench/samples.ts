// Several measurements of the same thing.

/** Their median, and the lowest and the highest of them. */
export interface Sample {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** Throws where nothing was measured. */
export function sampleOf(values: readonly number[]): Sample {
  const sorted = values.toSorted((a, b) => a - b);
  const [lowest] = sorted;
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) throw new Error('Nothing was measured.');
  const upper = sorted[Math.floor(sorted.length / 2)] ?? highest;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? lowest;
  return { median: (lower + upper) / 2, lowest, highest };
}
