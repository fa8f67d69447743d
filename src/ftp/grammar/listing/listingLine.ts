import type { RemoteEntry } from '../entry.ts';

/** What a listing without years and zones is read against. */
export interface ListingContext {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** The server's zone: minutes that it is ahead of UTC, or one that has summer time. */
  readonly zone: number | Zone;
  /** The month (0 for January) that a name means in the language of the listing's other lines. */
  readonly monthIn?: (name: string) => number | undefined;
}

/**
 * The minutes that a place's clocks are ahead of UTC at a moment: one of UTC, or one that its own
 * clocks show, written as if it were UTC. Both are milliseconds since the Unix epoch.
 */
export type Zone = (moment: number, kind: 'utc' | 'local') => number;

/** The formats by the names that `parse-listing` gives them. */
export type FormatName =
  | 'mlsd'
  | 'eplf'
  | 'unix'
  | 'dos'
  | 'dosdir'
  | 'os2'
  | 'netware'
  | 'numeric'
  | 'vshell'
  | 'enterprise'
  | 'os9'
  | 'wfftp'
  | 'vms'
  | 'mvs'
  | 'os400'
  | 'vxworks'
  | 'nonstop'
  | 'vos'
  | 'vmcms'
  | 'tops20'
  | 'mpeix';

/** What a parser makes of one line; `skip` is a line that is no entry by design. */
export type ListingLine = RemoteEntry | 'skip' | undefined;

/** One line by itself: pure, linear in the length of the line, and total. */
export type LineParser = (line: string, context: ListingContext) => ListingLine;

/** What the lines from one place on mean, and how many of them say it: one, or more. */
export interface Reading {
  readonly parsed: RemoteEntry | 'skip';
  readonly taken: number;
}

/**
 * Reads what stands at `lines[at]`, which is never empty; `undefined` when it is nothing of this
 * format. It is called for growing values of `at`, for some lines perhaps never.
 */
export type LinesParser = (lines: readonly string[], at: number) => Reading | undefined;

/**
 * One format. Its place in the list of `listing.ts` decides between formats that read equally many
 * lines. Headers, footers and totals are `skip` where they are this format's own and no other's.
 */
export interface ListingGrammar {
  readonly format: FormatName;
  /** Begins a listing: what its headers say is remembered by the parser that comes back. */
  readonly begin: (context: ListingContext) => LinesParser;
  /**
   * Of lines that it reads: whether hardly anything else looks so. Others neither decide about the
   * format nor are read in a listing of another one. Without this function, all are certain.
   */
  readonly isCertain?: (line: string) => boolean;
}

/** The grammar of a format whose every entry is one line, which needs no other to be understood. */
export function lineGrammar(
  format: FormatName,
  parse: LineParser,
  isCertain: (line: string) => boolean = () => true,
): ListingGrammar {
  const begin =
    (context: ListingContext): LinesParser =>
    (lines, at) => {
      const parsed = parse(lines[at] ?? '', context);
      return parsed && { parsed, taken: 1 };
    };
  return { format, begin, isCertain };
}
