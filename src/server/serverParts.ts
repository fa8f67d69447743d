import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Admission } from './control/admission.ts';
import type { DataTransport } from './data/dataTransport.ts';
import type { StoredHashes } from './data/storedHashes.ts';
import type { ServerLimits } from './limits.ts';
import type { FtpServerOptions, MutableCounters } from './options.ts';
import type { Faults, Personality } from './personality.ts';
import type { ServerTls } from './tls.ts';

/** What all sessions of a server share. */
export interface ServerParts {
  readonly options: FtpServerOptions;
  readonly limits: ServerLimits;
  readonly personality: Personality;
  readonly faults: Faults;
  readonly requireTls: boolean;
  readonly tls: ServerTls | undefined;
  readonly counters: MutableCounters;
  readonly hashes: StoredHashes;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Counts a data connection while it is open, and closes it when the server ends. */
  trackData(transport: DataTransport): void;
}
