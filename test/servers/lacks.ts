import type { Protection, RealServer } from './support/realServer.ts';

/** What a server cannot do, seen by a test that fails there as it is expected to. */
export interface Lack {
  readonly server: string;
  /** Left out: under any. */
  readonly protections?: readonly Protection[];
  /** The tests that show it, each by its group and name. */
  readonly tests: readonly string[];
  /** How they fail. */
  readonly instead: RegExp;
  /** A sentence for the README. */
  readonly why: string;
}

const lacks: readonly Lack[] = [];

/** What is expected of one server under one protection. */
export function lacksOf({ name }: RealServer, protection: Protection): readonly Lack[] {
  return lacks.filter(
    ({ server, protections }) =>
      server === name && (protections === undefined || protections.includes(protection)),
  );
}
