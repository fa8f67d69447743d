import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ServedFolder } from './folder/servedFolder.ts';
import type { ServerLimits } from './limits.ts';
import type { Faults, Personality } from './personality.ts';
import type { ServerCertificate, ServerTlsVersion } from './tls.ts';

/** What a client said of itself. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly account?: string;
}

/** Everything that decides about one server. */
export interface FtpServerOptions {
  /** Port 0 takes any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly folder: ServedFolder;
  readonly tls: 'explicit' | 'implicit' | 'none';
  /** Wanted unless `tls` is `none`. */
  readonly certificate?: ServerCertificate;
  /** Never asked about an anonymous user. */
  readonly authenticate: (login: Login) => boolean | 'accountNeeded';
  readonly anonymous: boolean;
  readonly readOnly?: boolean;
  /** Refuses every data port that a command sets up: only the default one is left. */
  readonly defaultPortOnly?: boolean;
  /** No user name and no file in the clear. True unless told otherwise where there is TLS. */
  readonly requireTls?: boolean;
  /** Data connections must resume a TLS session, as vsftpd and ProFTPD have it. */
  readonly requireSessionReuse?: boolean;
  /** False: no session can be resumed (Pure-FTPd under TLS 1.3). */
  readonly sessionTickets?: boolean;
  readonly minTlsVersion?: ServerTlsVersion;
  readonly maxTlsVersion?: ServerTlsVersion;
  /** Clients must show a certificate; PEM of those who may sign it. */
  readonly clientCa?: string;
  readonly personality?: Personality;
  readonly faults?: Faults;
  readonly limits?: Partial<ServerLimits>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a server counts from its start; `open` ones are there now. */
export interface ServerCounters {
  readonly controlOpened: number;
  readonly controlOpen: number;
  readonly dataOpened: number;
  readonly dataOpen: number;
  /** TLS handshakes on data connections that resumed no session. */
  readonly fullHandshakes: number;
  readonly resumedHandshakes: number;
  /** Commands received, by verb. */
  readonly commands: ReadonlyMap<string, number>;
  /** Bytes of files and listings, without block headers. */
  readonly bytesSent: number;
  readonly bytesReceived: number;
}

/** The same while they are counted. */
export type MutableCounters = {
  -readonly [K in Exclude<keyof ServerCounters, 'commands'>]: ServerCounters[K];
} & { readonly commands: Map<string, number> };

/** Nothing has happened yet. */
export function newCounters(): MutableCounters {
  return {
    controlOpened: 0,
    controlOpen: 0,
    dataOpened: 0,
    dataOpen: 0,
    fullHandshakes: 0,
    resumedHandshakes: 0,
    commands: new Map(),
    bytesSent: 0,
    bytesReceived: 0,
  };
}
