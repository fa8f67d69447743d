import { expect, test } from 'vitest';
import { telling } from '../../../../scripts/house/entries.ts';
import { functionBodies } from '../../../../scripts/house/functions.ts';

test('every function tells of its call before it does anything', () => {
  const text = [
    'export function whole(): number { return 1; }',
    'const curried = (a: number) => (b: number): number => a + b;',
    'const object = () => ({ a: [1].map((one) => one) });',
    'class Counter { constructor(readonly a = () => 1) {} get b() { return this.a(); } }',
  ].join('\n');
  const bodies = functionBodies([{ name: 'a.ts', text }]).get('a.ts') ?? [];
  const [whole, curried, object, counter, imported] = telling(text, bodies).split('\n');
  expect(whole).toBe('export function whole(): number { $entered(); return 1; }');
  expect(curried).toBe(
    'const curried = (a: number) => ($entered(), (b: number): number => ($entered(), a + b));',
  );
  expect(object).toBe(
    'const object = () => ($entered(), ({ a: [1].map((one) => ($entered(), one)) }));',
  );
  expect(counter).toBe(
    'class Counter { constructor(readonly a = () => ($entered(), 1)) { $entered();} get b() { $entered(); return this.a(); } }',
  );
  expect(imported).toMatch(/^import \{ entered as \$entered \} from '.*entries\.ts';$/);
});
