// How fast Portside is, row by row of the table of figures, beside others on the same line:
//
//   npm run bench -- [--json FILE] [--only ROW] [--quick]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { layCourse } from './bench/course.ts';
import { type FtpRow, measureFtpRow, type Pace } from './bench/ftpRow.ts';
import { measureParsing, parsedFormats, parsingRowName } from './bench/parsing.ts';
import { type ReportedRow, reportJson, rowText } from './bench/report.ts';
import { ftpRows } from './bench/rows.ts';
import { runScript, sentenceOf } from './interruption.ts';

const options = {
  json: { type: 'string' },
  only: { type: 'string' },
  quick: { type: 'boolean' },
} as const;

// A reader waits for the quick run; the other one takes a quarter of an hour.
const thorough: Pace = { rounds: 3, patience: 5_000, deadline: 240_000, slowDeadline: 20_000 };
const hasty: Pace = { rounds: 1, patience: 5_000, deadline: 150_000, slowDeadline: undefined };

await runScript(async (signal) => {
  const { json, only = '', quick = false } = parseArgs({ options }).values;
  const pace = quick ? hasty : thorough;
  const isWanted = (name: string): boolean => name.toLowerCase().includes(only.toLowerCase());
  const formats = parsedFormats.filter((format) => isWanted(parsingRowName(format)));
  const races = ftpRows(quick).filter(({ name }) => isWanted(name));
  if (formats.length + races.length === 0) throw new Error(`No row has "${only}" in its name.`);
  const rows: ReportedRow[] = [];
  // After each row, so that a run that is ended keeps what it has.
  const keep = async (row: ReportedRow): Promise<void> => {
    rows.push(row);
    process.stdout.write(rowText(row));
    if (json !== undefined) await writeFile(json, reportJson(rows));
  };
  for (const format of formats) await keep(measureParsing(format, Math.max(3, pace.rounds)));
  if (races.length > 0) await runRaces(races, pace, { keep, signal });
  const met = rows.filter((row) => row.met).length;
  process.stdout.write(`${met} of ${rows.length} rows are met\n`);
  return 0;
});

interface Run {
  readonly keep: (row: ReportedRow) => Promise<void>;
  readonly signal: AbortSignal;
}

async function runRaces(
  races: readonly FtpRow[],
  pace: Pace,
  { keep, signal }: Run,
): Promise<void> {
  await using laid = new AsyncDisposableStack();
  const course = await layCourse(signal).catch(sentenceOf);
  signal.throwIfAborted();
  if (typeof course === 'string') {
    for (const { name } of races) await keep(unmeasured(name, course));
    return;
  }
  laid.use(course);
  for (const note of course.notes) process.stdout.write(`${note}\n`);
  for (const race of races) {
    try {
      await keep(await measureFtpRow(race, course, pace, signal));
    } catch (error) {
      signal.throwIfAborted();
      await keep(unmeasured(race.name, sentenceOf(error)));
    }
  }
}

function unmeasured(name: string, note: string): ReportedRow {
  const nothing = { portside: null, limit: null, figure: null, met: false, peers: {}, spread: {} };
  return { name, unit: 's', ...nothing, note };
}
