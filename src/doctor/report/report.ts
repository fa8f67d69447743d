import type { Security } from '../../ftp/options.ts';
import type { DataPortName, Rung, TransferModeName } from '../../ftp/rung.ts';

/**
 * What is wrong, by a fixed word. `none`: all is well. Those of `harmlessCauses` do not keep anybody
 * from working; they are named only where nothing worse was found.
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

/** `unknown`: the cause is the best word for what was seen, which may have other reasons. */
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

/** One thing that was tried in a stage, in words for a person. Hostile text in it is made visible. */
export interface Tried {
  /** "192.0.2.7:21", "block mode · default data port", "MLSD". */
  readonly what: string;
  readonly outcome: Outcome;
  /** What came of it: a sentence without its full stop, or a few words. */
  readonly said: string;
}

/** One stage of the test, over. */
export interface Stage {
  readonly id: StageId;
  /** For people: "Data ports". */
  readonly title: string;
  readonly outcome: Outcome;
  readonly ms: number;
  /** What came of it, in one sentence. */
  readonly summary: string;
  readonly tried: readonly Tried[];
}

/**
 * What became of one data connection. `refused`: the server said no to the command, or dialling was
 * turned down at once. `timedOut`: silence. `broken`: it stood, and the transfer failed all the same.
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
  /** Whether its TLS session was resumed; left out where no data connection stood, or none had TLS. */
  readonly resumed?: boolean;
  /** What came of it, in words. */
  readonly said: string;
  readonly ms: number;
}

/** Who can reach whom, as far as it was seen. */
export interface NetworkPicture {
  readonly host: string;
  /** Of the control connection. */
  readonly port: number;
  /** Addresses of the control connection's ends; left out where none came about. */
  readonly clientAddress?: string;
  readonly serverAddress?: string;
  /** The client's port of the control connection. */
  readonly clientPort?: number;
  /** How far the control connection came. */
  readonly control: 'none' | 'reached' | 'loggedIn';
  /** "TLSv1.3"; left out where nothing was protected. */
  readonly tlsVersion?: string;
  /** The address that the server names in its reply to PASV, where it is not its own. */
  readonly passiveAddress?: string;
  /** Whoever dials in our place: nobody can dial us. */
  readonly proxy?: string;
  readonly trials: readonly RungTrial[];
}

/** Settings of a site that a fix sets; the words are those of `portside.sites`. */
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
  /** To be trusted for the site, in place of others: SHA-256, 64 hex digits in lower case. */
  readonly fingerprint?: string;
}

/** A change of the site's settings that heals the cause, for one click. */
export interface Fix {
  /** What the click does: "Use implicit TLS at port 990". */
  readonly label: string;
  readonly changes: FixChanges;
  /** What is given up by it. Where it is there the user must read it before anything is changed. */
  readonly risk?: string;
}

/** What the test has found. No secrets, and no user name: it is made to be shown to others. */
export interface DoctorReport {
  readonly cause: CauseId;
  readonly certainty: Certainty;
  /** True when one can work with the site as it is set. */
  readonly usable: boolean;
  /** What is wrong, in sentences. */
  readonly explanation: string;
  /** What to do about it, in sentences; empty where there is nothing to do. */
  readonly advice: string;
  readonly fix?: Fix;
  readonly security: Security;
  /** All of `stageIds`, in their order; those that could not be reached are `skipped`. */
  readonly stages: readonly Stage[];
  readonly network: NetworkPicture;
}
