export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** How far a time can be trusted: LIST may give only the minute or the day. */
export type TimePrecision = 'second' | 'minute' | 'day' | 'none';

/** What any listing says of one name. */
export interface RemoteEntry {
  readonly name: string;
  readonly type: EntryType;
  /** In bytes. */
  readonly size: number | undefined;
  /**
   * Where the size is no file's exact one: that of whole blocks or records kept, of which a transfer
   * may give another, or one that the server has rounded ("7.2M").
   */
  readonly sizeOf?: 'storage' | 'rounded';
  /** About how many bytes it has, for people alone, where its size is not known. */
  readonly estimate?: number;
  readonly modified: Date | undefined;
  readonly precision: TimePrecision;
  /**
   * The same time as the server's own clock shows it, where a listing tells it so: written as if it
   * were UTC, in milliseconds. It stays the same when more is learnt of the server's zone.
   */
  readonly wallClock?: number;
  /** Where the time is that of the last read or write: the server tells no other. */
  readonly timeOf?: 'lastUse';
  /** Of a symbolic link, as the server wrote it. */
  readonly target?: string;
  /** Unix mode bits as four octal digits, "0644", where the server tells them. */
  readonly mode?: string;
  /** RFC 3659, 7.5.5: the letters of the perm fact, in lower case. */
  readonly permissions?: string;
  /** RFC 3659, 7.5.2: the same for every name of one object, and for no other. */
  readonly unique?: string;
}

/**
 * The entry without sizes and times that are only near the truth: they do not tell two versions of a
 * file apart.
 */
export function withoutEstimates(entry: RemoteEntry): RemoteEntry {
  if (entry.sizeOf === undefined && entry.timeOf === undefined) return entry;
  const { sizeOf, timeOf, ...exact } = entry;
  const { size, ...unsized } = exact;
  const estimate = size === undefined ? {} : { estimate: size };
  const sized = sizeOf === undefined ? exact : { ...unsized, size: undefined, ...estimate };
  return timeOf === undefined ? sized : { ...sized, modified: undefined, precision: 'none' };
}
