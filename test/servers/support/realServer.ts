import type { Rung } from '../../../src/ftp/options.ts';

/** The newest version of TLS that a server speaks. */
export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

export interface StartOptions {
  readonly tlsVersion: TlsVersion;
}

/** A server that somebody else wrote, and what the engine should make of it. */
export interface RealServer {
  readonly name: string;
  readonly tlsVersions: readonly TlsVersion[];
  /** The best rung that it offers. */
  readonly rung: Rung;
  /** Why it cannot run on this machine, as words that end a sentence; `undefined` where it can. */
  unavailable(signal: AbortSignal): Promise<string | undefined>;
  /** Starts it with explicit TLS; the caller disposes it. */
  start(options: StartOptions, signal: AbortSignal): Promise<RunningServer>;
}

/** One that listens. Its user sees `home` as the root. Disposing ends it and removes `home`. */
export interface RunningServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** SHA-256 of its certificate: hex, lower case. */
  readonly fingerprint: string;
  /** The folder on disk, and to whom what lies in it must belong. */
  readonly home: string;
  readonly owner: { readonly uid: number; readonly gid: number };
}
