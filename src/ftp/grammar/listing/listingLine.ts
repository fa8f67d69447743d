import type { RemoteEntry } from '../entry.ts';

/** What a listing without years and zones is read against. */
export interface ListingContext {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** Minutes that the server's local time is ahead of UTC. */
  readonly zone: number;
}

/** What a parser makes of one line; `skip` is a line that is no entry by design. */
export type ListingLine = RemoteEntry | 'skip' | undefined;

/** One format: pure, linear in the length of the line, and total. */
export type LineParser = (line: string, context: ListingContext) => ListingLine;
