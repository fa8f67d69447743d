import type { Subject } from '../doctorOptions.ts';
import type { Examination } from '../examination.ts';
import type { ProbeConnection } from './probeConnection.ts';

/** The conversation with whatever answers, and at which address a further one begins. */
export interface Conversation {
  readonly exam: Examination;
  readonly subject: Subject;
  readonly probe: ProbeConnection;
  readonly address: string;
}
