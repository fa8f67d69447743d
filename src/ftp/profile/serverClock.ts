import type { RemoteEntry, TimePrecision } from '../grammar/entry.ts';

// How long after a file's time another write could still leave the same time: the precision, and
// something for rounding; a day may be any zone's.
const racyMs: Readonly<Record<TimePrecision, number>> = {
  second: 2_000,
  minute: 61_000,
  day: 25 * 3_600_000,
  none: Number.POSITIVE_INFINITY,
};

// A time further away than any zone and a badly set clock is not the time of an upload: the times
// of such a server prove nothing.
const believableMs = 26 * 3_600_000;

// A user does not wait a day for it.
const longestSettling = 2 * 60_000;

/**
 * What is known of the server's clock: how far it is at least ahead of ours, measured whenever a
 * file of our own got its time from the server. Each precision has its own measure: as long as the
 * server's zone is not known, the exact time of MDTM and that of a LIST may be hours apart.
 * It lasts for one session and is not remembered: clocks drift and are set, and a file that only
 * seems to have settled may hide another user's write.
 */
export class ServerClock {
  readonly #leastOffset = new Map<TimePrecision, Offsets>();

  /** `entry` is of a file whose upload was confirmed before our time `until`. */
  measure(entry: RemoteEntry, until: number): void {
    if (!entry.modified || entry.precision === 'none') return;
    const time = entry.modified.getTime() - until;
    if (Math.abs(time) >= believableMs) return;
    const wallClock = entry.wallClock === undefined ? undefined : entry.wallClock - until;
    this.#leastOffset.set(entry.precision, { time, wallClock });
  }

  /** How long after now a file of just now has settled; `undefined`: longer than a user waits. */
  settlesAfter({ precision }: Pick<RemoteEntry, 'precision'>): number | undefined {
    // A whole tick more: the time of a file may be rounded, and the clocks' distance is measured so.
    const wait = racyMs[precision] * 1.5;
    return wait <= longestSettling ? wait : undefined;
  }

  /**
   * True when every write after our time `at` must have given the file another time (git calls the
   * other files racy). False until the clock has been measured.
   */
  settled(entry: RemoteEntry, at: number): boolean {
    const offsets = this.#leastOffset.get(entry.precision);
    if (!entry.modified || offsets === undefined) return false;
    const isBefore = (time: number, offset: number): boolean =>
      time + racyMs[entry.precision] < at + offset;
    // When more is learnt of the server's zone its times are others, and when summer time begins or
    // ends its wall clock is another: only what is settled by both is.
    const byWallClock =
      entry.wallClock === undefined ||
      offsets.wallClock === undefined ||
      isBefore(entry.wallClock, offsets.wallClock);
    return byWallClock && isBefore(entry.modified.getTime(), offsets.time);
  }
}

interface Offsets {
  readonly time: number;
  readonly wallClock: number | undefined;
}
