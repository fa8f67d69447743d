// How fast Portside is, row by row of the table of figures, beside others on the same line:
//
//   npm run bench -- [--json FILE] [--only ROW]... [--quick] [--update-chart]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Course, layCourse } from './bench/course.ts';
import type { Pace } from './bench/ftpRow.ts';
import { writeChart } from './bench/chart.ts';
import { type ReportedRow, reportedRow, reportJson, rowText } from './bench/report.ts';
import { largeFile, rowGroups } from './bench/rows.ts';
import type { RowGroup, Tools } from './bench/tools.ts';
import { runScript, sentenceOf } from './interruption.ts';

const options = {
  json: { type: 'string' },
  only: { type: 'string', multiple: true },
  quick: { type: 'boolean' },
  'update-chart': { type: 'boolean' },
} as const;

// A reader waits for the quick run; the other one takes a quarter of an hour.
const thorough: Pace = { rounds: 3, patience: 5_000, deadline: 240_000, slowDeadline: 20_000 };
const hasty: Pace = { rounds: 1, patience: 5_000, deadline: 150_000, slowDeadline: undefined };

await runScript(async (signal) => {
  const { json, only = [''], quick = false, ...asked } = parseArgs({ options }).values;
  const isWanted = ({ name }: { readonly name: string }): boolean =>
    only.some((part) => name.toLowerCase().includes(part.toLowerCase()));
  const isCharted = asked['update-chart'] ?? false;
  const groups = rowGroups(quick).filter((group) => group.rows.some(isWanted));
  if (groups.length === 0) throw new Error(`No row has "${only.join('" or "')}" in its name.`);
  await using laid = new AsyncDisposableStack();
  const pace = quick ? hasty : thorough;
  const tools = { course: courseFor(laid, signal), pace, large: largeFile(quick), signal };
  const rows: ReportedRow[] = [];
  for (const group of groups) {
    const measured = await measure(group, tools);
    for (const row of measured.filter(isWanted)) {
      rows.push(row);
      process.stdout.write(rowText(row));
    }
    // After each, so that a run that is ended keeps what it has.
    if (json !== undefined) await writeFile(json, reportJson(rows));
  }
  if (isCharted) await writeChart(rows, await tools.course(), signal);
  const met = rows.filter((row) => row.met).length;
  process.stdout.write(`${met} of ${rows.length} rows are met\n`);
  return 0;
});

/** Lays the course once, when it is first asked for; what it could not do it says each time. */
function courseFor(laid: AsyncDisposableStack, signal: AbortSignal): () => Promise<Course> {
  let course: Promise<Course> | undefined;
  return async () => {
    course ??= layCourse(signal).then((made) => {
      for (const note of made.notes) process.stdout.write(`${note}\n`);
      return laid.use(made);
    });
    return await course;
  };
}

async function measure(group: RowGroup, tools: Tools): Promise<readonly ReportedRow[]> {
  try {
    return await group.measure(tools);
  } catch (error) {
    tools.signal.throwIfAborted();
    const note = sentenceOf(error);
    return group.rows.map((row) => reportedRow({ ...row, portside: null, figure: null, note }));
  }
}
