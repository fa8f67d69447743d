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
import { expectDone, resetTask, type Task } from './task.ts';

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
  /** What Portside is told beside its defaults; left out: nothing. */
  readonly options?: readonly string[];
  /** Those who take one file after the other are waited for, however long it takes. */
  readonly waitsForAll?: true;
}

const rawCopyPort = 4433;

/** How much time there is; all in milliseconds. */
export interface Pace extends Pick<RaceOptions, 'rounds' | 'patience'> {
  /** Whoever takes longer has failed. */
  readonly deadline: number;
  /** The same for those who take one file after the other; `undefined`: they stay out. */
  readonly slowDeadline: number | undefined;
}

/** Runs the race, on a server of its own. */
export async function measureFtpRow(
  row: FtpRow,
  course: Course,
  pace: Pace,
  signal: AbortSignal,
): Promise<ReportedRow> {
  const { server, distance, sizes } = row;
  const line = course.lines[distance];
  const clients = clientsOf(row, course, pace);
  await using started = new AsyncDisposableStack();
  const { path } = started.use(await makeTemporaryFolder('bench-client'));
  const target = started.use(await startTarget({ name: server, sizes }, line, signal));
  const isHelpless = ({ cannotResume }: FtpClient): boolean => cannotResume.includes(server);
  const lenient = clients.some(isHelpless)
    ? started.use(await startTarget({ name: server, sizes, dataSession: 'any' }, line, signal))
    : target;
  await layOut(join(path, 'source'), sizes);
  const local = path;
  started.use(await startRawCopy(course.programs.rawCopy, { line, target, local }, signal));
  const contenders = clients.flatMap((client) =>
    contenderOf(
      client,
      { row, line, local, target: isHelpless(client) ? lenient : target },
      { ...pace, signal },
    ),
  );
  const result = await race(contenders, { ...pace, now: () => performance.now() });
  // Else all would seem to have failed.
  signal.throwIfAborted();
  const demands = clients
    .filter((client) => isHelpless(client) && result.samples.has(client.name))
    .map(({ name }) => `${name}: the server does not ask it to resume TLS sessions`);
  return reported(row, { ...result, notes: [...demands, ...result.notes] });
}

function clientsOf({ task, options }: FtpRow, course: Course, pace: Pace): readonly FtpClient[] {
  const raw = rawCopy(course.programs.rawCopy, rawCopyPort);
  const peers = course.peers.filter(
    (peer) => pace.slowDeadline !== undefined || !goesOneByOne(peer, task),
  );
  return [portside('portside', options), ...peers, raw];
}

function goesOneByOne({ connections }: FtpClient, task: Task): boolean {
  return connections === 'one' && hasManyParts(task);
}

interface Place {
  readonly row: FtpRow;
  readonly line: Line;
  readonly local: string;
  readonly target: Target;
}

interface Limits extends Pick<Pace, 'deadline' | 'slowDeadline'> {
  readonly signal: AbortSignal;
}

function contenderOf(
  client: FtpClient,
  { row, line, local, target }: Place,
  { deadline, slowDeadline = deadline, signal }: Limits,
): readonly Contender[] {
  const { task, sizes } = row;
  const own = client.name.replace(' ×', '-');
  const source = join(local, 'source');
  const assignment = { task, target, sizes, source, local: join(local, own), own };
  const words = client.words(assignment);
  if (words === undefined) return [];
  const isSlow = goesOneByOne(client, task);
  const limit = isSlow && row.waitsForAll !== true ? slowDeadline : deadline;
  return [
    {
      name: client.name,
      ...(isSlow && { pace: 'once' }),
      reset: async () => {
        await resetTask(assignment);
        if (row.acquaintance === 'unknown') await emptyFolder(stateOf(assignment.local));
      },
      run: async () => await runInTime(line, words, limit, signal),
      // The raw copy moves one file instead of many, and nobody else is to be like it.
      ...(client.name !== 'limit' && { check: async () => await expectDone(assignment) }),
    },
  ];
}

async function runInTime(
  { client }: Line,
  words: Words,
  deadline: number,
  signal: AbortSignal,
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
