import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Faults, Personality } from './personality.ts';
import type { ServedFolder } from './folder/servedFolder.ts';
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

/** Bounds; times in milliseconds. */
export interface ServerLimits {
  readonly connections: number;
  /** From one address, or one IPv6 network of 64 bits. */
  readonly connectionsPerAddress: number;
  /** From the greeting to a login. */
  readonly login: number;
  /** For a TLS handshake of a control connection. */
  readonly handshake: number;
  /** Without a command and without a transfer. */
  readonly idle: number;
  /** For a data connection to stand, its handshake included. */
  readonly dataConnection: number;
  /** For the next bytes of a transfer. */
  readonly stall: number;
  /** Before a bad password is answered. It grows twofold with each from one address. */
  readonly badPasswordDelay: number;
  /** How far it grows. */
  readonly longestPasswordDelay: number;
  readonly badPasswords: number;
  /** How long a connection may take to close after our last byte. */
  readonly linger: number;
}

/** What holds where nobody chose otherwise. */
export const defaultLimits: ServerLimits = {
  connections: 200,
  // A client opens sixteen at most; a few of them may stand behind one router.
  connectionsPerAddress: 64,
  login: 60_000,
  handshake: 10_000,
  idle: 300_000,
  dataConnection: 15_000,
  stall: 60_000,
  badPasswordDelay: 500,
  longestPasswordDelay: 8_000,
  badPasswords: 3,
  linger: 3_000,
};

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
