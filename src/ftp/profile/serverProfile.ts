import type { IacForm } from '../grammar/command.ts';
import type { Endpoint } from '../grammar/endpoint.ts';
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
  /** 200 to MODE B proves nothing: one whole file in blocks does, its size known. */
  framing: 'unknown' | 'proved';
  /**
   * RFC 3659, 7.2, has MLSD come as a stream of its own even in block mode, and some servers do
   * that with LIST: which it is here, is seen at the first one.
   */
  readonly listings: { MLSD: ListingFraming; LIST: ListingFraming } = {
    MLSD: 'unknown',
    LIST: 'unknown',
  };
  /** What commands take for an argument: whole paths, or names of the folder one stands in. */
  pathnames: 'unknown' | 'paths' | 'names' = 'unknown';
  /** How folders are asked for. */
  readonly ways: ListingWays;
  /** Listings over the control connection. */
  readonly stat: StatTrust;
  /** The zone of the times in listings. */
  readonly zone: ServerZone;
  /** What is not said to the server, for it did not survive it. */
  readonly omissions: Omissions;
  /** Ends of files were seen in blocks of their own: so they are marked whatever the file's size. */
  marksEnds = false;
  /** Which of the commands was seen to set a time; `none`: all were refused. */
  setsTimeBy: 'unknown' | TimeCommand | 'none' = 'unknown';
  /** How bytes 255 in pathnames are sent; `undefined` before the first of them. */
  iac: IacForm | undefined;
  /** Kinds of files of which one was seen to arrive whole in blocks. */
  readonly wholeStores: Set<SentKind> = new Set();
  /** One file arrived short in blocks: the others go as streams. */
  storesInBlocks: 'unknown' | 'short' = 'unknown';
  /** The newest connection was greeted without delay. */
  greetsSoon = false;
  /** The server confirms a STOR only when we close the data connection. */
  closesToConfirm = false;
  /** The server gives no final reply to a transfer that is cut short. */
  leavesReplyOut = false;
  /** The last file of which other bytes came than its size, and the size: it may be growing. */
  lastMismatch: { readonly path: string; readonly size: number } | undefined;

  /** `omissions`: shared with other profiles of the same server. */
  constructor(
    rungs: readonly Rung[],
    remembered?: RememberedProfile,
    omissions: Omissions = new Omissions(remembered?.omissions),
  ) {
    this.#rungs = rungs;
    this.#remembered = remembered?.networks ?? [];
    this.#ladder = new Ladder(rungs);
    this.framing = remembered?.framing ?? 'unknown';
    this.stat = new StatTrust(remembered?.stat);
    this.zone = new ServerZone(remembered?.zone);
    this.ways = new ListingWays(remembered?.mlsd);
    this.omissions = omissions;
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
    const mlsd = this.ways.remember();
    if (networks.length === 0 && omissions.length === 0) return undefined;
    return {
      framing: this.framing,
      networks,
      ...(this.stat.state === 'proved' && { stat: 'proved' }),
      ...(this.zone.sightings.length > 0 && { zone: this.zone.sightings }),
      ...(mlsd !== undefined && { mlsd }),
      ...(omissions.length > 0 && { omissions }),
    };
  }

  #seenBefore(network: string): RememberedNetwork | undefined {
    return this.#remembered.find((entry) => entry.network === network);
  }
}

/** The commands that set the time of a file: SITE UTIME takes it before the pathname, or thrice behind. */
export type TimeCommand = 'MFMT' | 'MDTM' | 'SITE UTIME' | 'SITE UTIME UTC';

/** One server with block mode loses each byte 255 of an upload, and confirms it. */
export type SentKind = 'with255' | 'without255';

/** `stream`: the server lists in stream mode alone (z/OS). */
type ListingFraming = 'unknown' | 'framed' | 'raw' | 'stream';

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
  const { framing, networks, stat, zone, omissions, mlsd } = value as Partial<
    Record<keyof RememberedProfile, unknown>
  >;
  if (!Array.isArray(networks)) return undefined;
  const known = networks.slice(0, maxNetworks).flatMap((entry) => parseNetwork(entry, now));
  const unsaid = parseOmissions(omissions, now);
  if (known.length === 0 && unsaid.length === 0) return undefined;
  const sightings = parseSightings(zone);
  const ways = parseWays(mlsd);
  return {
    framing: framing === 'proved' ? 'proved' : 'unknown',
    networks: known,
    ...(stat === 'proved' && { stat }),
    ...(sightings.length > 0 && { zone: sightings }),
    ...(ways !== undefined && { mlsd: ways }),
    ...(unsaid.length > 0 && { omissions: unsaid }),
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
