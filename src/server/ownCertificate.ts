// A file and a bundle of its own, loaded only when it is needed: making certificates takes more code than
// all the rest of the server.
import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { type Clock, systemClock } from '../base/clock.ts';
import type { ServerCertificate } from './tls.ts';

/** A certificate, and the fingerprint by which clients trust it. */
export interface OwnCertificate extends ServerCertificate {
  /** SHA-256 of the whole certificate: 64 hex digits in lower case, no colons. */
  readonly fingerprint: string;
}

const fileName = 'certificate.pem';
const yearsValid = 10;

/**
 * The server's own self-signed certificate: the one kept in `folder`, else a new one for these host
 * names, which is kept there until it expires. The file also holds the key, and only the user can read it.
 */
export async function loadOrMakeCertificate(
  folder: string,
  hostNames: readonly string[],
  clock: Clock = systemClock,
): Promise<OwnCertificate> {
  const kept = await readKept(join(folder, fileName));
  if (kept && Date.parse(new X509Certificate(kept.cert).validTo) > clock.now()) return kept;
  const made = await makeCertificate(hostNames, clock);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Written under another name and renamed, so that two servers that start at once never read half a file.
  const fresh = join(folder, `${fileName}.${process.pid}`);
  await writeFile(fresh, `${made.key}\n${made.cert}\n`, { mode: 0o600 });
  await rename(fresh, join(folder, fileName));
  return made;
}

/** SHA-256 of the first certificate in a PEM text: 64 hex digits in lower case. */
export function fingerprintOf(cert: string): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase();
}

async function readKept(path: string): Promise<OwnCertificate | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const key = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^]+?-----END [A-Z ]*PRIVATE KEY-----/.exec(text);
  const cert = /-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/.exec(text);
  if (!key || !cert) return undefined;
  return { key: key[0], cert: cert[0], fingerprint: fingerprintOf(cert[0]) };
}

async function makeCertificate(
  hostNames: readonly string[],
  clock: Clock,
): Promise<OwnCertificate> {
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...hostNames])];
  const notAfterDate = new Date(clock.now() + yearsValid * 365 * 24 * 60 * 60 * 1000);
  const made = await generate([{ name: 'commonName', value: 'Portside' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: names.map((name) =>
          isIP(name) ? { type: 7, ip: name } : { type: 2, value: name },
        ),
      },
    ],
  });
  const cert = made.cert.trim();
  return { key: made.private.trim(), cert, fingerprint: fingerprintOf(cert) };
}
