import { isIP } from 'node:net';
import { generate } from 'selfsigned';
import { fingerprintOf, type OwnCertificate } from '../../src/server/ownCertificate.ts';

/** The hosts a certificate is for, and the days it is valid, counted from today. */
export interface CertificateWish {
  /** DNS names and addresses. */
  readonly hosts?: readonly string[];
  readonly fromDay?: number;
  readonly toDay?: number;
  /** Encrypts the key. */
  readonly passphrase?: string;
  readonly isAuthority?: boolean;
}

/** Signs certificates that are valid where `cert` is trusted. */
export interface Authority {
  readonly cert: string;
  readonly issue: (wish?: CertificateWish) => Promise<OwnCertificate>;
}

const millisecondsPerDay = 24 * 60 * 60 * 1000;

export async function makeAuthority(name = 'Test authority'): Promise<Authority> {
  const own = await make(name, { isAuthority: true });
  return {
    cert: own.cert,
    issue: (wish = {}) => make('Test server', wish, { cert: own.cert, key: own.key }),
  };
}

/** A certificate signed by its own key. */
export function selfSigned(wish: CertificateWish = {}): Promise<OwnCertificate> {
  return make('Test server', wish);
}

const day = (days: number): Date => new Date(Date.now() + days * millisecondsPerDay);

async function make(
  name: string,
  wish: CertificateWish,
  ca?: { readonly cert: string; readonly key: string },
): Promise<OwnCertificate> {
  const { hosts = ['127.0.0.1'], fromDay = -1, toDay = 30, passphrase, isAuthority = false } = wish;
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: day(fromDay),
    notAfterDate: day(toDay),
    ...(ca && { ca: { ...ca } }),
    ...(passphrase !== undefined && { passphrase }),
    extensions: [
      { name: 'basicConstraints', cA: isAuthority, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: isAuthority, critical: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) =>
          isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host },
        ),
      },
    ],
  });
  const cert = made.cert.trim();
  return { cert, key: made.private.trim(), fingerprint: fingerprintOf(cert) };
}
