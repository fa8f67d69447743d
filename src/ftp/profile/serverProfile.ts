import type { Endpoint } from '../grammar/endpoint.ts';
import type { ServerFeatures } from '../grammar/features.ts';
import type { Rung } from '../rung.ts';
import { Answers } from './answers.ts';
import { PathnameForms, TimeCommands } from './commandForms.ts';
import { ConnectionLimit } from './connectionLimit.ts';
import { Framing } from './framing.ts';
import { Ladder } from './ladder.ts';
import { ListingWays } from './listingWays.ts';
import { LoginHabits } from './loginHabits.ts';
import { Omissions } from './omissions.ts';
import { Pipelining } from './pipelining.ts';
import { known } from './remembered.ts';
import {
  featureNames,
  maxNetworks,
  type RememberedHabits,
  type RememberedNetwork,
  type RememberedProfile,
} from './rememberedProfile.ts';
import { Renames } from './renames.ts';
import { ServerZone } from './serverZone.ts';
import { SessionHabits } from './sessionHabits.ts';
import { StatTrust } from './statTrust.ts';

/**
 * What has been learnt of one server, shared by all connections to it. Nothing here is believed
 * because a server said so: it was seen. What is known is plain data; only the verbs that learn
 * change it, so that most parts are handed out as `Readonly`.
 */
export class ServerProfile {
  readonly #rungs: readonly Rung[];
  readonly #ladders = new Map<string, Ladder>();
  readonly #remembered: readonly RememberedNetwork[];
  #network: string | undefined;
  #ladder: Ladder;
  /** Of the server that was met in this run. */
  #features: string | undefined;
  #kept: RememberedHabits | undefined;
  /** When the first of what is known of its habits was learnt. */
  #since: number | undefined;
  #greetsSoon = false;
  #lastMismatch: { readonly path: string; readonly size: number } | undefined;
  /** Block mode as it is seen here. */
  readonly framing: Readonly<Framing>;
  /** How folders are asked for. */
  readonly ways: ListingWays;
  /** Which questions it answers, and how. */
  readonly answers: Readonly<Answers> = new Answers();
  /** How many commands it takes ahead. */
  readonly pipelining: Pipelining = new Pipelining();
  /** How pathnames are sent to it. */
  readonly pathnames: Readonly<PathnameForms> = new PathnameForms();
  /** What its RNFR and RNTO do. */
  readonly renames: Readonly<Renames> = new Renames();
  /** Which command sets times. */
  readonly times: Readonly<TimeCommands> = new TimeCommands();
  /** How many connections it allows. */
  readonly limit: Readonly<ConnectionLimit>;
  /** How a login goes. */
  readonly login: LoginHabits;
  /** Listings over the control connection. */
  readonly stat: StatTrust;
  /** The zone of the times in listings. */
  readonly zone: ServerZone;
  /** The commands that are not sent to the server, for it did not survive them. */
  readonly omissions: Omissions;
  /** False when no transfer will ever ask the server to dial the control connection's own port. */
  readonly usesDefaultPort: boolean;

  /** `omissions`: shared with other profiles of the same server. */
  constructor(
    rungs: readonly Rung[],
    remembered?: RememberedProfile,
    omissions: Omissions = new Omissions(remembered?.omissions),
  ) {
    this.#rungs = rungs;
    this.#remembered = remembered?.networks ?? [];
    this.#ladder = new Ladder(rungs);
    this.#kept = remembered?.habits;
    this.framing = new Framing(remembered?.framing);
    this.limit = new ConnectionLimit(remembered?.limit);
    this.login = new LoginHabits(remembered?.login);
    this.stat = new StatTrust(remembered?.stat);
    this.zone = new ServerZone(remembered?.zone);
    this.ways = new ListingWays(remembered?.mlsd);
    this.omissions = omissions;
    this.usesDefaultPort = rungs.some(({ dataPort }) => dataPort === 'default');
  }

  /** A session begins: it gets its own, empty record of what holds for one session alone. */
  beginSession(): SessionHabits {
    this.renames.sessionBegins();
    return new SessionHabits(this.renames);
  }

  /** The newest connection was greeted without delay: a matter of the moment, not kept. */
  get greetsSoon(): boolean {
    return this.#greetsSoon;
  }

  /** A connection was greeted. */
  greeted(when: 'soon' | 'late'): void {
    this.#greetsSoon = when === 'soon';
  }

  /** A server has told its features: what is remembered holds only for a server with the same ones. */
  meet(features: ServerFeatures): void {
    if (features.has('MLST')) this.pipelining.keepsOrder(true);
    if (this.#features !== undefined) return;
    this.#features = featureNames(features);
    // A server that offers nothing cannot be told from others that offer nothing.
    if (this.#features === '' || this.#kept?.features !== this.#features) this.#kept = undefined;
    this.#since = this.#kept?.since;
    if (!this.#kept) return;
    this.answers.recall(this.#kept.answers ?? {});
    this.renames.recall(this.#kept.renames ?? {});
    this.times.recall(this.#kept.times);
    this.framing.recall(this.#kept.framing ?? {});
    this.stat.recall(this.#kept.stat);
    this.pipelining.recall(this.#kept.pipelining ?? {});
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
  get ladder(): Readonly<Ladder> {
    return this.#ladder;
  }

  /**
   * A control connection has come about between these two: firewalls differ from network to network,
   * and each has a ladder of its own.
   */
  enter(local: Endpoint, remote: Endpoint): Readonly<Ladder> {
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
    const mlsd = this.ways.remember();
    if (networks.length === 0 && omissions.length === 0) return undefined;
    const limit = this.limit.remember();
    const login = this.login.remember();
    const habits = this.#rememberHabits(now);
    return {
      framing: this.framing.state,
      networks,
      ...(this.stat.state === 'proved' && { stat: 'proved' }),
      ...(this.zone.sightings.length > 0 && { zone: this.zone.sightings }),
      ...(mlsd !== undefined && { mlsd }),
      ...(omissions.length > 0 && { omissions }),
      ...(limit !== undefined && { limit }),
      ...(login && { login }),
      ...(habits && { habits }),
    };
  }

  #rememberHabits(now: number): RememberedHabits | undefined {
    if (this.#features === undefined) return this.#kept;
    const facts =
      known<Omit<RememberedHabits, 'features' | 'since'>>({
        answers: this.answers.remember(),
        framing: this.framing.remember(),
        pipelining: this.pipelining.remember(now),
        renames: this.renames.remember(),
        stat: this.stat.rememberHabit(),
        times: this.times.remember(),
      }) ?? {};
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
