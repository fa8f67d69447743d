import type { CellResult } from '../conformance/cells.ts';

/** A test that was run under one server and protection. */
export interface Cell extends Omit<CellResult, 'outcome'> {
  readonly outcome: CellResult['outcome'] | 'failed';
}

/** Servers and protections down, groups of tests across: "12", "11 (1 lacking)", "10 (2 failed)". */
export function cellTable(cells: readonly Cell[]): string {
  const groups = unique(cells.map(({ group }) => group));
  const columns = unique(cells.map(columnOf));
  const rows = columns.map((column) => {
    const own = cells.filter((cell) => columnOf(cell) === column);
    return [column, ...groups.map((group) => words(own.filter((cell) => cell.group === group)))];
  });
  return aligned([['', ...groups], ...rows]);
}

function columnOf({ server, protection }: Cell): string {
  return `${server}, ${protection === 'none' ? 'no TLS' : protection}`;
}

function words(cells: readonly Cell[]): string {
  if (cells.length === 0) return '-';
  const count = (wanted: Cell['outcome']): number =>
    cells.filter(({ outcome }) => outcome === wanted).length;
  const remarks = [
    [count('lacks'), 'lacking'],
    [count('failed'), 'failed'],
  ] as const;
  const more = remarks.flatMap(([number, word]) => (number > 0 ? [`${number} ${word}`] : []));
  return `${count('works')}${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
