import type { Charset } from '../ftp/grammar/charset/charset.ts';
import { charsetNamed } from '../ftp/grammar/charset/charsets.ts';
import {
  type ClientCertificate,
  defaultOptions,
  defaultPort,
  dispensableVerbs,
  type FtpConnectOptions,
  type ListingCommand,
  parseProxy,
  type Proxy,
  type Security,
  timeoutsOf,
} from '../ftp/options.ts';
import { chooseRungs, type DataPortName, type Rung, type TransferModeName } from '../ftp/rung.ts';
import { oneOf } from './arguments.ts';
import type { RemoteAddress } from './remoteAddress.ts';
import { askSecret, readCa, readClientCertificate } from './credentials.ts';
import type { VerbParts } from './verb.ts';
import { UsageError } from './errors.ts';

type Word = { readonly type: 'string' };

/** The options of every verb that takes an address. */
export const connectionOptions: {
  readonly security: Word;
  readonly ca: Word;
  readonly cert: Word;
  readonly key: Word;
  readonly 'min-tls': Word;
  readonly fingerprint: { readonly type: 'string'; readonly multiple: true };
  readonly mode: Word;
  readonly 'data-port': Word;
  readonly listing: Word;
  readonly skip: Word;
  readonly timeout: Word;
  readonly proxy: Word;
  readonly connections: Word;
  readonly charset: Word;
  readonly 'no-profile': { readonly type: 'boolean' };
  readonly trace: { readonly type: 'boolean' };
} = {
  security: { type: 'string' },
  ca: { type: 'string' },
  cert: { type: 'string' },
  key: { type: 'string' },
  'min-tls': { type: 'string' },
  fingerprint: { type: 'string', multiple: true },
  mode: { type: 'string' },
  'data-port': { type: 'string' },
  listing: { type: 'string' },
  skip: { type: 'string' },
  timeout: { type: 'string' },
  proxy: { type: 'string' },
  connections: { type: 'string' },
  charset: { type: 'string' },
  'no-profile': { type: 'boolean' },
  trace: { type: 'boolean' },
};

/** Their values, as `node:util` reads them. */
export interface ConnectionValues {
  readonly security?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly 'min-tls'?: string;
  readonly fingerprint?: readonly string[];
  readonly mode?: string;
  readonly 'data-port'?: string;
  readonly listing?: string;
  readonly skip?: string;
  readonly timeout?: string;
  readonly proxy?: string;
  readonly connections?: string;
  readonly charset?: string;
  readonly 'no-profile'?: boolean;
  readonly trace?: boolean;
}

type TlsVersion = '1.2' | '1.3';

/** How one command connects to its servers. */
export interface ConnectionChoice {
  /** In place of what the address says. */
  readonly security: Security | undefined;
  /** PEM certificates. */
  readonly ca: string | undefined;
  readonly client: ClientCertificate | undefined;
  readonly minTls: TlsVersion | undefined;
  readonly fingerprints: readonly string[];
  readonly rungs: readonly Rung[];
  readonly listing: ListingCommand | undefined;
  /** FTP commands that are never sent. */
  readonly skip: readonly string[];
  /** Seconds to wait for an answer. */
  readonly timeout: number | undefined;
  readonly proxy: Proxy | undefined;
  /** How many may be open at a time; left out: as many as help. */
  readonly connections: number | undefined;
  readonly charset: Charset;
  /** What is known of the server from earlier commands is used, and kept for later ones. */
  readonly keepsProfile: boolean;
  readonly trace: boolean;
}

const securities: readonly Security[] = ['explicit', 'explicitIfOffered', 'implicit', 'none'];
const modes: readonly (TransferModeName | 'auto')[] = ['auto', 'block', 'stream'];
const dataPorts: readonly (DataPortName | 'auto')[] = [
  'auto',
  'default',
  'epsv',
  'pasv',
  'eprt',
  'port',
];

const tlsVersions: readonly TlsVersion[] = ['1.2', '1.3'];
const listings: readonly ListingCommand[] = ['auto', 'mlsd', 'list', 'stat'];

// The same bounds as in a site's settings: a shorter time-out would give up servers that are only slow.
const [minTimeout, maxTimeout] = [5, 600];

// Servers allow one user fewer, and one machine should not open more to one server.
const maxConnections = 32;

