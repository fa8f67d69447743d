import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { RemotePath } from '../base/paths.ts';
import type { Lookup } from '../ftp/net/lookup.ts';
import type { TlsProbe } from '../ftp/net/tlsProbe.ts';
import type { Network, TlsFactory } from '../ftp/net/transport.ts';
import type { Credentials, FtpConnectOptions } from '../ftp/options.ts';
import type { Omissions } from '../ftp/profile/omissions.ts';

/** What is examined, and how far. */
export interface DoctorOptions {
  /** The site as it is set. Data ports and modes are all tried, whatever its rungs are. */
  readonly connect: FtpConnectOptions;
  /** The folder that is listed; left out: where the server puts the user. */
  readonly folder?: RemotePath;
  /** How many connections the site is to use at a time. */
  readonly connections: number;
  /** Whether two small files may be written, renamed and deleted again. */
  readonly writes: boolean;
}

/** Everything outside that the examination may use. */
export interface ExaminationParts {
  readonly network: Network;
  readonly lookup: Lookup;
  readonly tls: TlsFactory;
  readonly tlsProbe: TlsProbe;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A new word of `[a-z0-9]`, never the same twice: for the names of the files that are written. */
  readonly newId: () => string;
}

/** Who examines what with what. */
export interface Subject {
  readonly options: DoctorOptions;
  readonly credentials: Credentials;
  readonly parts: ExaminationParts;
  /** What the server was seen not to survive. */
  readonly omissions: Omissions;
}

// Every data port may cost its time-out and a login; nobody waits longer for a diagnosis.
export const longestExaminationMs = 120_000;

// A greeting takes longer only where the server looks our name up; until then TLS is tried.
const greetingSilenceMs = 4_000;

/** How long a server may be silent before it is suspected to wait for TLS. */
export function silenceOf({ connect }: DoctorOptions): number {
  return Math.min(greetingSilenceMs, connect.timeouts.connect / 3);
}
