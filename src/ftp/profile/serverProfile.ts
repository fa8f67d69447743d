import type { Endpoint } from '../grammar/endpoint.ts';
import type { ServerFeatures } from '../grammar/features.ts';
import type { Answers } from './answers.ts';
import { ConnectionLimit, parseConnectionLimit } from './connectionLimit.ts';
import { Framing } from './framing.ts';
import { featureNames, Habits, parseHabits, type RememberedHabits } from './habits.ts';
import type { PathnameForms } from './pathnameForms.ts';
import { known } from './remembered.ts';
import type { Renames } from './renames.ts';
import type { TimeCommands } from './timeCommands.ts';
import { Omissions, parseOmissions, type RememberedOmission } from './omissions.ts';
import { ListingWays, parseWays, type RememberedWays } from './listingWays.ts';
import { climbPause, Ladder, type RememberedRung } from './ladder.ts';
import { parseRung, type Rung } from '../rung.ts';
import { parseSightings, ServerZone, type ZoneSighting } from './serverZone.ts';
import { StatTrust } from './statTrust.ts';

/** What is kept of a profile between two starts. Plain data. */
export interface RememberedProfile {
  readonly framing: 'unknown' | 'proved';
  readonly networks: readonly RememberedNetwork[];
  readonly stat?: 'proved';
  readonly zone?: readonly ZoneSighting[];
  /** How MLSD is said, where its usual way was refused. */
  readonly mlsd?: RememberedWays;
  readonly omissions?: readonly RememberedOmission[];
  /** How many connections were allowed, and no further one. */
  readonly limit?: number;
  readonly habits?: RememberedHabits;
}

/** Where the ladder stood when we were on that network. */
export interface RememberedNetwork extends RememberedRung {
  /** As `networkOf` names it. */
  readonly network: string;
  /** When it was last used: milliseconds since the Unix epoch. */
  readonly at: number;
}

// At home, at work, on the train: the oldest of more than these is forgotten.
const maxNetworks = 8;

// What has not been seen for so long may have changed in every way.
const rememberedForMs = 90 * 24 * 60 * 60 * 1000;

/**
 * What has been learnt of one server, shared by all connections to it. Nothing here is believed
 * because a server said so: it was seen.
 */
export class ServerProfile {
  readonly #rungs: readonly Rung[];
  readonly #ladders = new Map<string, Ladder>();
  readonly #remembered: readonly RememberedNetwork[];
  #network: string | undefined;
  #ladder: Ladder;
  readonly #framing: Framing;
  #habits = new Habits();
  readonly #ways: ListingWays;
  /** Of the server that was met in this run. */
  #features: string | undefined;
  #kept: RememberedHabits | undefined;
  /** When the first of what is known of its habits was learnt. */
  #since: number | undefined;
  #greetsSoon = false;
  #lastMismatch: { readonly path: string; readonly size: number } | undefined;
  /** How many connections it allows. */
  readonly limit: ConnectionLimit;
  /** Listings over the control connection. */
  readonly stat: StatTrust;
  /** The zone of the times in listings. */
  readonly zone: ServerZone;
  /** What is not said to the server, for it did not survive it. */
  readonly omissions: Omissions;

  /** `omissions`: shared with other profiles of the same server. */
  constructor(
    rungs: readonly Rung[],
    remembered?: RememberedProfile,
    omissions: Omissions = new Omissions(remembered?.omissions),
  ) {
    this.#rungs = rungs;
    this.#remembered = remembered?.networks ?? [];
    this.#ladder = new Ladder(rungs);
    this.#framing = new Framing(remembered?.framing);
    this.#kept = remembered?.habits;
    this.limit = new ConnectionLimit(remembered?.limit);
    this.stat = new StatTrust(remembered?.stat);
    this.zone = new ServerZone(remembered?.zone);
    this.#ways = new ListingWays(remembered?.mlsd);
    this.omissions = omissions;
  }

  /** Block mode as it is seen here. */
  get framing(): Framing {
    return this.#framing;
  }

  /** How folders are asked for. */
  get ways(): ListingWays {
    return this.#ways;
  }

  /** Which questions it answers, and how. */
  get answers(): Answers {
    return this.#habits.answers;
  }

  /** How pathnames are said to it. */
  get pathnames(): PathnameForms {
    return this.#habits.pathnames;
  }

  /** What its RNFR and RNTO do. */
  get renames(): Renames {
    return this.#habits.renames;
  }

  /** Which command sets times. */
  get times(): TimeCommands {
    return this.#habits.times;
  }

  /** The newest connection was greeted without delay: a matter of the moment, not kept. */
  get greetsSoon(): boolean {
    return this.#greetsSoon;
  }

  /** A connection was greeted. */
  greeted(when: 'soon' | 'late'): void {
    this.#greetsSoon = when === 'soon';
  }

