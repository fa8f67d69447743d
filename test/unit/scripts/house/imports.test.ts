import { expect, test } from 'vitest';
import { floorsByRoom, singleImporters } from '../../../../scripts/house/imports.ts';
import { type SourceFile, sourceFile } from '../../../../scripts/house/sourceFiles.ts';

const file = (name: string, ...imported: readonly string[]): SourceFile =>
  sourceFile(name, imported.map((what) => `import { x } from '${what}';\n`).join(''));

test('a file has a single importer when one other file alone imports it, however often', () => {
  const files = [
    file('a/one.ts', './shared.ts', './own.ts'),
    sourceFile(
      'a/two.ts',
      "import { x } from './shared.ts';\nimport { y } from './its.ts';\nimport type { Y } from './its.ts';\n",
    ),
    file('a/shared.ts'),
    file('a/own.ts', 'node:net'),
    file('a/its.ts'),
    file('a/alone.ts'),
  ];
  expect(singleImporters(files)).toEqual([
    { file: 'a/own.ts', importer: 'a/one.ts', lines: 1 },
    { file: 'a/its.ts', importer: 'a/two.ts', lines: 0 },
  ]);
});

test('the floors of a room are its longest chain of imports; other rooms do not lengthen it', () => {
  const files = [
    file('a/top.ts', './middle.ts', './low.ts'),
    file('a/middle.ts', './low.ts', './b/far.ts'),
    file('a/low.ts'),
    file('a/b/far.ts', '../low.ts', './near.ts'),
    file('a/b/near.ts'),
    file('c/only.ts', '../a/top.ts'),
  ];
  expect(floorsByRoom(files)).toEqual([
    { room: 'a', files: 3, floors: 3 },
    { room: 'a/b', files: 2, floors: 2 },
    { room: 'c', files: 1, floors: 1 },
  ]);
});

test('a circle of imports has an end', () => {
  const files = [file('a/one.ts', './two.ts'), file('a/two.ts', './one.ts')];
  expect(floorsByRoom(files)).toEqual([{ room: 'a', files: 2, floors: 2 }]);
});
