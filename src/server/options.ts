import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ServedFolder } from './folder/servedFolder.ts';
import type { ServerLimits } from './limits.ts';
import type { Faults, Personality } from './personality.ts';
import type { ServerCertificate, ServerTlsVersion } from './tls.ts';

/** The login that a client sent. */
export interface Login {
  readonly user: string;
  readonly password: string;
  readonly account?: string;
}

/** The options of one server. */
export interface FtpServerOptions {
  /** Port 0 means any free port. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly folder: ServedFolder;
  readonly tls: 'explicit' | 'implicit' | 'none';
  /** Required unless `tls` is `none`. */
  readonly certificate?: ServerCertificate;
  /** Not called for anonymous users. */
  readonly authenticate: (login: Login) => boolean | 'accountNeeded';
  readonly anonymous: boolean;
  readonly readOnly?: boolean;
  /** Refuses every data port that a command sets up: only the default data port is left. */
  readonly defaultPortOnly?: boolean;
  /** Refuses logins and transfers in the clear. True by default where there is TLS. */
  readonly requireTls?: boolean;
  /** Data connections must resume a TLS session, as with vsftpd and ProFTPD. */
  readonly requireSessionReuse?: boolean;
  /** False: no session can be resumed (Pure-FTPd under TLS 1.3). */
  readonly sessionTickets?: boolean;
  readonly minTlsVersion?: ServerTlsVersion;
  readonly maxTlsVersion?: ServerTlsVersion;
  /** Clients must show a certificate that one of these authorities, in PEM, has signed. */
  readonly clientCa?: string;
  readonly personality?: Personality;
  readonly faults?: Faults;
  readonly limits?: Partial<ServerLimits>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What a server counts from its start. The `open` ones are open now. */
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

/** The same, while the server counts. */
export type MutableCounters = {
  -readonly [K in Exclude<keyof ServerCounters, 'commands'>]: ServerCounters[K];
} & { readonly commands: Map<string, number> };

/** All counters at zero. */
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
