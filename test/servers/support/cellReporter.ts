import type { Reporter, TestCase, TestModule } from 'vitest/node';
import { cellTable, type Cell } from './cellTable.ts';

/** Prints the table of all servers and groups of tests when a run has ended. */
export class CellReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const cells = modules.flatMap((module) => [...module.children.allTests()].flatMap(cellOf));
    if (cells.length > 0) process.stdout.write(`\n${cellTable(cells)}\n`);
  }
}

function cellOf(test: TestCase): readonly Cell[] {
  const { cell } = test.meta();
  const { state } = test.result();
  if (cell === undefined || state === 'skipped' || state === 'pending') return [];
  return [{ ...cell, outcome: state === 'failed' ? 'failed' : cell.outcome }];
}
