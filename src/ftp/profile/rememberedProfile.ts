import type { ServerFeatures } from '../grammar/features.ts';
import { parseRung } from '../rung.ts';
import { parseAnswers, type RememberedAnswers } from './answers.ts';
import { parseTimeCommand, type RememberedTimeCommand } from './commandForms.ts';
import { parseConnectionLimit } from './connectionLimit.ts';
import { parseFraming, type RememberedFraming } from './framing.ts';
import { tryAbovePause, type RememberedRung } from './ladder.ts';
import { parsePipelining, type RememberedPipelining } from './pipelining.ts';
import { parseWays, type RememberedWays } from './listingWays.ts';
import { parseLogin, type RememberedLogin } from './loginHabits.ts';
import { parseOmissions, type RememberedOmission } from './omissions.ts';
import { fieldsOf, isPast, known } from './remembered.ts';
import { parseRenames, type RememberedRenames } from './renames.ts';
import { parseSightings, type ZoneSighting } from './serverZone.ts';
import { parseStatHabit } from './statTrust.ts';

/** What is kept of a profile between two starts. Plain data. */
export interface RememberedProfile {
  readonly framing: 'unknown' | 'proved';
  readonly networks: readonly RememberedNetwork[];
  readonly stat?: 'proved';
  readonly zone?: readonly ZoneSighting[];
  /** How MLSD is sent, where its usual form was refused. */
  readonly mlsd?: RememberedWays;
  readonly omissions?: readonly RememberedOmission[];
  /** How many connections were allowed, and no further one. */
  readonly limit?: number;
  readonly login?: RememberedLogin;
  readonly habits?: RememberedHabits;
}

/** Where the ladder stood when we were on that network. */
export interface RememberedNetwork extends RememberedRung {
  /** As `networkOf` names it. */
  readonly network: string;
  /** When it was last used: milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * What is kept of how a server behaves. It holds for one that offers the very same features: another
 * version, or another server at the same address, is asked again.
 */
export interface RememberedHabits {
  /** As `featureNames` writes them. */
  readonly features: string;
  /** When the first of it was learnt: milliseconds since the Unix epoch. */
  readonly since: number;
  readonly answers?: RememberedAnswers;
  readonly framing?: RememberedFraming;
  readonly pipelining?: RememberedPipelining;
  readonly renames?: RememberedRenames;
  readonly stat?: 'refused';
  readonly times?: RememberedTimeCommand;
}

// More than any server offers.
const longestFeatures = 2_000;

/** The names of all that a server offers, in one order. */
export function featureNames(features: ServerFeatures): string {
  return [...features.keys()].toSorted().join(' ').slice(0, longestFeatures);
}

/** At home, at work, on the train: the oldest of more than these is forgotten. */
export const maxNetworks = 8;

// What has not been seen for so long may have changed in every way.
const rememberedForMs = 90 * 24 * 60 * 60 * 1000;

/** Reads what `remember` gave, from a store that other programs may have written to. */
export function parseRememberedProfile(value: unknown, now: number): RememberedProfile | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { framing, networks, stat, zone, omissions, mlsd, limit, login, habits } = value as Partial<
    Record<keyof RememberedProfile, unknown>
  >;
  if (!Array.isArray(networks)) return undefined;
  const known = networks.slice(0, maxNetworks).flatMap((entry) => parseNetwork(entry, now));
  const omitted = parseOmissions(omissions, now);
  if (known.length === 0 && omitted.length === 0) return undefined;
  const sightings = parseSightings(zone);
  const ways = parseWays(mlsd);
  const connections = parseConnectionLimit(limit);
  const ownHabits = parseHabits(habits, now);
  const usualLogin = parseLogin(login);
  return {
    framing: framing === 'proved' ? 'proved' : 'unknown',
    networks: known,
    ...(stat === 'proved' && { stat }),
    ...(sightings.length > 0 && { zone: sightings }),
    ...(ways !== undefined && { mlsd: ways }),
    ...(omitted.length > 0 && { omissions: omitted }),
    ...(connections !== undefined && { limit: connections }),
    ...(usualLogin && { login: usualLogin }),
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
  if (!isTime(climbAt) || climbAt - now > tryAbovePause.longest) return [];
  if (!isTime(pause) || pause < tryAbovePause.first || pause > tryAbovePause.longest) return [];
  return [{ network, rung, climbAt, pause, at }];
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}
function parseHabits(value: unknown, now: number): RememberedHabits | undefined {
  const kept = fieldsOf<RememberedHabits>(value);
  const { features, since } = kept;
  if (typeof features !== 'string' || features.length > longestFeatures) return undefined;
  if (!isPast(since, now, rememberedForMs)) return undefined;
  return {
    features,
    since,
    ...known<Omit<RememberedHabits, 'features' | 'since'>>({
      answers: parseAnswers(kept.answers),
      framing: parseFraming(kept.framing),
      pipelining: parsePipelining(kept.pipelining, now),
      renames: parseRenames(kept.renames),
      stat: parseStatHabit(kept.stat),
      times: parseTimeCommand(kept.times),
    }),
  };
}
