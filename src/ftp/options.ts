import { type Charset, utf8 } from './grammar/charset/charset.ts';
import { allRungs, type Rung } from './rung.ts';

/** How the control connection is protected (RFC 4217); `implicit` is TLS from the first byte. */
export type Security = 'explicit' | 'explicitIfOffered' | 'implicit' | 'none';

/** How the server must prove who it is. */
export interface TrustOptions {
  /** SHA-256 fingerprints that are trusted where ordinary validation fails: hex, lower case. */
  readonly fingerprints: readonly string[];
  /** PEM certificates trusted in place of the system's. */
  readonly ca?: string;
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** What we show where the server asks who we are (RFC 4217, 10). */
  readonly client?: ClientCertificate;
}

/** A certificate of ours and its key, both in PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
  /** Of the key, where it is encrypted. */
  readonly passphrase?: string;
}

/**
 * True for a key, in PEM, that is encrypted: RFC 5958 says so in its first line, and the older form
 * of OpenSSL in a header.
 */
export function needsPassphrase(key: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4,ENCRYPTED/m.test(key);
}

/** The proxy that dials for us. No server can dial us through it: passive data ports only. */
export interface Proxy {
  /** RFC 1928, or RFC 9110, 9.3.6 (CONNECT). */
  readonly kind: 'socks5' | 'http';
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly password?: string;
}

/**
 * Reads the address of a proxy, `socks5://user@host:1080` or `http://host:3128`. A password has no
 * place in it: every user of the machine could read it there.
 */
export function parseProxy(text: string): Proxy | 'noAddress' | 'holdsPassword' {
  const [, kind = '', user, host = '', digits = ''] = proxyForm.exec(text.trim()) ?? [];
  if (user?.includes(':')) return 'holdsPassword';
  const port = digits === '' ? proxyPorts[kind] : Number(digits);
  const isKind = kind === 'socks5' || kind === 'http';
  if (!isKind || host === '' || port === undefined || port < 1 || port > 65_535) return 'noAddress';
  return {
    kind,
    host: host.replace(/^\[(.*)\]$/, '$1'),
    port,
    ...(user !== undefined && user !== '' && { user }),
  };
}

const proxyForm =
  /^(socks5|http):\/\/(?:([^/]*)@)?(\[[0-9A-Fa-f:.]+\]|[^\s/:@[\]]+)(?::(\d{1,5}))?\/?$/;

// RFC 1928, 3; RFC 9110, 4.2.1.
const proxyPorts: Readonly<Record<string, number>> = { socks5: 1080, http: 80 };

/** How folders are listed; `auto` is the way that the server was seen to do best. */
export type ListingCommand = 'auto' | 'mlsd' | 'list' | 'stat';

/**
 * The commands that need not be sent: their answers make things better or quicker, and the engine can
 * go on when a server knows none of them. HOST and CLNT are never sent at all.
 */
export const dispensableVerbs: readonly string[] = [
  'FEAT',
  'OPTS',
  'MODE',
  'EPSV',
  'PASV',
  'EPRT',
  'PORT',
  'MLSD',
  'MLST',
  'STAT',
  'SIZE',
  'MDTM',
  'MFMT',
  'HASH',
  'PWD',
  'ACCT',
  'PBSZ',
  'SITE',
  'SYST',
  'HOST',
  'CLNT',
];

// These may take their time, for they do something: the full time of a reply holds for them.
const laborious: ReadonlySet<string> = new Set(['MLSD', 'MFMT', 'HASH', 'SITE']);

/** The questions whose answers are not worth waiting for as long as for other replies. */
export const quickQuestions: ReadonlySet<string> = new Set(
  dispensableVerbs.filter((verb) => !laborious.has(verb)),
);

/**
 * How many saves share a connection where the bytes of each wait for the answer to its STOR: more of them
 * would only wait. Where a connection has more places, the bytes wait for nothing.
 */
export const savesInStep = 4;

/** In milliseconds. */
export interface Timeouts {
  /**
   * For the control connection to be there: name, TCP and TLS each; four times that for the greeting.
   */
  readonly connect: number;
  /** For a reply, counted from when its command is the oldest unanswered one. */
  readonly reply: number;
  /** For a data connection on a rung that has worked before. */
  readonly dataConnection: number;
  /** The same on a rung not yet proved: a few round trips, not the server's patience. */
  readonly dataProbe: number;
  /** For the next bytes of a file. */
  readonly stall: number;
  /** For the reply that confirms a STOR before we close the data connection ourselves. */
  readonly storeConfirmation: number;
}

/** Everything that decides about one connection, except the user. */
export interface FtpConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  readonly trust: TrustOptions;
  /** What the ladder of the server's profile is made of; the profile alone says where it stands. */
  readonly rungs: readonly Rung[];
  readonly charset: Charset;
  readonly listing: ListingCommand;
  /** Left out: we dial ourselves. */
  readonly proxy?: Proxy;
  /** Dial the address that a 227 reply names. Off: the control connection's peer is dialled. */
  readonly usePassiveAddress: boolean;
  /** How many commands may await their reply at a time; 1 is lockstep. Left out: it is learnt. */
  readonly pipelineDepth?: number;
  /** Verbs that are never sent, of `dispensableVerbs`. */
  readonly skipCommands: readonly string[];
  readonly timeouts: Timeouts;
}

/** What holds where the user chose nothing else. */
export const defaultOptions: Omit<FtpConnectOptions, 'host' | 'port'> = {
  security: 'explicit',
  trust: { fingerprints: [], minVersion: 'TLSv1.2' },
  rungs: allRungs,
  charset: utf8,
  listing: 'auto',
  usePassiveAddress: false,
  skipCommands: [],
  timeouts: {
    connect: 15_000,
    reply: 30_000,
    dataConnection: 10_000,
    dataProbe: 3_000,
    stall: 30_000,
    storeConfirmation: 3_000,
  },
};

/** What follows from one patience for answers and for the next bytes of a file. */
export function timeoutsOf(seconds: number): Timeouts {
  const { timeouts } = defaultOptions;
  const ms = seconds * 1_000;
  return { ...timeouts, connect: Math.min(timeouts.connect, ms), reply: ms, stall: ms };
}

/** RFC 959, 8; RFC 4217's implicit port as registered: 21, or 990 for TLS from the first byte. */
export function defaultPort(security: Security): number {
  return security === 'implicit' ? 990 : 21;
}

/** Who logs in. Without a password none is sent unless the server asks, then an empty one. */
export interface Credentials {
  readonly user: string;
  readonly password?: string;
  readonly account?: string;
}

/** RFC 1635: the user whom public servers let in, and what stands for a password. */
export const anonymous: Credentials = { user: 'anonymous', password: 'anonymous@' };
