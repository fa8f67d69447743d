import type { TimePrecision } from '../../ftp/grammar/entry.ts';
import { isTemporaryName } from '../temporaryNames.ts';
import type { RemoteChange, RemoteEntry } from '../remoteFileSystem.ts';

/** A folder's entries by their names. */
export type Entries = ReadonlyMap<string, RemoteEntry>;

/** What a folder holds, as far as it was listed. */
export interface Contents {
  readonly entries: Entries;
  /** Why there may be more, in words that go on "the listing may not be all: ...". */
  readonly missing?: string | undefined;
}

/** A listing as the server gave it. */
export interface Listed {
  readonly entries: readonly RemoteEntry[];
  readonly missing?: string | undefined;
}

/**
 * True when a name that is not among them is not there. A folder whose content nobody may see looks
 * empty on some servers: that proves nothing.
 */
export function isProof({ entries, missing }: Contents): boolean {
  return missing === undefined && entries.size > 0;
}

const spanMs: Readonly<Record<TimePrecision, number>> = {
  second: 1_000,
  minute: 60_000,
  day: 86_400_000,
  none: 0,
};

/**
 * The entries with the times that were known before, where both may mean the same instant: a time
 * told once to the minute and once to the second is not a change, and must not look like one.
 */
export function withKnownTimes(
  entries: readonly RemoteEntry[],
  known: Entries | undefined,
): readonly RemoteEntry[] {
  if (!known || known.size === 0) return entries;
  return entries.map((entry) => {
    const old = known.get(entry.name);
    if (!old?.modified || !maySameTime(entry, old)) return entry;
    return { ...entry, modified: old.modified, precision: old.precision };
  });
}

function maySameTime(a: RemoteEntry, b: RemoteEntry): boolean {
  if (!a.modified || !b.modified || a.precision === b.precision || a.size !== b.size) return false;
  const [start, end] = [a, b].toSorted((a, b) => spanMs[b.precision] - spanMs[a.precision]);
  const after = (end?.modified?.getTime() ?? 0) - (start?.modified?.getTime() ?? 0);
  return after >= 0 && after < spanMs[start?.precision ?? 'none'];
}

/** Which names came, went, or mean another file; the temporary files of saves are left out. */
export function changesBetween(
  before: Entries,
  after: Entries,
): readonly [string, RemoteChange['type']][] {
  const changes: [string, RemoteChange['type']][] = [];
  for (const [name, entry] of after) {
    const old = before.get(name);
    if (!old) changes.push([name, 'created']);
    else if (isOther(old, entry)) changes.push([name, 'changed']);
  }
  for (const name of before.keys()) if (!after.has(name)) changes.push([name, 'deleted']);
  return changes.filter(([name]) => !isTemporaryName(name));
}

// The size and time of a folder change with what is in it, which is told by its own listing.
function isOther(old: RemoteEntry, entry: RemoteEntry): boolean {
  if (old.type !== entry.type || old.mode !== entry.mode) return true;
  if (entry.type === 'directory') return false;
  return old.size !== entry.size || !isSameTime(old, entry);
}

// The server's clock shows what it showed: what is new is only how far it is ahead of UTC.
function isSameTime(a: RemoteEntry, b: RemoteEntry): boolean {
  if (a.modified?.getTime() === b.modified?.getTime()) return true;
  return a.wallClock !== undefined && a.wallClock === b.wallClock && a.precision === b.precision;
}
