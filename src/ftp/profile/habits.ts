import type { ServerFeatures } from '../grammar/features.ts';
import { Answers, parseAnswers, type RememberedAnswers } from './answers.ts';
import { parseFraming, type RememberedFraming } from './framing.ts';
import { PathnameForms } from './pathnameForms.ts';
import { fieldsOf, isPast, known } from './remembered.ts';
import { parseStatHabit } from './statTrust.ts';
import { parseRenames, type RememberedRenames, Renames } from './renames.ts';
import { parseTimeCommand, type RememberedTimeCommand, TimeCommands } from './timeCommands.ts';

/**
 * What is kept of how a server behaves. It holds for one that offers the very same features: another
 * version, or another server at the same address, is asked anew.
 */
export interface RememberedHabits {
  /** As `featureNames` tells them. */
  readonly features: string;
  /** When the first of it was learnt: milliseconds since the Unix epoch. */
  readonly since: number;
  readonly answers?: RememberedAnswers;
  readonly framing?: RememberedFraming;
  readonly renames?: RememberedRenames;
  readonly stat?: 'refused';
  readonly times?: RememberedTimeCommand;
}

type OwnHabits = Pick<RememberedHabits, 'answers' | 'renames' | 'times'>;

// More than any server offers.
const longestFeatures = 2_000;

/** The names of all that a server offers, in one order. */
export function featureNames({ names }: ServerFeatures): string {
  return names.toSorted().join(' ').slice(0, longestFeatures);
}

/** How one server behaves, by subject. */
export class Habits {
  /** Which questions it answers, and how. */
  readonly answers: Answers;
  /** How pathnames are said to it. */
  readonly pathnames: PathnameForms = new PathnameForms();
  /** What its RNFR and RNTO do. */
  readonly renames: Renames;
  /** Which command sets times. */
  readonly times: TimeCommands;

  constructor(remembered?: RememberedHabits) {
    this.answers = new Answers(remembered?.answers);
    this.renames = new Renames(remembered?.renames);
    this.times = new TimeCommands(remembered?.times);
  }

  /** What is worth keeping. */
  remember(): Partial<OwnHabits> | undefined {
    return known<OwnHabits>({
      answers: this.answers.remember(),
      renames: this.renames.remember(),
      times: this.times.remember(),
    });
  }
}

/** Reads what was kept, from a store that anybody may have written to. */
export function parseHabits(
  value: unknown,
  now: number,
  longest: number,
): RememberedHabits | undefined {
  const kept = fieldsOf<RememberedHabits>(value);
  const { features, since } = kept;
  if (typeof features !== 'string' || features.length > longestFeatures) return undefined;
  if (!isPast(since, now, longest)) return undefined;
  return {
    features,
    since,
    ...known<Omit<RememberedHabits, 'features' | 'since'>>({
      answers: parseAnswers(kept.answers),
      framing: parseFraming(kept.framing),
      renames: parseRenames(kept.renames),
      stat: parseStatHabit(kept.stat),
      times: parseTimeCommand(kept.times),
    }),
  };
}
