/** How MLSD is said: with the path of the folder, or by whoever stands in it. */
export type MlsdForm = 'path' | 'inside';

/**
 * What has been learnt of how a server lists folders. Each way has a second one, and what is learnt
 * here says which is tried first.
 */
export class ListingWays {
  /** `never`: it was refused where LIST served. */
  mlsd: 'unknown' | MlsdForm | 'never';
  /** LIST -a: `no` where it shows less than LIST does. */
  listsAll: 'unknown' | 'yes' | 'no' = 'unknown';
  /** Listings in which the folder itself was seen: those of the server have it always. */
  readonly showsItself: Record<'MLSD' | 'LIST', boolean> = { MLSD: false, LIST: false };
  /** The last line has an end like all others; `no`: a listing without it came twice the same. */
  endsLines: 'unknown' | 'yes' | 'no' = 'unknown';
  /** In block mode listings have come twice the same without a mark at their end (server "a"). */
  leavesMarkOut = false;

  constructor(remembered?: RememberedWays) {
    this.mlsd = remembered ?? 'unknown';
  }

  /** The ways of MLSD that are worth a try, the best first. */
  get mlsdForms(): readonly MlsdForm[] {
    if (this.mlsd === 'never') return [];
    return this.mlsd === 'inside' ? ['inside', 'path'] : ['path', 'inside'];
  }

  /** What is worth keeping: what costs refusals to find out. */
  remember(): RememberedWays | undefined {
    return this.mlsd === 'inside' || this.mlsd === 'never' ? this.mlsd : undefined;
  }
}

/** What is kept of it between two starts. */
export type RememberedWays = 'inside' | 'never';

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseWays(value: unknown): RememberedWays | undefined {
  return value === 'inside' || value === 'never' ? value : undefined;
}
