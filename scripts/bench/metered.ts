// Portside alone, measured from inside and outside: what it needs of the machine.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../temporaryFolder.ts';
import { within } from '../waiting.ts';
import { type FtpClient, portside } from './clients.ts';
import type { Course, Distance } from './course.ts';
import type { Needed } from './meter.ts';
import { startTarget } from './servers.ts';
import { layOut, type SiteSizes, type Target } from './site.ts';
import { type Assignment, expectDone, resetTask, type Task } from './task.ts';

/** Where Portside is measured: a `serve` of its own, and what there is on both sides. */
export interface Station extends AsyncDisposable {
  readonly target: Target;
  /** Runs the command line to its end, and sees that it has done it. */
  readonly run: (task: Task, options?: RunOptions) => Promise<Run>;
}

export interface RunOptions {
  /** In place of the words of the task. */
  readonly words?: FtpClient['words'];
  /** The first match in the output is timed. */
  readonly first?: RegExp;
}

/** What one run took. */
export interface Run extends Needed {
  readonly seconds: number;
  /** Until the first match. */
  readonly firstSeconds: number | undefined;
  readonly output: string;
}

const deadline = 180_000;

/** Starts the server and lays out the files; the server is known when it returns. */
export async function openStation(
  { distance, sizes }: { readonly distance: Distance; readonly sizes: SiteSizes },
  course: Course,
  signal: AbortSignal,
): Promise<Station> {
  await using opened = new AsyncDisposableStack();
  const local = opened.use(await makeTemporaryFolder('bench-client')).path;
  const line = course.lines[distance];
  const target = opened.use(await startTarget({ name: 'serve', sizes }, line, signal));
  const source = join(local, 'source');
  await layOut(source, sizes);
  const meter = join(local, 'needed.json');
  const metered = [`NODE_OPTIONS=--import=${course.programs.meter}`, `BENCH_METER=${meter}`];
  const run = async (task: Task, { words, first }: RunOptions = {}): Promise<Run> => {
    const assignment: Assignment = { task, target, sizes, source, local, own: 'portside' };
    await resetTask(assignment);
    const called = (words ?? portside().words)(assignment) ?? [];
    await writeFile(meter, '');
    const started = performance.now();
    await using program = line.client.start(['env', ...metered, ...called]);
    const limited = within(signal, deadline);
    const seen = first && program.waitForOutput(first, limited).then(() => performance.now());
    const code = await program.ended(limited);
    const ended = performance.now();
    if (code !== 0) throw new Error(`ended with ${code}: ${program.output.slice(-200)}`);
    await expectDone(assignment);
    const needed = JSON.parse(await readFile(meter, 'utf8')) as Needed;
    return {
      ...needed,
      seconds: (ended - started) / 1000,
      firstSeconds: seen && ((await seen) - started) / 1000,
      output: program.output,
    };
  };
  await run('listOneFolder');
  const all = opened.move();
  return { target, run, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** The processor time of a running process so far, and its memory, as Linux has them. */
export interface ProcessState {
  readonly processorMs: number;
  readonly bytes: number;
  /** The most since `forgetPeak`. */
  readonly peakBytes: number;
}

const tickMs = 10;

/** Throws where there is no such process. */
export async function processState(pid: number | undefined): Promise<ProcessState> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/status`, 'utf8'),
  ]);
  // Behind the name in brackets: the 12th and 13th are the ticks in the program and in the system.
  const numbers = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const kibibytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return {
    processorMs: (Number(numbers[11]) + Number(numbers[12])) * tickMs,
    bytes: kibibytes('VmRSS'),
    peakBytes: kibibytes('VmHWM'),
  };
}

/** Lets the peak of a process begin at what it holds now. */
export async function forgetPeak(pid: number | undefined): Promise<void> {
  await writeFile(`/proc/${pid}/clear_refs`, '5');
}
