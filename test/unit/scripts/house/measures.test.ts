import { expect, test } from 'vitest';
import { measureStructure, rowsOf, tableOf } from '../../../../scripts/house/measures.ts';
import { sourceFile } from '../../../../scripts/house/sourceFiles.ts';

test('the table marks what is over its limit, and names what is counted where that is asked for', () => {
  const rows = [
    { what: 'files', value: 360 },
    { what: 'floors', value: 9, limit: 8, named: ['a.ts'] },
    { what: 'twins', value: 0, limit: 0 },
  ];
  expect(tableOf(rows, { list: true })).toBe(
    [
      '         today   limit',
      'files      360',
      'floors       9       8  not met',
      '    a.ts',
      'twins        0       0',
      '',
    ].join('\n'),
  );
  expect(tableOf(rows, { list: false })).not.toContain('a.ts');
});

test('what is longer than it may be is told', () => {
  const long = `export function long(): void {\n${'  again();\n'.repeat(39)}}\n`;
  const files = [
    sourceFile('a/long.ts', long),
    sourceFile('a/short.ts', `import { long } from './long.ts';\nfunction f() {\n  long();\n}\n`),
    sourceFile('b.ts', 'const a = 1;\n'.repeat(301)),
  ];
  const none = { files: [], calls: 0, entries: 0 };
  const rows = rowsOf({ ...measureStructure(files), warm: { read: none, save: none } });
  const values = new Map(rows.map(({ what, value }) => [what, value]));
  expect(values.get('lines')).toBe(41 + 4 + 301);
  expect(values.get('files over 300 lines')).toBe(1);
  expect(values.get('functions over 40 lines')).toBe(1);
  expect(values.get('longest function, lines')).toBe(41);
  expect(values.get('files with a single importer')).toBe(1);
  expect(values.get('of them under 40 lines')).toBe(0);
  expect(values.get('floors of a (2 files)')).toBe(2);
});
