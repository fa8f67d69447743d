import type { Subject } from '../doctorOptions.ts';
import type { Examination } from '../examination.ts';
import type { ProbeConnection } from './probeConnection.ts';

/** The conversation with the server, and the address at which a further connection is made. */
export interface Conversation {
  readonly exam: Examination;
  readonly subject: Subject;
  readonly probe: ProbeConnection;
  readonly address: string;
}
