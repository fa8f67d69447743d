import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { RemotePath } from '../base/paths.ts';
import type { Lookup } from '../ftp/net/lookup.ts';
import type { TlsProbe } from '../ftp/net/tlsProbe.ts';
import type { Network, TlsFactory } from '../ftp/net/transport.ts';
import type { Credentials, FtpConnectOptions } from '../ftp/options.ts';
import type { Omissions } from '../ftp/profile/omissions.ts';

/** What is tested, and how far. */
export interface DoctorOptions {
  /** The site as it is set. All data ports and modes are tried, whatever its rungs are. */
  readonly connect: FtpConnectOptions;
  /** The folder that is listed. Left out: the folder of the login. */
  readonly folder?: RemotePath;
  /** How many connections the site is to use at a time. */
  readonly connections: number;
  /** Whether the test may write, rename and delete two small files. */
  readonly writes: boolean;
}

/** Everything outside that the test may use. */
export interface ExaminationParts {
  readonly network: Network;
  readonly lookup: Lookup;
  readonly tls: TlsFactory;
  readonly tlsProbe: TlsProbe;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A new word of `[a-z0-9]`, never the same twice: part of the names of the files that it writes. */
  readonly newId: () => string;
}

/** The site under test, with what the test uses. */
export interface Subject {
  readonly options: DoctorOptions;
  readonly credentials: Credentials;
  readonly parts: ExaminationParts;
  /** The commands that the server has not survived. */
  readonly omissions: Omissions;
}

// Every data port may cost its time-out and a login. No user waits longer for a diagnosis.
export const longestExaminationMs = 120_000;

// A greeting takes longer only if the server looks up the name of our address. After this time the
// test tries TLS.
const greetingSilenceMs = 4_000;

/** How long a server may be silent before the test assumes that it waits for TLS. */
export function silenceOf({ connect }: DoctorOptions): number {
  return Math.min(greetingSilenceMs, connect.timeouts.connect / 3);
}
