// The measures of the code's structure, and the table that shows them beside their limits.
import type { Calls } from './calls.ts';
import { type MeasuredFunction, measureFunctions } from './functions.ts';
import { floorsByRoom, type Room, type SingleImporter, singleImporters } from './imports.ts';
import { type Duplicate, filesNamedTwice, namesExportedTwice } from './names.ts';
import type { SourceFile } from './sourceFiles.ts';
import type { WarmOperations } from './warmOperations.ts';

/** What a file and a function are kept to. */
const longestFile = 300;
const longestFunction = 40;

/** A file that only one other imports and that is shorter than this might as well stand in it. */
const shortFile = 40;

/** Everything that is measured of the files themselves. */
export interface Structure {
  readonly files: number;
  readonly lines: number;
  readonly filesTooLong: readonly { readonly file: string; readonly lines: number }[];
  readonly functions: number;
  /** Lines. */
  readonly medianFunction: number;
  readonly longestFunction: number;
  readonly functionsTooLong: readonly MeasuredFunction[];
  readonly singleImporters: readonly SingleImporter[];
  /** Those of the single importers that are short. */
  readonly shortSingleImporters: number;
  readonly namesExportedTwice: readonly Duplicate[];
  readonly filesNamedTwice: readonly Duplicate[];
  readonly rooms: readonly Room[];
}

export interface Measures extends Structure {
  readonly warm: WarmOperations;
}

/** Measures the files of src, without running them. */
export function measureStructure(files: readonly SourceFile[]): Structure {
  const functions = measureFunctions(files).toSorted((one, other) => other.lines - one.lines);
  const single = singleImporters(files);
  return {
    files: files.length,
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
    filesTooLong: files
      .filter(({ lines }) => lines > longestFile)
      .map(({ name, lines }) => ({ file: name, lines })),
    functions: functions.length,
    medianFunction: functions[Math.floor(functions.length / 2)]?.lines ?? 0,
    longestFunction: functions[0]?.lines ?? 0,
    functionsTooLong: functions.filter(({ lines }) => lines > longestFunction),
    singleImporters: single,
    shortSingleImporters: single.filter(({ lines }) => lines < shortFile).length,
    namesExportedTwice: namesExportedTwice(files),
    filesNamedTwice: filesNamedTwice(files),
    rooms: floorsByRoom(files),
  };
}

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly value: number;
  /** The most that it should be, where there is such a thing. */
  readonly limit?: number;
  /** What the figure counts, one by one. */
  readonly named?: readonly string[];
}

/** The table's lines. */
export function rowsOf(measures: Measures): readonly Row[] {
  return [...rowsOfSizes(measures), ...rowsOfConnections(measures), ...rowsOfWarm(measures.warm)];
}

function rowsOfSizes(measures: Structure): readonly Row[] {
  const { filesTooLong, functionsTooLong } = measures;
  return [
    { what: 'files', value: measures.files },
    { what: 'lines', value: measures.lines },
    {
      what: `files over ${longestFile} lines`,
      value: filesTooLong.length,
      limit: 0,
      named: filesTooLong.map(({ file, lines }) => `${file}: ${lines}`),
    },
    { what: 'functions with a body in braces', value: measures.functions },
    { what: 'median function, lines', value: measures.medianFunction },
    { what: 'longest function, lines', value: measures.longestFunction },
    {
      what: `functions over ${longestFunction} lines`,
      value: functionsTooLong.length,
      limit: 0,
      named: functionsTooLong.map(({ file, line, lines }) => `${file}:${line}: ${lines}`),
    },
  ];
}

function rowsOfConnections(measures: Structure): readonly Row[] {
  const { singleImporters, namesExportedTwice, filesNamedTwice, rooms } = measures;
  return [
    {
      what: 'files with a single importer',
      value: singleImporters.length,
      limit: 65,
      named: singleImporters.map((one) => `${one.file} (${one.lines}) by ${one.importer}`),
    },
    { what: `of them under ${shortFile} lines`, value: measures.shortSingleImporters },
    {
      what: 'names exported more than once',
      value: namesExportedTwice.length,
      limit: 0,
      named: namesExportedTwice.map(inWords),
    },
    {
      what: 'names of more than one file of a layer',
      value: filesNamedTwice.length,
      limit: 0,
      named: filesNamedTwice.map(inWords),
    },
    ...rooms.map(({ room, files, floors }) => ({
      what: `floors of ${room === '.' ? 'src' : room} (${files} files)`,
      value: floors,
      limit: 8,
    })),
  ];
}

function rowsOfWarm({ read, save }: WarmOperations): readonly Row[] {
  return [...rowsOfCalls('a warm read', read, 35), ...rowsOfCalls('a warm save', save, 45)];
}

function rowsOfCalls(what: string, { files, calls, entries }: Calls, limit: number): Row[] {
  return [
    { what: `files that ${what} enters`, value: files.length, limit, named: files },
    { what: `function calls of ${what}`, value: calls },
    { what: 'of them from another file', value: entries },
  ];
}

function inWords({ name, files }: Duplicate): string {
  return `${name}: ${files.join(', ')}`;
}

/** The lines as text, in columns; `list` names beneath each what it counts. */
export function tableOf(rows: readonly Row[], { list }: { readonly list: boolean }): string {
  const width = Math.max(...rows.map(({ what }) => what.length));
  const line = (what: string, value: string, limit: string, remark: string): string =>
    `${what.padEnd(width)}  ${value.padStart(6)}  ${limit.padStart(6)}  ${remark}`.trimEnd();
  const lines = rows.flatMap(({ what, value, limit, named = [] }) => [
    line(
      what,
      String(value),
      limit === undefined ? '' : String(limit),
      limit !== undefined && value > limit ? 'not met' : '',
    ),
    ...(list ? named.map((name) => `    ${name}`) : []),
  ]);
  return [line('', 'today', 'limit', ''), ...lines].map((text) => `${text}\n`).join('');
}
