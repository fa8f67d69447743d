import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { FtpConnection } from '../ftp/ftpConnection.ts';
import type { ServerProfile } from '../ftp/profile/serverProfile.ts';
import type { OldBytes } from './saving/oldBytes.ts';

/** Everything a session is made of. */
export interface SessionOptions {
  /** Makes one logged-in connection. It asks the user by itself what it has to ask, once. */
  readonly connect: (signal: AbortSignal) => Promise<FtpConnection>;
  /** What is known of the server, beyond this session; nothing if left out. */
  readonly profile?: ServerProfile;
  readonly maxConnections: number;
  /**
   * Connections that transfers leave free for a waiting user, except the last one there is: one if left
   * out. None is for programs that do nothing but transfer.
   */
  readonly keptFromTransfers?: number;
  /** An idle connection is asked for a sign of life that often. */
  readonly keepAliveMs: number;
  /** An idle connection is closed after that time. */
  readonly idleCloseMs: number;
  /** How long one attempt at a request may take without any byte of a file moving. */
  readonly operationTimeoutMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A new word of `[a-z0-9]`, never the same twice: for the names of temporary files. */
  readonly newId: () => string;
  /** Every change is refused with `noPermissions`. */
  readonly readOnly?: boolean;
  /** What `readFile` takes into memory where it is given no limit: 256 MiB if left out. */
  readonly largestFile?: number;
  /** Where the old bytes of a file stand while it is written in place: in memory if left out. */
  readonly oldBytes?: OldBytes;
  /** How long a listing answers for the server: a minute if left out. */
  readonly listingMs?: number;
}

/** How long one attempt may take where the engine waits that many seconds for a reply, twice. */
export function operationTimeoutOf(seconds: number): number {
  return Math.max(sessionDefaults.operationTimeoutMs, seconds * 2_000);
}

/** More connections than that do not make transfers faster. */
export const mostHelpfulConnections = 8;

/** How long a listing answers for the server, in milliseconds. */
export const defaultListingMs = 60_000;

/** Bytes that `readFile` takes into memory. */
export const defaultLargestFile: number = 256 * 1024 * 1024;

/** What holds where nothing else was chosen. */
export const sessionDefaults: Pick<
  SessionOptions,
  'maxConnections' | 'keepAliveMs' | 'idleCloseMs' | 'operationTimeoutMs'
> = {
  maxConnections: 3,
  // Below the 300 s of vsftpd and pyftpdlib, and below what home routers forget.
  keepAliveMs: 60_000,
  idleCloseMs: 10 * 60_000,
  operationTimeoutMs: 60_000,
};

/** What the pool takes of them. */
export type PoolOptions = Pick<
  SessionOptions,
  | 'connect'
  | 'profile'
  | 'maxConnections'
  | 'keptFromTransfers'
  | 'keepAliveMs'
  | 'idleCloseMs'
  | 'clock'
  | 'logger'
>;
