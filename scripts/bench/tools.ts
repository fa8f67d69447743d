import type { Course } from './course.ts';
import type { Pace } from './ftpRow.ts';
import type { ReportedRow } from './report.ts';

/** What rows are measured with. */
export interface Tools {
  /** Laid when it is first asked for. */
  readonly course: () => Promise<Course>;
  readonly pace: Pace;
  /** The bytes of the large file. */
  readonly large: number;
  readonly signal: AbortSignal;
}

/** Rows of the table of figures that are measured together. */
export interface RowGroup {
  readonly rows: readonly Pick<ReportedRow, 'name' | 'unit'>[];
  /** One for each of them, in their order. */
  measure(tools: Tools): Promise<readonly ReportedRow[]>;
}
