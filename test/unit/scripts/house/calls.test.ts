import type { Profiler } from 'node:inspector/promises';
import { expect, test } from 'vitest';
import { callsIn } from '../../../../scripts/house/calls.ts';
import { sourceFolder } from '../../../../scripts/house/sourceFiles.ts';

function covered(
  url: string,
  ...functions: readonly (readonly [name: string, start: number, ...counts: number[]])[]
): Profiler.ScriptCoverage {
  return {
    scriptId: '1',
    url,
    functions: functions.map(([functionName, startOffset, ...counts]) => ({
      functionName,
      isBlockCoverage: true,
      ranges: counts.map((count) => ({ startOffset, endOffset: startOffset + 9, count })),
    })),
  };
}

test('a file is entered by a call of a function of it, and not by its import', () => {
  const scripts = [
    covered(`${sourceFolder}b.ts`, ['', 0, 1], ['read', 9, 3, 2], ['', 20, 1]),
    covered(`${sourceFolder}a/imported.ts`, ['', 0, 1], ['never', 9, 0]),
    covered(`${sourceFolder}a/used.ts`, ['use', 0, 1]),
    covered('file:///p/scripts/house.ts', ['main', 9, 1]),
    covered('node:net', ['connect', 9, 1]),
  ];
  expect(callsIn(scripts)).toEqual({ files: ['a/used.ts', 'b.ts'], calls: 5 });
});
