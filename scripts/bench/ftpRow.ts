// A row in which Portside and the others do the same with one server, in turn.
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { loadOrMakeCertificate } from '../../src/server/ownCertificate.ts';
import { makeTemporaryFolder } from '../temporaryFolder.ts';
import { within } from '../waiting.ts';
import { type FtpClient, hasManyParts, portside, rawCopy, stateOf, type Words } from './clients.ts';
import type { Course, Distance } from './course.ts';
import { type Figure, figureNote, figureOf } from './figure.ts';
import type { Line } from './line.ts';
import { type Contender, race, type RaceOptions, type RaceResult } from './race.ts';
import { isMet, type ReportedRow, type Spread } from './report.ts';
import { type ServerName, startTarget } from './servers.ts';
import { emptyFolder, layOut, type SiteSizes, type Target } from './site.ts';
import { type Assignment, expectDone, resetTask, type Task } from './task.ts';

/** What is raced in a row. */
export interface FtpRow {
  readonly name: string;
  readonly server: ServerName;
  readonly distance: Distance;
  readonly task: Task;
  readonly sizes: SiteSizes;
  readonly figure: Figure;
  /** `unknown`: Portside forgets the server before each time. */
  readonly acquaintance: 'known' | 'unknown';
}

const rawCopyPort = 4433;

/** How much time there is. */
export interface Pace extends Pick<RaceOptions, 'rounds' | 'patience'> {
  /** Whoever takes longer, in milliseconds, has failed. */
  readonly deadline: number;
  /** `fastest`: where there are many files, those who take one after the other stay out. */
  readonly peers: 'all' | 'fastest';
}

/** Runs the race, on a server of its own. */
export async function measureFtpRow(
  row: FtpRow,
  course: Course,
  pace: Pace,
  signal: AbortSignal,
): Promise<ReportedRow> {
  const { server, distance, task, sizes } = row;
  const line = course.lines[distance];
  await using folder = await makeTemporaryFolder('bench-client');
  await using target = await startTarget(server, line, sizes, signal);
  const local = folder.path;
  await layOut(join(local, 'source'), sizes);
  await using _raw = await startRawCopy(course.rawCopyProgram, { line, target, local }, signal);
  const assignment = { task, target, sizes, local };
  const raw = rawCopy(course.rawCopyProgram, rawCopyPort);
  const isFast = ({ connections }: FtpClient): boolean => !hasManyParts(task) || connections > 1;
  const peers = pace.peers === 'all' ? course.peers : course.peers.filter(isFast);
  const contenders = [portside, ...peers, raw].flatMap((client) =>
    contenderOf(client, { assignment, row, line }, { deadline: pace.deadline, signal }),
  );
  const result = await race(contenders, { ...pace, now: () => performance.now() });
  // Else all would seem to have failed.
  signal.throwIfAborted();
  return reported(row, result);
}

interface Place {
  readonly assignment: Assignment;
  readonly row: FtpRow;
  readonly line: Line;
}

interface Limits {
  readonly deadline: number;
  readonly signal: AbortSignal;
}

function contenderOf(
  client: FtpClient,
  { assignment, row, line }: Place,
  limits: Limits,
): readonly Contender[] {
  const words = client.words(assignment);
  if (words === undefined) return [];
  return [
    {
      name: client.name,
      reset: async () => {
        await resetTask(assignment);
        if (row.acquaintance === 'unknown') await emptyFolder(stateOf(assignment.local));
      },
      run: async () => await runInTime(line, words, limits),
      // The raw copy moves one file instead of many, and nobody else is to be like it.
      ...(client.name !== 'limit' && { check: async () => await expectDone(assignment) }),
    },
  ];
}

async function runInTime(
  { client }: Line,
  words: Words,
  { deadline, signal }: Limits,
): Promise<void> {
  const limited = within(signal, deadline);
  try {
    const { code, output } = await client.attempt(['env', ...words], limited);
    if (code !== 0) throw new Error(`ended with ${code}: ${lastLine(output)}`);
  } catch (error) {
    signal.throwIfAborted();
    if (limited.aborted) throw new Error(`not done in ${deadline / 1000} s`, { cause: error });
    throw error;
  }
}

const longestLine = 200;

function lastLine(output: string): string {
  const sentences = output.split('\n').filter((line) => /[a-z]{3}/i.test(line));
  return (sentences.at(-1) ?? '').slice(0, longestLine);
}

interface RawCopyPlace {
  readonly line: Line;
  readonly target: Target;
  readonly local: string;
}

async function startRawCopy(
  program: string,
  { line, target, local }: RawCopyPlace,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const { key, cert } = await loadOrMakeCertificate(local, [line.address]);
  const pem = join(local, 'raw.pem');
  await writeFile(pem, `${key}\n${cert}`);
  const where = [line.address, String(rawCopyPort), pem, target.folder];
  const server = line.server.start([process.execPath, program, 'serve', ...where]);
  await server.waitForOutput(/^listening$/m, within(signal));
  return server;
}

const seconds = (ms: number): number => ms / 1000;

function reported(row: FtpRow, { samples, notes }: RaceResult): ReportedRow {
  const medians: Record<string, number> = {};
  const spread: Record<string, Spread> = {};
  for (const [name, { median, lowest, highest }] of samples) {
    medians[name] = seconds(median);
    spread[name] = [seconds(lowest), seconds(highest)];
  }
  const { portside: ours, limit: possible, ...peers } = medians;
  const [portside, limit] = [ours ?? null, possible ?? null];
  const figure = figureOf(row.figure, medians);
  const note = [figureNote(row.figure), ...notes].filter((part) => part !== '').join('; ');
  const met = isMet({ portside, figure, limit });
  return { name: row.name, unit: 's', portside, peers, limit, figure, met, note, spread };
}
