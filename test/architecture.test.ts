import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { floorsByRoom } from '../scripts/house/imports.ts';
import { type Duplicate, filesNamedTwice, namesExportedTwice } from '../scripts/house/names.ts';
import { type Import, readSourceFiles, type SourceFile } from '../scripts/house/sourceFiles.ts';
import { projectRoot } from '../scripts/paths.ts';

// The invariants of the architecture, measured from the files of src. A wish to break one usually
// means that a value or an interface belongs on a lower floor.

const files = readSourceFiles();

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
  'ftp/profile/sessionHabits.ts',
  'ftp/profile/rememberedProfile.ts',
  'ftp/grammar/entry.ts',
  'ftp/grammar/charset/charset.ts',
  'ftp/grammar/charset/charsets.ts',
  'ftp/grammar/listing/listing.ts',
];
const sessionFace = [
  'session/remoteFileSystem.ts',
  'session/remoteFileError.ts',
  'session/changing/makeFolders.ts',
  'session/temporaryNames.ts',
];

// Imports go down only: from each layer, what it may import of ours besides itself.
const layers: Readonly<Record<string, readonly string[]>> = {
  'base/': [],
  'ftp/': ['base/'],
  'server/': ['base/', 'ftp/grammar/'],
  'session/': ['base/', ...engineFace],
  'sync/': ['base/', ...sessionFace],
  'doctor/': ['base/', 'ftp/', 'session/temporaryNames.ts'],
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
  'cli/': [
    'base/',
    ...engineFace,
    'ftp/grammar/listing/',
    'ftp/grammar/namedZone.ts',
    'session/',
    'server/',
    'sync/',
    'doctor/',
  ],
};
const composers = ['extension.ts', 'cli.ts', 'startExtension.ts', 'startCli.ts'];

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

  test('of vscode stand in workspace, views and where the extension begins only', () => {
    expect(
      wrongImports(
        ({ name }, { what }) =>
          what === 'vscode' &&
          !isUnder(name, 'workspace/', 'views/', 'extension.ts', 'startExtension.ts'),
      ),
    ).toEqual([]);
  });

  test('of sockets stand at the doors only', () => {
    const doors = [
      'ftp/net/',
      'server/ftpServer.ts',
      'server/control/controlTransport.ts',
      'server/data/dataTransport.ts',
      'server/data/serverNetwork.ts',
      'server/tls.ts',
      // These tell an address from a name: certificates and URLs write them differently.
      'server/ownCertificate.ts',
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
      'server/folder/disk.ts',
      'server/folder/diskFolder.ts',
      'server/folder/diskEntry.ts',
      'server/folder/diskGround.ts',
      'server/folder/diskStreams.ts',
      'server/ownCertificate.ts',
      // What is remembered between two starts, with modes that VS Code's file system does not know.
      'base/recordFolder.ts',
      // Old bytes that must outlive the program: only they bring a file back that is written in place.
      'session/saving/oldBytes.ts',
      'cli/nodeFiles.ts',
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
  const switches = files.filter(({ text }) =>
    /@ts-(?:ignore|expect-error|nocheck)|(?:oxlint|eslint)-disable/.test(text),
  );
  expect(switches.map(({ name }) => name)).toEqual([]);
});

const namesOf = (duplicates: readonly Duplicate[]): readonly string[] =>
  duplicates.map(({ name }) => name);

// A name that stands for two things makes readers ask which. `known` may only shrink: what is no
// duplicate any more leaves it, and nothing joins it.
test('no name is exported twice in src', () => {
  const known: readonly string[] = [];
  expect(namesOf(namesExportedTwice(files))).toEqual(known);
});

test('no two files of one layer have one name', () => {
  const known: readonly string[] = [];
  expect(namesOf(filesNamedTwice(files))).toEqual(known);
});

test('no room has more than eight floors', () => {
  const high = floorsByRoom(files).filter(({ floors }) => floors > 8);
  expect(high.map(({ room, floors }) => `${room}: ${floors} floors`)).toEqual([]);
});

describe('ARCHITECTURE.md', () => {
  const text = readFileSync(join(projectRoot, 'ARCHITECTURE.md'), 'utf8');
  const named = [...text.matchAll(/`([\w/]+\.ts)`/g)].map(([, name]) => name ?? '');

  test('names files that exist', () => {
    const inSrc = named.filter((name) => !name.startsWith('test/'));
    expect(named.length).toBeGreaterThan(50);
    expect(
      inSrc.filter((name) => !files.some((file) => `/${file.name}`.endsWith(`/${name}`))),
    ).toEqual([]);
  });

  test('names every room', () => {
    const rooms = new Set(files.map(({ name }) => name.split('/').slice(-2, -1)[0] ?? ''));
    expect([...rooms].filter((room) => !text.includes(room))).toEqual([]);
  });
});
