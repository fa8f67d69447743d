import type { Security } from '../../ftp/options.ts';
import type { DataPortName, Rung, TransferModeName } from '../../ftp/rung.ts';

/**
 * What is wrong, by a fixed word. `none`: all is well. Some causes do not keep the user from working;
 * they are named only where nothing worse was found.
 */
export const causeIds = [
  'none',
  'host-unknown',
  'nobody-listens',
  'no-answer',
  'proxy',
  'ssh-on-port',
  'http-on-port',
  'not-ftp',
  'implicit-tls-expected',
  'explicit-tls-expected',
  'tls-required',
  'tls-not-offered',
  'tls-version',
  'tls-failed',
  'certificate-unknown',
  'certificate-wrong-host',
  'certificate-expired',
  'clock-wrong',
  'client-certificate-required',
  'login-refused',
  'banned',
  'too-many-connections',
  'interrupted',
  'command-unanswered',
  'private-passive-address',
  'data-ports-filtered-client',
  'data-ports-filtered-server',
  'data-ports-filtered-somewhere',
  'data-ports-refused',
  'session-reuse-missing',
  'time-offset',
  'charset',
] as const;
export type CauseId = (typeof causeIds)[number];

/** `unknown`: the cause fits best what was seen, but there may be other reasons. */
export type Certainty = 'certain' | 'likely' | 'unknown';

/** The stages of the test, in their order. */
export const stageIds = [
  'name',
  'tcp',
  'greeting',
  'tls',
  'certificate',
  'login',
  'features',
  'connections',
  'dataPorts',
  'sessionReuse',
  'listing',
  'charset',
  'renameOver',
  'clock',
] as const;
export type StageId = (typeof stageIds)[number];

export type Outcome = 'ok' | 'failed' | 'warning' | 'skipped';

/** One attempt within a stage, in words for the user. Control characters in it are made visible. */
export interface Tried {
  /** "192.0.2.7:21", "block mode · default data port", "MLSD". */
  readonly what: string;
  readonly outcome: Outcome;
  /** The result: a sentence without its full stop, or a few words. */
  readonly said: string;
}

/** One stage of the test, finished. */
export interface Stage {
  readonly id: StageId;
  /** For people: "Data ports". */
  readonly title: string;
  readonly outcome: Outcome;
  readonly ms: number;
  /** The result, in one sentence. */
  readonly summary: string;
  readonly tried: readonly Tried[];
}

/**
 * The result of one data connection. `refused`: the server refused the command, or the connection was
 * refused at once. `timedOut`: no answer. `broken`: it connected, but the transfer failed.
 * `notOffered`: the server does not know this data port or mode.
 */
export type TrialOutcome = 'worked' | 'refused' | 'timedOut' | 'broken' | 'notOffered' | 'notTried';

/** One data port in one mode, tried alone. */
export interface RungTrial {
  readonly rung: Rung;
  readonly outcome: TrialOutcome;
  /** Who opens the data connection: the client dials EPSV and PASV ports, the server all others. */
  readonly dialledBy: 'client' | 'server';
  /** The port at the client's end: where it listened, or dialled from where that is known. */
  readonly clientPort?: number;
  /** The port at the server's end: where it listened, or dialled from once it was seen. */
  readonly serverPort?: number;
  /** The code of the reply that refused it. */
  readonly replyCode?: number;
  /** Whether its TLS session was resumed. Left out where no data connection was made, or none had TLS. */
  readonly resumed?: boolean;
  /** The result, in words. */
  readonly said: string;
  readonly ms: number;
}

/** Which side can connect to which, as far as the test has seen. */
export interface NetworkPicture {
  readonly host: string;
  /** Of the control connection. */
  readonly port: number;
  /** Addresses of both ends of the control connection. Left out where it was not made. */
  readonly clientAddress?: string;
  readonly serverAddress?: string;
  /** The client's port of the control connection. */
  readonly clientPort?: number;
  /** How far the control connection came. */
  readonly control: 'none' | 'reached' | 'loggedIn';
  /** "TLSv1.3"; left out where nothing was protected. */
  readonly tlsVersion?: string;
  /** The address in the server's reply to PASV, where it is not the server's own. */
  readonly passiveAddress?: string;
  /** The proxy that connects in our place. The server cannot connect back through it. */
  readonly proxy?: string;
  readonly trials: readonly RungTrial[];
}

/** Settings of a site that a fix changes, by their names in `portside.sites`. */
export interface FixChanges {
  readonly security?: Security;
  readonly port?: number;
  readonly mode?: TransferModeName | 'auto';
  readonly dataPort?: DataPortName | 'auto';
  readonly usePassiveAddress?: boolean;
  readonly maxConnections?: number;
  readonly minTlsVersion?: 'TLSv1.2' | 'TLSv1.3';
  readonly charset?: string;
  readonly skipCommands?: readonly string[];
  /** The certificate to trust for the site, in place of others: SHA-256, 64 hex digits in lower case. */
  readonly fingerprint?: string;
}

/** A change of the site's settings that solves the problem, by one click. */
export interface Fix {
  /** What the click does: "Use implicit TLS at port 990". */
  readonly label: string;
  readonly changes: FixChanges;
  /** What the user gives up by it. The user must read it before anything is changed. */
  readonly risk?: string;
}

/** What the test has found. It holds no secrets and no user name, so that it can be shown to others. */
export interface DoctorReport {
  readonly cause: CauseId;
  readonly certainty: Certainty;
  /** True when the user can work with the site as it is set. */
  readonly usable: boolean;
  /** What is wrong, in sentences. */
  readonly explanation: string;
  /** What the user can do, in sentences; empty where there is nothing to do. */
  readonly advice: string;
  readonly fix?: Fix;
  readonly security: Security;
  /** All of `stageIds`, in their order. Those that were not reached are `skipped`. */
  readonly stages: readonly Stage[];
  readonly network: NetworkPicture;
}
