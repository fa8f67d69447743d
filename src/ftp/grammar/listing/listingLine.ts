import type { RemoteEntry } from '../entry.ts';

/** What a listing without years and zones is read against. */
export interface ListingContext {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** The server's zone: minutes that it is ahead of UTC, or one that has summer time. */
  readonly zone: number | Zone;
  /** The folder that is listed: some servers write its path before each name. */
  readonly folder?: string;
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

/** What the lines from one place on mean, and how many lines that takes: one, or more. */
export interface Reading {
  readonly parsed: RemoteEntry | 'skip';
  readonly taken: number;
}

/**
 * Reads `lines[at]`, which is never empty; `undefined` for a line that is not of this format. It is
 * called for growing values of `at`, and not for every line.
 */
export type LinesParser = (lines: readonly string[], at: number) => Reading | undefined;

/**
 * One format. Its place in the list of `listing.ts` decides between formats that read equally many
 * lines. Headers, footers and totals are `skip` where they are this format's own and no other's.
 */
export interface ListingGrammar {
  readonly format: FormatName;
  /** Begins a listing: the returned parser remembers the headers. */
  readonly begin: (context: ListingContext) => LinesParser;
  /**
   * Whether a line that it reads is unmistakable. Other lines neither decide about the format nor are
   * read so in a listing of another format. Without this function, all are certain.
   */
  readonly isCertain?: (line: string) => boolean;
}

/** The grammar of a format in which every entry is one line that can be read alone. */
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
