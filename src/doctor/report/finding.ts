import type { CauseId, Certainty, Fix } from './report.ts';

/** One problem that the test has found. */
export interface Finding {
  readonly cause: Exclude<CauseId, 'none'>;
  readonly certainty: Certainty;
  /** False where the user can work with the site all the same. */
  readonly blocks: boolean;
  readonly explanation: string;
  readonly advice: string;
  readonly fix?: Fix;
}

// Of the findings that do not block, the most costly one comes first.
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

/** The finding that gives the report its cause: the first that blocks, else the gravest. */
export function gravest(findings: readonly Finding[]): Finding | undefined {
  const blocking = findings.find(({ blocks }) => blocks);
  if (blocking) return blocking;
  const rank = ({ cause }: Finding): number => harmlessOrder.indexOf(cause);
  return findings.toSorted((a, b) => rank(a) - rank(b))[0];
}

/** The finding for a conversation that ended too early. */
export function interrupted(message: string): Finding {
  return {
    cause: 'interrupted',
    certainty: 'unknown',
    blocks: true,
    explanation: `The conversation with the server ended too early: ${message}.`,
    advice: 'Try again. If it happens again, the log of the server may tell why.',
  };
}
