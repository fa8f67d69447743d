import type { RemotePath } from '../../base/paths.ts';
import type { RemoteEntry, TimePrecision } from '../grammar/entry.ts';
import { hashesBySha256, type ServerFeatures } from '../grammar/features.ts';
import type { Renames } from './renames.ts';

// No user saves in more folders that refuse temporary names; forgetting one costs a refused STOR.
const maxFolders = 1_000;

/**
 * What one session has learnt of its server, so that the next save needs fewer questions. It lasts
 * as long as the session and is never remembered: it is about single folders and names, or would
 * let silence prove something, so each session learns it again.
 */
export class SessionHabits {
  /** What is known of RNFR and RNTO, beyond this session. */
  readonly renames: Readonly<Renames>;
  /** How far the server's clock is ahead of ours. */
  readonly clock: ServerClock = new ServerClock();
  /** The server tells the exact facts of one name: its silence about another then means something. */
  tellsEntries = false;
  /** A save is just asking whether temporary files can be renamed: the others wait for that. */
  asksToRename: Promise<unknown> | undefined;
  /** The server offers the SHA-256 of a file. */
  hashes = false;
  /** Names that were listed with bytes in them which are none of the site's charset. */
  undecodableNames = 0;
  /** Whether it refuses to enter a folder that is not there: some gateways enter any. */
  enters: 'unknown' | 'any' | 'folders' = 'unknown';
  #distrustsEntries = false;
  readonly #noTemporaryNames = new Set<RemotePath>();

  constructor(renames: Readonly<Renames>) {
    this.renames = renames;
  }

  /** RFC 3659, 7.8 and 3.3: a server that offers MLST, or SIZE and MDTM, answers for single names. */
  learnFrom(features: ServerFeatures): void {
    const offers = features.has('MLST') || (features.has('SIZE') && features.has('MDTM'));
    if (offers) this.toldEntry();
    this.hashes = hashesBySha256(features);
  }

  /** A save asks whether temporary files can be renamed; `asking` never rejects. */
  askingToRename(asking: Promise<unknown>): void {
    this.asksToRename = asking.then(() => (this.asksToRename = undefined));
  }

  /** The server has told the facts of a name. */
  toldEntry(): void {
    this.tellsEntries = !this.#distrustsEntries;
  }

  /** What the server answers for one name proves no file: from now on its answers prove nothing. */
  distrustsEntries(): void {
    this.#distrustsEntries = true;
    this.tellsEntries = false;
  }

  /** The server was asked to enter a folder that is not there. */
  triedToEnter(outcome: 'entered' | 'refused'): void {
    this.enters = outcome === 'entered' ? 'any' : 'folders';
  }

  /** That many names of a listing could not be decoded. */
  listedUndecodable(names: number): void {
    this.undecodableNames += names;
  }

  /** True for a folder whose files can only be written under their own names. */
  refusesTemporaryNames(folder: RemotePath): boolean {
    return this.renames.temporaryNames === 'useless' || this.#noTemporaryNames.has(folder);
  }

  /** The folder has refused a temporary name, or to give such a file the name of another one. */
  temporaryNameRefused(folder: RemotePath): void {
    if (this.#noTemporaryNames.size >= maxFolders) this.#noTemporaryNames.clear();
    this.#noTemporaryNames.add(folder);
    this.renames.temporaryNameRefused();
  }

  /** It took one after all, or nothing could be written either way. */
  forgetRefusal(folder: RemotePath): void {
    this.#noTemporaryNames.delete(folder);
  }
}

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
    // ends its wall clock is another: a file has settled only by both.
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
