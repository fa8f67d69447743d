import { describe, expect, test } from 'vitest';
import { type Lack, lacksOf } from '../lacks.ts';
import type { Protection, RealServer } from '../support/realServer.ts';

/** Declares one test, as vitest's own function does; it is one cell of the table. */
export type Cells = (name: string, run: () => Promise<void>) => void;

/** What became of a test under one server and protection. */
export interface CellResult {
  readonly server: string;
  readonly protection: Protection;
  readonly group: string;
  readonly outcome: 'works' | 'lacks';
}

declare module 'vitest' {
  interface TaskMeta {
    cell?: CellResult;
  }
}

/** The tests of one server under one protection. */
export class Column {
  readonly #server: string;
  readonly #protection: Protection;
  readonly #lacks: readonly Lack[];
  readonly #seen = new Set<string>();

  constructor(kind: RealServer, protection: Protection) {
    this.#server = kind.name;
    this.#protection = protection;
    this.#lacks = lacksOf(kind, protection);
  }

  /** Declares a group of tests. */
  group(group: string, declare: (test: Cells) => void): void {
    describe(group, () => declare((name, run) => this.#declare(group, name, run)));
  }

  /** Declares the test that no lack is written down of a test that nobody knows. */
  expectNoStrayLack(): void {
    test('every lack that is written down is of a test', () => {
      const named = this.#lacks.flatMap(({ tests }) => tests);
      expect(named.filter((name) => !this.#seen.has(name))).toEqual([]);
    });
  }

  #declare(group: string, name: string, run: () => Promise<void>): void {
    const id = `${group}: ${name}`;
    this.#seen.add(id);
    const lack = this.#lacks.find(({ tests }) => tests.includes(id));
    const outcome = lack ? 'lacks' : 'works';
    const cell = { server: this.#server, protection: this.#protection, group, outcome } as const;
    test(name, { meta: { cell } }, () => (lack ? expectLack(lack, run) : run()));
  }
}

async function expectLack({ why, instead }: Lack, run: () => Promise<void>): Promise<void> {
  const failure = await run().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : 'no error'),
  );
  if (failure === undefined) throw new Error(`It works, though what it lacks is said to be ${why}`);
  expect(failure).toMatch(instead);
}
