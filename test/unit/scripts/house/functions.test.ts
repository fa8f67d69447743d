import { expect, test } from 'vitest';
import { measureFunctions } from '../../../../scripts/house/functions.ts';

test('every function with braces is measured, from its first word to its closing brace', () => {
  const text = `
/** A comment is no part of it. */
export function outer(): () => void {
  return () => {
    inner();
  };
}

const expression = (a: number): number => a;

abstract class Shape {
  #size = 1;
  constructor() { }
  abstract area(): number;
  get size(): number {
    return this.#size;
  }
}
`;
  const lines = measureFunctions([{ name: 'a/b.ts', text }]);
  expect(lines).toEqual([
    { file: 'a/b.ts', line: 3, lines: 5 },
    { file: 'a/b.ts', line: 4, lines: 3 },
    { file: 'a/b.ts', line: 13, lines: 1 },
    { file: 'a/b.ts', line: 15, lines: 3 },
  ]);
});