  /** A server has told its features: what is remembered is believed of this very one alone. */
  meet(features: ServerFeatures): void {
    if (this.#features !== undefined) return;
    this.#features = featureNames(features);
    // Who offers nothing is like all others who do.
    if (this.#features === '' || this.#kept?.features !== this.#features) this.#kept = undefined;
    this.#since = this.#kept?.since;
    if (!this.#kept) return;
    this.#habits = new Habits(this.#kept);
    this.#framing.recall(this.#kept.framing ?? {});
    this.stat.recall(this.#kept.stat);
  }

  /**
   * Another number of bytes came of a file than it has: `grew` where those are at least as many as it
   * had at an earlier time, and no more than now.
   */
  mismatched(path: string, { bytes, size }: { bytes: number; size: number }): 'grew' | 'differs' {
    const earlier = this.#lastMismatch?.path === path ? this.#lastMismatch.size : Infinity;
    this.#lastMismatch = { path, size };
    return earlier <= bytes && bytes <= size ? 'grew' : 'differs';
  }

  /** The ladder of the network that the newest connection stands on. */
  get ladder(): Ladder {
    return this.#ladder;
  }

  /** False when no transfer will ever ask the server to dial the control connection's own port. */
  get usesDefaultPort(): boolean {
    return this.#rungs.some(({ dataPort }) => dataPort === 'default');
  }

  /**
   * A control connection has come about between these two: firewalls differ from network to network,
   * and each has a ladder of its own.
   */
  enter(local: Endpoint, remote: Endpoint): Ladder {
    const network = networkOf(local, remote);
    const known = this.#ladders.get(network);
    const remembered = this.#remembered.find((entry) => entry.network === network);
    const unplaced = this.#network === undefined && !remembered ? this.#ladder : undefined;
    this.#ladder = known ?? unplaced ?? new Ladder(this.#rungs, remembered);
    this.#network = network;
    this.#ladders.delete(network);
    this.#ladders.set(network, this.#ladder);
    const [oldest] = this.#ladders.keys();
    if (oldest !== undefined && this.#ladders.size > maxNetworks) this.#ladders.delete(oldest);
    return this.#ladder;
  }

  /** What is worth keeping; `undefined` before anything is. */
  remember(now: number): RememberedProfile | undefined {
    const seen = [...this.#ladders].toReversed().flatMap(([network, ladder]) => {
      const kept = ladder.remember();
      const at = network === this.#network ? now : (this.#seenBefore(network)?.at ?? now);
      return kept ? [{ network, ...kept, at }] : [];
    });
    const others = this.#remembered.filter(({ network }) => !this.#ladders.has(network));
    const networks = [...seen, ...others].slice(0, maxNetworks);
    const omissions = this.omissions.remember();
    const mlsd = this.#ways.remember();
    if (networks.length === 0 && omissions.length === 0) return undefined;
    const limit = this.limit.remember();
    const habits = this.#rememberHabits(now);
    return {
      framing: this.#framing.state,
      networks,
      ...(this.stat.state === 'proved' && { stat: 'proved' }),
      ...(this.zone.sightings.length > 0 && { zone: this.zone.sightings }),
      ...(mlsd !== undefined && { mlsd }),
      ...(omissions.length > 0 && { omissions }),
      ...(limit !== undefined && { limit }),
      ...(habits && { habits }),
    };
  }

  #rememberHabits(now: number): RememberedHabits | undefined {
    if (this.#features === undefined) return this.#kept;
    const facts = {
      ...this.#habits.remember(),
      ...known<Pick<RememberedHabits, 'framing' | 'stat'>>({
        framing: this.#framing.remember(),
        stat: this.stat.rememberHabit(),
      }),
    };
    if (this.#features === '' || Object.keys(facts).length === 0) return undefined;
    this.#since ??= now;
    return { features: this.#features, since: this.#since, ...facts };
  }

  #seenBefore(network: string): RememberedNetwork | undefined {
    return this.#remembered.find((entry) => entry.network === network);
  }
}

/**
 * What stays the same while firewalls do: our address and the server's. Of an IPv6 address of ours
 * that is the network's half: the other one changes every day for privacy's sake (RFC 8981).
 */
export function networkOf(local: Endpoint, remote: Endpoint): string {
  const own = local.family === 6 ? `${firstGroups(local.host)}::/64` : local.host;
  return `${own} ${remote.host}`;
}

function firstGroups(host: string): string {
  const [front = [], back = []] = host.split('::').map((half) => half.split(':').filter(Boolean));
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':').toLowerCase();
}

/** Reads what `remember` gave, from a store that anybody may have written to. */
export function parseRememberedProfile(value: unknown, now: number): RememberedProfile | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { framing, networks, stat, zone, omissions, mlsd, limit, habits } = value as Partial<
    Record<keyof RememberedProfile, unknown>
  >;
  if (!Array.isArray(networks)) return undefined;
  const known = networks.slice(0, maxNetworks).flatMap((entry) => parseNetwork(entry, now));
  const unsaid = parseOmissions(omissions, now);
  if (known.length === 0 && unsaid.length === 0) return undefined;
  const sightings = parseSightings(zone);
  const ways = parseWays(mlsd);
  const connections = parseConnectionLimit(limit);
  const ownHabits = parseHabits(habits, now, rememberedForMs);
  return {
    framing: framing === 'proved' ? 'proved' : 'unknown',
    networks: known,
    ...(stat === 'proved' && { stat }),
    ...(sightings.length > 0 && { zone: sightings }),
    ...(ways !== undefined && { mlsd: ways }),
    ...(unsaid.length > 0 && { omissions: unsaid }),
    ...(connections !== undefined && { limit: connections }),
    ...(ownHabits && { habits: ownHabits }),
  };
}

const longestNetworkName = 200;

function parseNetwork(value: unknown, now: number): RememberedNetwork[] {
  if (typeof value !== 'object' || value === null) return [];
  const entry = value as Partial<Record<keyof RememberedNetwork, unknown>>;
  const { network, climbAt, pause, at } = entry;
  const rung = parseRung(entry.rung);
  if (typeof network !== 'string' || network.length > longestNetworkName || !rung) return [];
  if (!isTime(at) || at > now || now - at > rememberedForMs) return [];
  if (!isTime(climbAt) || climbAt - now > climbPause.longest) return [];
  if (!isTime(pause) || pause < climbPause.first || pause > climbPause.longest) return [];
  return [{ network, rung, climbAt, pause, at }];
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
