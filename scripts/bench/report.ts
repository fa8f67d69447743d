// What the bench says of a row: to a reader, and in JSON.

/** The lowest and the highest measurement. */
export type Spread = readonly [lowest: number, highest: number];

/** One line of the table of figures, as it was measured. */
export interface ReportedRow {
  readonly name: string;
  readonly unit: 's' | 'ms' | 'MiB' | 'MB' | 'round trips' | 'commands' | 'times';
  /** `null`: it was not measured, and the note says why. */
  readonly portside: number | null;
  /** Others who did the same. */
  readonly peers: Readonly<Record<string, number>>;
  /** What is possible at all, measured in the same run. */
  readonly limit: number | null;
  /** What is to be reached; `null` where it is a part of something that could not be measured. */
  readonly figure: number | null;
  readonly met: boolean;
  readonly note: string;
  /** By the names of all who were measured. */
  readonly spread: Readonly<Record<string, Spread>>;
}

// Nobody can be asked for more than is possible; this much above it counts as there.
const nearTheLimit = 1.15;

/** Whether the figure is reached, or what is possible nearly so. */
export function isMet({
  portside,
  figure,
  limit,
}: Pick<ReportedRow, 'portside' | 'figure' | 'limit'>): boolean {
  if (portside === null) return false;
  const reached = figure !== null && portside <= figure;
  return reached || (limit !== null && portside <= limit * nearTheLimit);
}

/** A row without others and without a limit, which was measured once. */
export function reportedRow(
  row: Pick<ReportedRow, 'name' | 'unit' | 'portside' | 'figure' | 'note'>,
): ReportedRow {
  const alone = { peers: {}, limit: null, spread: {} };
  return { ...row, ...alone, met: isMet({ ...row, limit: null }) };
}

/** The row for a reader: one line that tells whether it is met, the measurements below it. */
export function rowText(row: ReportedRow): string {
  const { name, portside, met, limit, figure, peers, note } = row;
  const verdict = portside === null ? 'not measured' : met ? 'met' : 'not met';
  const known = { portside, figure, limit };
  const ours = Object.entries(known).flatMap(([name, value]) =>
    value === null ? [] : [measured(row, name, value)],
  );
  const theirs = Object.entries(peers).map(([name, value]) => measured(row, name, value));
  const below = [ours.join(', '), theirs.join(', '), note].filter((line) => line !== '');
  return `${name}: ${verdict}\n${below.map((line) => `    ${line}\n`).join('')}`;
}

const digitsOf: Readonly<Record<ReportedRow['unit'], number>> = {
  s: 2,
  ms: 0,
  MiB: 0,
  MB: 2,
  'round trips': 0,
  commands: 0,
  times: 1,
};

function measured({ unit, spread }: ReportedRow, name: string, value: number): string {
  // Small ones need more of them.
  const digits = value < 10 && unit === 'ms' ? 2 : digitsOf[unit];
  const range = spread[name];
  const isOne = range === undefined || range[0] === range[1];
  const between = isOne ? '' : ` (${range.map((end) => end.toFixed(digits)).join('–')})`;
  return `${name} ${value.toFixed(digits)} ${unit}${between}`;
}

/** All rows as the JSON file has them. */
export function reportJson(rows: readonly ReportedRow[]): string {
  return `${JSON.stringify({ rows }, null, 1)}\n`;
}
