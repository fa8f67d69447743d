import type { Rung } from '../../../src/ftp/rung.ts';

/** How the control connection is protected, by the newest version of TLS that the server speaks. */
export type Protection = 'none' | 'TLSv1.2' | 'TLSv1.3';

export interface StartOptions {
  readonly protection: Protection;
  /** A host of its own; left out: this machine, on loopback. */
  readonly host?: ServerHost;
  /** Where the server stands, as TZ has it. Left out: UTC. */
  readonly timeZone?: string;
  /** After how many seconds it ends a session that says nothing. */
  readonly idleSeconds?: number;
  /** How many sessions it bears at a time. */
  readonly sessions?: number;
  /** `any`: data connections need not resume the TLS session. Left out: what the server itself wants. */
  readonly dataSession?: 'any';
}

/** A network namespace and an address in it. */
export interface ServerHost {
  readonly address: string;
  /** A path as `/proc/PID/ns/net`. */
  readonly namespace: string;
}

/** What some servers can be told when they start, and others cannot. */
export type StartOption = Exclude<keyof StartOptions, 'protection' | 'host' | 'dataSession'>;

/** A server that is started for the tests, and what the engine should make of it. */
export interface RealServer {
  readonly name: string;
  /** The one of which its lacks are written down. */
  readonly version: string;
  readonly protections: readonly Protection[];
  /** Why it is not tested with TLS though it has it: words for the README. */
  readonly whyNoTls?: string;
  readonly startOptions: readonly StartOption[];
  /** The best rung that it offers. */
  readonly rung: Rung;
  /** Whether a data connection serves all transfers, one, or as many as come before it is closed. */
  readonly dataConnections: 'kept' | 'single' | 'varying';
  /** The protections under which no data connection resumes the session: it hands out no ticket. */
  readonly withoutTickets: readonly Protection[];
  /** Why it cannot run on this machine, as words that end a sentence; `undefined` where it can. */
  unavailable(signal: AbortSignal): Promise<string | undefined>;
  /** The caller disposes it. */
  start(options: StartOptions, signal: AbortSignal): Promise<RunningServer>;
}

/** One that listens. Disposing ends it and removes what it holds. */
export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly protection: Protection;
  readonly user: string;
  readonly password: string;
  /** False where the other client, by which we look, gets on with it without TLS alone. */
  readonly othersUseTls: boolean;
  /** SHA-256 of its certificate: hex, lower case. */
  readonly fingerprint: string;
  /** The folder on disk that the server calls `/`. */
  readonly root: string;
  /** What the server calls the home of its user, who alone may change what lies in it. */
  readonly home: string;
  readonly owner: { readonly uid: number; readonly gid: number };
}
