import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';

// The invariants of the architecture, measured from the files of src. A wish to break one usually
// means that a value or an interface belongs on a lower floor.

interface Import {
  /** Under src, "ftp/net/tcp.ts"; or the name of a module, "node:net". */
  readonly what: string;
  readonly typeOnly: boolean;
}

interface SourceFile {
  /** Under src: "ftp/net/tcp.ts". */
  readonly name: string;
  readonly lines: number;
  /** Without comments and texts. */
  readonly code: string;
  readonly imports: readonly Import[];
}

const src = new URL('../src/', import.meta.url);

const files: readonly SourceFile[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => {
    const text = readFileSync(new URL(name, src), 'utf8');
    const lines = text.split('\n').length - 1;
    return { name, lines, code: codeOf(text), imports: importsOf(name, text) };
  });

// Good enough for code that a formatter has written: no literal here holds the end of another.
function codeOf(text: string): string {
  const commentOrText =
    /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return text.replaceAll(commentOrText, "''");
}

function importsOf(name: string, text: string): Import[] {
  const statement = /^(import|export)( type)?\s(?:[^;'"]*?from\s)?'([^']+)'|import\('([^']+)'\)/gm;
  return [...text.matchAll(statement)].map(([, , type, from = '', dynamic]) => ({
    what: resolved(name, dynamic ?? from),
    typeOnly: type !== undefined,
  }));
}

function resolved(name: string, specifier: string): string {
  return specifier.startsWith('.') ? posix.join(posix.dirname(name), specifier) : specifier;
}

/** "file: what is wrong with it", for every import that is not allowed. */
function wrongImports(isWrong: (file: SourceFile, imported: Import) => boolean): string[] {
  return files.flatMap((file) =>
    file.imports
      .filter((imported) => isWrong(file, imported))
      .map(({ what }) => `${file.name} imports ${what}`),
  );
}

/** Where the code, comments and texts aside, says something. */
function occurrences(pattern: RegExp, except: (name: string) => boolean = () => false): string[] {
  return files
    .filter(({ name }) => !except(name))
    .flatMap(({ name, code }) => [...code.matchAll(pattern)].map(([text]) => `${name}: ${text}`));
}

const isUnder = (name: string, ...places: string[]): boolean =>
  places.some((place) => name === place || (place.endsWith('/') && name.startsWith(place)));

const isOurs = (name: string): boolean => name.endsWith('.ts');

// What the layers above may see of the engine: its face, what it is told, what it throws and says.
const engineFace = [
  'ftp/connectFtp.ts',
  'ftp/ftpConnection.ts',
  'ftp/options.ts',
  'ftp/rung.ts',
  'ftp/errors.ts',
  'ftp/profile/serverProfile.ts',
  'ftp/grammar/entry.ts',
  'ftp/grammar/charset/charset.ts',
  'ftp/grammar/charset/charsets.ts',
  'ftp/grammar/listing/listing.ts',
];
const sessionFace = ['session/remoteFileSystem.ts', 'session/remoteFileError.ts'];

// Imports go down only: from each layer, what it may import of ours besides itself.
const layers: Readonly<Record<string, readonly string[]>> = {
  'base/': [],
  'ftp/': ['base/'],
  'server/': ['base/', 'ftp/grammar/'],
  'session/': ['base/', ...engineFace],
  'sync/': ['base/', ...sessionFace],
  'doctor/': ['base/', 'ftp/', 'session/neighbours.ts'],
  'workspace/': ['base/', ...engineFace, 'session/', 'sync/', 'doctor/'],
  'views/': [
    'base/',
    'ftp/options.ts',
    'ftp/errors.ts',
    'session/',
    'sync/',
    'doctor/',
    'workspace/',
  ],
};
const composers = ['extension.ts', 'cli.ts', 'cli/'];

// The engine's own floors, the lowest first; what stands beside the folders is the face on top.
const engineFloors = [
  ['ftp/grammar/'],
  ['ftp/errors.ts', 'ftp/options.ts', 'ftp/rung.ts'],
  ['ftp/profile/'],
  ['ftp/net/'],
  ['ftp/control/'],
  ['ftp/data/'],
  ['ftp/folders/'],
];

function floorOf(name: string): number {
  const floor = engineFloors.findIndex((places) => isUnder(name, ...places));
  return floor < 0 ? engineFloors.length : floor;
}

test('every file stands in a layer', () => {
  const places = [...Object.keys(layers), ...composers];
  expect(files.map(({ name }) => name).filter((name) => !isUnder(name, ...places))).toEqual([]);
  expect(files.length).toBeGreaterThan(30);
});

describe('imports', () => {
  test.each(Object.entries(layers))('of %s go down', (layer, lower) => {
    expect(
      wrongImports(
        ({ name }, { what }) =>
          name.startsWith(layer) && isOurs(what) && !isUnder(what, layer, ...lower),
      ),
    ).toEqual([]);
  });

  test('inside the engine go down its floors; a type may be taken from the face', () => {
    expect(
      wrongImports(
        ({ name }, { what, typeOnly }) =>
          isUnder(name, 'ftp/') &&
          isUnder(what, 'ftp/') &&
          floorOf(what) > floorOf(name) &&
          !(typeOnly && what === 'ftp/ftpConnection.ts'),
      ),
    ).toEqual([]);
  });

  test('of the grammar reach neither transport nor clock', () => {
    expect(
      wrongImports(
        ({ name }, { what }) =>
          isUnder(name, 'ftp/grammar/') &&
          (what === 'base/clock.ts' || (what.startsWith('node:') && what !== 'node:buffer')),
      ),
    ).toEqual([]);
  });

  test('make no circle', () => {
    const byName = new Map(files.map((file) => [file.name, file]));
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (name: string, path: readonly string[]): void => {
      if (path.includes(name)) circles.push([...path.slice(path.indexOf(name)), name].join(' > '));
      if (done.has(name) || path.includes(name)) return;
      for (const { what } of byName.get(name)?.imports ?? []) visit(what, [...path, name]);
      done.add(name);
    };
    for (const { name } of files) visit(name, []);
    expect(circles).toEqual([]);
  });

  test('of vscode stand in workspace, views and extension.ts only', () => {
    expect(
      wrongImports(
        ({ name }, { what }) =>
          what === 'vscode' && !isUnder(name, 'workspace/', 'views/', 'extension.ts'),
      ),
    ).toEqual([]);
  });

  test('of sockets stand at the doors only', () => {
    const doors = [
      'ftp/net/',
      'server/ftpServer.ts',
      'server/controlPipe.ts',
      'server/dataPipe.ts',
      'server/serverNetwork.ts',
      'server/serverTls.ts',
      // These tell an address from a name: certificates and URLs write them differently.
      'server/certificate.ts',
      'cli/remoteAddress.ts',
    ];
    expect(
      wrongImports(
        ({ name }, { what }) =>
          ['node:net', 'node:tls', 'node:dgram', 'node:dns', 'node:dns/promises'].includes(what) &&
          !isUnder(name, ...doors),
      ),
    ).toEqual([]);
  });

  test('of the disk stand where a folder of this machine is meant', () => {
    const doors = [
      'server/diskFolder.ts',
      'server/diskFile.ts',
      'server/diskEntry.ts',
      'server/diskGround.ts',
      'server/diskListing.ts',
      'server/certificate.ts',
      // The extension's own storage, with modes that VS Code's file system does not know.
      'workspace/sync/recordFolder.ts',
      // Old bytes that must outlive the program: only they bring a file back that is written in place.
      'session/oldBytesFolder.ts',
      ...composers,
    ];
    expect(
      wrongImports(
        ({ name }, { what }) =>
          ['node:fs', 'node:fs/promises'].includes(what) && !isUnder(name, ...doors),
      ),
    ).toEqual([]);
  });
});

test('only the control connection makes command lines, and writes them', () => {
  const makers = files.filter(({ code }) => /\bencodeCommand\(/.test(code)).map(({ name }) => name);
  expect(makers.toSorted()).toEqual(['ftp/control/lineWriter.ts', 'ftp/grammar/command.ts']);
  const writers = wrongImports((_, { what }) => what === 'ftp/control/lineWriter.ts');
  expect(writers).toEqual(['ftp/control/controlConnection.ts imports ftp/control/lineWriter.ts']);
});

const mayKnowTime = (name: string): boolean =>
  name === 'base/clock.ts' || /(?:^|\/)\w*[lL]ogger\.ts$/.test(name);

test('time and console belong to the clock and the loggers', () => {
  const pattern =
    /\b(?:setTimeout|setInterval|setImmediate)\b|\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bconsole\./g;
  expect(occurrences(pattern, mayKnowTime)).toEqual([]);
});

test('no file hands on what others export', () => {
  expect(occurrences(/^export \*/gm)).toEqual([]);
  expect(files.filter(({ name }) => /(?:^|\/)index\.ts$/.test(name))).toEqual([]);
  const barrels = files.filter(({ code }) => {
    const statements = code
      .split(';')
      .filter((statement) => /\S/.test(statement.replace("''", '')));
    return (
      statements.length > 0 && statements.every((one) => /^\s*export\s[^=]*\sfrom\s/.test(one))
    );
  });
  expect(barrels.map(({ name }) => name)).toEqual([]);
});

test('nothing is exported by default', () => {
  expect(occurrences(/^export default\b/gm)).toEqual([]);
});

test('no file is longer than 300 lines', () => {
  const exceptions: readonly string[] = [];
  const long = files.filter(({ name, lines }) => lines > 300 && !exceptions.includes(name));
  expect(long.map(({ name, lines }) => `${name}: ${lines} lines`)).toEqual([]);
});

test('no type is any', () => {
  expect(occurrences(/(?<![.\w])any\b(?!\s*\()/g)).toEqual([]);
});

test('nothing is said to be there that may not be, and no check is switched off', () => {
  expect(occurrences(/[\w)\]]!(?=[.;,)\]])/g)).toEqual([]);
  const switches = files.filter(({ name }) =>
    /@ts-(?:ignore|expect-error|nocheck)|(?:oxlint|eslint)-disable/.test(
      readFileSync(new URL(name, src), 'utf8'),
    ),
  );
  expect(switches.map(({ name }) => name)).toEqual([]);
});

test('the measures see what they are meant to see', () => {
  const text =
    "import { a } from './a.ts';\nimport type {\n  B,\n} from '../b.ts';\nimport './c.ts';\n";
  expect(importsOf('x/y.ts', text)).toEqual([
    { what: 'x/a.ts', typeOnly: false },
    { what: 'b.ts', typeOnly: true },
    { what: 'x/c.ts', typeOnly: false },
  ]);
  expect(importsOf('x/y.ts', "const m = await import('node:net');")[0]?.what).toBe('node:net');
  expect(codeOf("a /* any */ + 'any' // any\n+ `any`")).toBe("a '' + '' ''\n+ ''");
});
