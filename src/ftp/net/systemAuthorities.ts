import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';

/**
 * The certificates, in PEM, that the store of this system trusts and that say to have issued one of
 * the chain, or are it. Node itself knows only those that come with it, not what a company has put beside them.
 */
export function systemAuthoritiesFor(chain: readonly X509Certificate[]): readonly string[] {
  return [...new Set(getCACertificates('system'))].filter((pem) => {
    const authority = readCertificate(pem);
    if (!authority) return false;
    // One that has signed itself need not be allowed to sign anything.
    const { fingerprint256 } = authority;
    return chain.some(
      (each) => each.fingerprint256 === fingerprint256 || each.checkIssued(authority),
    );
  });
}

// Others put what they like into the store of a system.
function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

// Longer chains are nobody's; a root names itself as its issuer.
const longestChain = 10;

/** The certificate and those that were shown with it, each followed by its issuer. */
export function chainOf(certificate: X509Certificate | undefined): readonly X509Certificate[] {
  const chain: X509Certificate[] = [];
  let next = certificate;
  while (next && chain.length < longestChain) {
    chain.push(next);
    next = next.issuerCertificate;
  }
  return chain;
}
