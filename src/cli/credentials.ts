// What a user proves to a server or a proxy: passwords, passphrases and certificates.
import {
  anonymous,
  type ClientCertificate,
  type Credentials,
  needsPassphrase,
} from '../ftp/options.ts';
import { UsageError } from './errors.ts';
import { localPath } from './localPath.ts';
import { readTextFile } from './nodeFiles.ts';
import { type RemoteAddress, siteLabel } from './remoteAddress.ts';
import type { VerbParts } from './verb.ts';

type SecretParts = Pick<VerbParts, 'environment' | 'terminal'>;
type PemParts = Pick<VerbParts, 'environment' | 'workingDirectory' | 'terminal'>;

/** Where a secret comes from, and what it is: "password of anna". */
export interface SecretRequest {
  readonly variable: string;
  readonly what: string;
}

/**
 * A secret: the environment's variable, else what the user types. It is never an argument, which
 * every user of this machine can read. Throws `UsageError` where there is no terminal to ask from.
 */
export async function askSecret(
  { variable, what }: SecretRequest,
  { environment, terminal }: SecretParts,
  signal: AbortSignal,
): Promise<string> {
  const known = environment[variable];
  if (known !== undefined) return known;
  const question = `${what[0]?.toUpperCase()}${what.slice(1)}: `;
  const typed = await terminal.askSecret(question, signal);
  if (typed !== undefined) return typed;
  throw new UsageError(
    `The ${what} is not known: set ${variable}, or run this from a terminal to be asked.`,
  );
}

/** The password of a user: PORTSIDE_PASSWORD, else what the user types; never an argument. */
export function askPassword(
  user: string,
  parts: SecretParts,
  signal: AbortSignal,
): Promise<string> {
  const request = { variable: 'PORTSIDE_PASSWORD', what: `password of ${user}` };
  return askSecret(request, parts, signal);
}

/** The user of the address with the password, or the anonymous user. */
export async function credentialsOf(
  address: RemoteAddress,
  parts: SecretParts,
  signal: AbortSignal,
): Promise<Credentials> {
  const { user } = address;
  if (user === undefined || user === anonymous.user) return anonymous;
  return { user, password: await askPassword(siteLabel(address), parts, signal) };
}

/** The certificates of `--ca`. Throws `UsageError` where the file holds none. */
export function readCa(file: string, parts: PemParts): Promise<string> {
  return readPem('ca', file, parts, 'certificate');
}

/**
 * The certificate and the key of `--cert` and `--key`, which may stand in one file. The passphrase of
 * an encrypted key comes from PORTSIDE_KEY_PASSPHRASE, or is typed.
 */
export async function readClientCertificate(
  cert: string,
  keyFile: string | undefined,
  parts: PemParts,
  signal: AbortSignal,
): Promise<ClientCertificate> {
  const certificate = await readPem('cert', cert, parts, 'certificate');
  const key = await (keyFile === undefined
    ? readPem('cert', cert, parts, 'key')
    : readPem('key', keyFile, parts, 'key'));
  if (!needsPassphrase(key)) return { certificate, key };
  const request = { variable: 'PORTSIDE_KEY_PASSPHRASE', what: `passphrase of ${keyFile ?? cert}` };
  return { certificate, key, passphrase: await askSecret(request, parts, signal) };
}

const marks = {
  certificate: /-----BEGIN CERTIFICATE-----/,
  key: /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
} as const;

async function readPem(
  option: string,
  file: string,
  parts: PemParts,
  what: keyof typeof marks,
): Promise<string> {
  const text = await readTextFile(localPath(file, parts));
  // Given a file without a certificate, Node reports no error and trusts no server at all.
  if (marks[what].test(text)) return text;
  throw new UsageError(`--${option} names ${file}, which holds no ${what} in PEM.`);
}
