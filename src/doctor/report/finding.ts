import type { CauseId, Certainty, Fix } from './report.ts';

/** One thing that is not as it should be. */
export interface Finding {
  readonly cause: Exclude<CauseId, 'none'>;
  readonly certainty: Certainty;
  /** False where one can work all the same. */
  readonly blocks: boolean;
  readonly explanation: string;
  readonly advice: string;
  readonly fix?: Fix;
}

// Of those that block nobody, what costs most comes first.
const harmlessOrder: readonly CauseId[] = [
  'session-reuse-missing',
  'data-ports-filtered-server',
  'private-passive-address',
  'command-unanswered',
  'too-many-connections',
  'tls-not-offered',
  'data-ports-filtered-client',
  'clock-wrong',
  'time-offset',
  'charset',
  'interrupted',
];

/** The finding that the report is named after: the first that blocks, else the gravest. */
export function gravest(findings: readonly Finding[]): Finding | undefined {
  const blocking = findings.find(({ blocks }) => blocks);
  if (blocking) return blocking;
  const rank = ({ cause }: Finding): number => harmlessOrder.indexOf(cause);
  return findings.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** For a conversation that ended where it should have gone on. */
export function interrupted(message: string): Finding {
  return {
    cause: 'interrupted',
    certainty: 'unknown',
    blocks: true,
    explanation: `The conversation with the server came to no end: ${message}.`,
    advice: 'Try again. If it happens again, the log of the server may say why.',
  };
}
