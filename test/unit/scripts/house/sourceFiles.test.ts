import { expect, test } from 'vitest';
import { codeOf, importsOf, layerOf, roomOf } from '../../../../scripts/house/sourceFiles.ts';

test('an import leads to a file, whether it takes a value, a type or nothing', () => {
  const text =
    "import { a } from './a.ts';\nimport type {\n  B,\n} from '../b.ts';\nimport './c.ts';\n";
  expect(importsOf('x/y.ts', text)).toEqual([
    { what: 'x/a.ts', typeOnly: false },
    { what: 'b.ts', typeOnly: true },
    { what: 'x/c.ts', typeOnly: false },
  ]);
});

test('an import within an expression counts', () => {
  expect(importsOf('x/y.ts', "const m = await import('node:net');")[0]?.what).toBe('node:net');
});

test('comments and texts are no code', () => {
  expect(codeOf("a /* any */ + 'any' // any\n+ `any`")).toBe("a '' + '' ''\n+ ''");
});

test('a room is the folder, a layer the first folder', () => {
  expect([roomOf('ftp/net/tcp.ts'), layerOf('ftp/net/tcp.ts')]).toEqual(['ftp/net', 'ftp']);
  expect([roomOf('cli.ts'), layerOf('cli.ts')]).toEqual(['.', '.']);
});
