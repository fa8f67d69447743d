import { type ClientCertificate, needsPassphrase } from '../ftp/options.ts';
import { localPath } from './localPath.ts';
import { readTextFile } from './nodeFiles.ts';
import { askSecret } from './secrets.ts';
import type { Surroundings } from './surroundings.ts';
import { UsageError } from './usageError.ts';

type Place = Pick<Surroundings, 'environment' | 'workingDirectory' | 'terminal'>;

/** The certificates of `--ca`. Throws `UsageError` where the file holds none. */
export function readCa(file: string, place: Place): Promise<string> {
  return readPem('ca', file, place, 'certificate');
}

/**
 * The certificate and the key of `--cert` and `--key`, which may stand in one file. An encrypted key
 * is opened by PORTSIDE_KEY_PASSPHRASE, or by what is typed.
 */
export async function readClientCertificate(
  cert: string,
  keyFile: string | undefined,
  place: Place,
  signal: AbortSignal,
): Promise<ClientCertificate> {
  const certificate = await readPem('cert', cert, place, 'certificate');
  const key = await (keyFile === undefined
    ? readPem('cert', cert, place, 'key')
    : readPem('key', keyFile, place, 'key'));
  if (!needsPassphrase(key)) return { certificate, key };
  const wish = { variable: 'PORTSIDE_KEY_PASSPHRASE', what: `passphrase of ${keyFile ?? cert}` };
  return { certificate, key, passphrase: await askSecret(wish, place, signal) };
}

const marks = {
  certificate: /-----BEGIN CERTIFICATE-----/,
  key: /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
} as const;

async function readPem(
  option: string,
  file: string,
  place: Place,
  what: keyof typeof marks,
): Promise<string> {
  const text = await readTextFile(localPath(file, place));
  // Node trusts nobody, and says nothing, where a file holds no certificate.
  if (marks[what].test(text)) return text;
  throw new UsageError(`--${option} names ${file}, which holds no ${what} in PEM.`);
}
