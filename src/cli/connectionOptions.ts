import type { Charset } from '../ftp/grammar/charset.ts';
import { charsetNamed } from '../ftp/grammar/charsets.ts';
import {
  chooseRungs,
  type DataPortName,
  defaultOptions,
  defaultPort,
  type FtpConnectOptions,
  type Rung,
  type Security,
  type TransferModeName,
} from '../ftp/options.ts';
import { oneOf } from './arguments.ts';
import { localPath, readTextFile } from './localFiles.ts';
import type { RemoteAddress } from './remoteAddress.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usageError.ts';

type Word = { readonly type: 'string' };

/** The options that every verb with an address has. */
export const connectionOptions: {
  readonly security: Word;
  readonly ca: Word;
  readonly fingerprint: { readonly type: 'string'; readonly multiple: true };
  readonly mode: Word;
  readonly 'data-port': Word;
  readonly connections: Word;
  readonly charset: Word;
  readonly trace: { readonly type: 'boolean' };
} = {
  security: { type: 'string' },
  ca: { type: 'string' },
  fingerprint: { type: 'string', multiple: true },
  mode: { type: 'string' },
  'data-port': { type: 'string' },
  connections: { type: 'string' },
  charset: { type: 'string' },
  trace: { type: 'boolean' },
};

/** What `node:util` makes of them. */
export interface ConnectionValues {
  readonly security?: string;
  readonly ca?: string;
  readonly fingerprint?: readonly string[];
  readonly mode?: string;
  readonly 'data-port'?: string;
  readonly connections?: string;
  readonly charset?: string;
  readonly trace?: boolean;
}

/** How the servers of one command are to be reached. */
export interface ConnectionChoice {
  /** In place of what the address says. */
  readonly security: Security | undefined;
  /** PEM certificates. */
  readonly ca: string | undefined;
  readonly fingerprints: readonly string[];
  readonly rungs: readonly Rung[];
  readonly connections: number;
  readonly charset: Charset;
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

// More than servers allow one user, and than one machine should open towards one server.
const maxConnections = 32;

/** Reads them. Throws `UsageError` for what they cannot be. */
export async function readConnectionChoice(
  values: ConnectionValues,
  surroundings: Pick<Surroundings, 'environment' | 'workingDirectory'>,
): Promise<ConnectionChoice> {
  return {
    security: oneOf('security', values.security, securities),
    ca: values.ca === undefined ? undefined : await readCa(values.ca, surroundings),
    fingerprints: (values.fingerprint ?? []).map(readFingerprint),
    rungs: chooseRungs(
      oneOf('mode', values.mode, modes) ?? 'auto',
      oneOf('data-port', values['data-port'], dataPorts) ?? 'auto',
    ),
    connections: readConnections(values.connections ?? '1'),
    charset: await readCharset(values.charset ?? 'utf-8'),
    trace: values.trace ?? false,
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
    trust: {
      ...defaultOptions.trust,
      fingerprints: choice.fingerprints,
      ...(choice.ca !== undefined && { ca: choice.ca }),
    },
  };
}

/** The charset of that name. Throws `UsageError` for one that is not known. */
export async function readCharset(name: string): Promise<Charset> {
  const known = await charsetNamed(name);
  if (known) return known;
  throw new UsageError(
    `--charset is utf-8, or another one that keeps ASCII, like windows-1252 or shift_jis; "${name}" is not known.`,
  );
}

function readFingerprint(text: string): string {
  const digits = text.replaceAll(':', '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digits)) return digits;
  throw new UsageError(
    '--fingerprint is the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons.',
  );
}

function readConnections(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxConnections) return count;
  throw new UsageError(`--connections is a number from 1 to ${maxConnections}.`);
}

async function readCa(
  file: string,
  surroundings: Pick<Surroundings, 'environment' | 'workingDirectory'>,
): Promise<string> {
  const text = await readTextFile(localPath(file, surroundings));
  // Node trusts nobody, and says nothing, where a file holds no certificate.
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new UsageError(`--ca names ${file}, which holds no certificate in PEM.`);
}