/** Reads the options and asks for the secrets that they need. Throws `UsageError` for a wrong value. */
export async function readConnectionChoice(
  values: ConnectionValues,
  parts: Pick<VerbParts, 'environment' | 'workingDirectory' | 'terminal'>,
  signal: AbortSignal,
): Promise<ConnectionChoice> {
  const { ca, cert, key, proxy } = values;
  if (key !== undefined && cert === undefined) {
    throw new UsageError(
      '--key needs --cert, which names the certificate that the key belongs to.',
    );
  }
  const reach = proxy === undefined ? 'direct' : 'proxied';
  return {
    security: oneOf('security', values.security, securities),
    fingerprints: (values.fingerprint ?? []).map(readFingerprint),
    minTls: oneOf('min-tls', values['min-tls'], tlsVersions),
    rungs: readRungs(values, reach),
    listing: oneOf('listing', values.listing, listings),
    skip: readSkip(values.skip),
    timeout: readTimeout(values.timeout),
    connections: readConnections(values.connections),
    charset: await readCharset(values.charset ?? 'utf-8'),
    keepsProfile: !values['no-profile'],
    trace: values.trace ?? false,
    ca: ca === undefined ? undefined : await readCa(ca, parts),
    client: cert === undefined ? undefined : await readClientCertificate(cert, key, parts, signal),
    proxy: proxy === undefined ? undefined : await readProxy(proxy, parts, signal),
  };
}

/** What the engine is told about the server of an address. */
export function connectOptions(
  address: RemoteAddress,
  choice: ConnectionChoice,
): FtpConnectOptions {
  const security = choice.security ?? address.security;
  return {
    ...defaultOptions,
    host: address.host,
    port: address.port ?? defaultPort(security),
    security,
    rungs: choice.rungs,
    charset: choice.charset,
    skipCommands: choice.skip,
    ...(choice.timeout !== undefined && { timeouts: timeoutsOf(choice.timeout) }),
    ...(choice.listing && { listing: choice.listing }),
    ...(choice.proxy && { proxy: choice.proxy }),
    trust: {
      ...defaultOptions.trust,
      fingerprints: choice.fingerprints,
      ...(choice.minTls && { minVersion: `TLSv${choice.minTls}` }),
      ...(choice.ca !== undefined && { ca: choice.ca }),
      ...(choice.client && { client: choice.client }),
    },
  };
}

/** The charset of that name. Throws `UsageError` for one that is not known. */
export async function readCharset(name: string): Promise<Charset> {
  const known = await charsetNamed(name);
  if (known) return known;
  throw new UsageError(
    `--charset is utf-8 or another charset that includes ASCII, like windows-1252 or shift_jis; "${name}" is not known.`,
  );
}

function readFingerprint(text: string): string {
  const digits = text.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new UsageError(
    '--fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons.',
  );
}

function readSkip(text: string | undefined): readonly string[] {
  const verbs = (text ?? '')
    .toUpperCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const other = verbs.find((verb) => !dispensableVerbs.includes(verb));
  if (other === undefined) return verbs;
  throw new UsageError(
    `--skip names commands that can be left out: ${dispensableVerbs.join(', ')}. "${other}" is none of them.`,
  );
}

function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds >= minTimeout && seconds <= maxTimeout) return seconds;
  throw new UsageError(`--timeout is a number of seconds from ${minTimeout} to ${maxTimeout}.`);
}

function readConnections(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxConnections) return count;
  throw new UsageError(`--connections is a number from 1 to ${maxConnections}.`);
}

function readRungs(values: ConnectionValues, reach: 'direct' | 'proxied'): readonly Rung[] {
  const mode = oneOf('mode', values.mode, modes) ?? 'auto';
  const dataPort = oneOf('data-port', values['data-port'], dataPorts) ?? 'auto';
  const rungs = chooseRungs(mode, dataPort, reach);
  if (rungs.length > 0) return rungs;
  throw new UsageError(
    '--data-port is auto, epsv or pasv with a proxy: the server cannot connect to this machine through it.',
  );
}

async function readProxy(
  address: string,
  parts: Pick<VerbParts, 'environment' | 'terminal'>,
  signal: AbortSignal,
): Promise<Proxy> {
  const proxy = parseProxy(address);
  if (proxy === 'holdsPassword') {
    throw new UsageError(
      'The address of the proxy must not hold a password: other users of this machine can see it. ' +
        'Set PORTSIDE_PROXY_PASSWORD, or leave the password out to be asked.',
    );
  }
  if (proxy === 'noAddress') {
    throw new UsageError(
      '--proxy is an address such as socks5://HOST:1080 or http://USER@HOST:3128.',
    );
  }
  const { user, host, port } = proxy;
  if (user === undefined) return proxy;
  const request = {
    variable: 'PORTSIDE_PROXY_PASSWORD',
    what: `password of ${user} at ${host}:${port}`,
  };
  return { ...proxy, password: await askSecret(request, parts, signal) };
}
