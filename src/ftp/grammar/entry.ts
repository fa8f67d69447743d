export type EntryType = 'file' | 'directory' | 'symlink' | 'other';

/** How far a time can be trusted: LIST may give only the minute or the day. */
export type TimePrecision = 'second' | 'minute' | 'day' | 'none';

/** What any listing says of one name. */
export interface RemoteEntry {
  readonly name: string;
  readonly type: EntryType;
  /** In bytes. */
  readonly size: number | undefined;
  /** Where the size is that of whole blocks or records kept: a transfer may give another one. */
  readonly sizeOf?: 'storage';
  readonly modified: Date | undefined;
  readonly precision: TimePrecision;
  /**
   * The same time as the server's own clock shows it, where a listing tells it so: written as if it
   * were UTC, in milliseconds. It stays the same when more is learnt of the server's zone.
   */
  readonly wallClock?: number;
  /** Where the time is the last one that anybody read or wrote it: the server tells no other. */
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

/** Without what is only near the truth, with which no file may be told from another version. */
export function withoutEstimates(entry: RemoteEntry): RemoteEntry {
  if (entry.sizeOf === undefined && entry.timeOf === undefined) return entry;
  const { sizeOf, timeOf, ...exact } = entry;
  const sized = sizeOf === undefined ? exact : { ...exact, size: undefined };
  return timeOf === undefined ? sized : { ...sized, modified: undefined, precision: 'none' };
}

/** A size that can be counted with; `undefined` for text, negative and unsafe numbers. */
export function parseSize(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,16}$/.test(text)) return undefined;
  const size = Number(text);
  return Number.isSafeInteger(size) ? size : undefined;
}
