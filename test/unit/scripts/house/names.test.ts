import { expect, test } from 'vitest';
import {
  exportedNames,
  filesNamedTwice,
  namesExportedTwice,
} from '../../../../scripts/house/names.ts';
import { sourceFile } from '../../../../scripts/house/sourceFiles.ts';

test.each([
  ['export const a = 1;', ['a']],
  ['export async function load(): Promise<void> {', ['load']],
  ['export function* all(): Iterable<number> {', ['all']],
  ['export abstract class Shape {', ['Shape']],
  [
    'export interface Parts {\n  readonly a: string;\n}\nexport type Part = Parts;',
    ['Parts', 'Part'],
  ],
  ['const a = 1;\nexport { a, type B, c as d };', ['a', 'B', 'd']],
  ['export type {\n  A,\n  B,\n};', ['A', 'B']],
  ['const a = 1;\n  export const nested = 1;', []],
])('%j exports %j', (code, names) => {
  expect(exportedNames(code)).toEqual(names);
});

test('a type beside a value, and overloads, are one name', () => {
  const code =
    'export type Kind = string;\nexport const Kind = 1;\nexport function f(a: string): void;\nexport function f(a: number): void;\n';
  expect(exportedNames(code)).toEqual(['Kind', 'f']);
});

test('what is handed on from another file is exported there', () => {
  expect(exportedNames("export type { A } from '';\nexport { b } from '';")).toEqual([]);
});

test('a name that two files export is found, with both', () => {
  const files = [
    sourceFile('a/one.ts', 'export const same = 1;\nexport const one = 1;\n'),
    sourceFile('b/two.ts', 'export type same = 1;\n// export const one = 1;\n'),
  ];
  expect(namesExportedTwice(files)).toEqual([{ name: 'same', files: ['a/one.ts', 'b/two.ts'] }]);
});

test('two files of one name are found within a layer, not across layers', () => {
  const names = ['a/turns.ts', 'a/b/turns.ts', 'c/turns.ts', 'c/d/other.ts', 'a/cli.ts', 'cli.ts'];
  expect(filesNamedTwice(names.map((name) => sourceFile(name, '')))).toEqual([
    { name: 'a/turns.ts', files: ['a/turns.ts', 'a/b/turns.ts'] },
  ]);
});
