// Which functions of src an operation calls, as V8 counts them.
import { type Profiler, Session } from 'node:inspector/promises';
import { takeEntries } from './entries.ts';
import { sourceFolder } from './sourceFiles.ts';

/** What one operation touched. */
export interface Calls {
  /** The files of which at least one function was called, under src. */
  readonly files: readonly string[];
  readonly calls: number;
  /** Those of them that come from another file; none unless `watchEntries` went before. */
  readonly entries: number;
}

/** Counts the calls of an operation in the files of src. */
export async function countCalls(operation: () => Promise<void>): Promise<Calls> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    // Taking the counts sets them to zero.
    await session.post('Profiler.takePreciseCoverage');
    takeEntries();
    await operation();
    const entries = takeEntries();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    return { ...callsIn(result), entries };
  } finally {
    session.disconnect();
  }
}

/** The calls that V8 has counted. The top level of a module, which an import runs, is no call. */
export function callsIn(scripts: readonly Profiler.ScriptCoverage[]): Omit<Calls, 'entries'> {
  const ours = scripts
    .filter(({ url }) => url.startsWith(sourceFolder))
    .map(({ url, functions }) => ({
      file: url.slice(sourceFolder.length),
      calls: functions.reduce((sum, one) => sum + (isTopLevel(one) ? 0 : countOf(one)), 0),
    }))
    .filter(({ calls }) => calls > 0);
  return {
    files: ours.map(({ file }) => file).toSorted(),
    calls: ours.reduce((sum, { calls }) => sum + calls, 0),
  };
}

function isTopLevel({ functionName, ranges }: Profiler.FunctionCoverage): boolean {
  return functionName === '' && ranges[0]?.startOffset === 0;
}

/** The first range is the whole function; the others are branches within it. */
function countOf({ ranges }: Profiler.FunctionCoverage): number {
  return ranges[0]?.count ?? 0;
}
