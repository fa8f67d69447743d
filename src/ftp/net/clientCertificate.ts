import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { TlsError } from '../errors.ts';
import { type ClientCertificate, needsPassphrase } from '../options.ts';

/**
 * Throws a `TlsError` where a certificate of ours cannot be shown: Node would say so in words of
 * OpenSSL that tell neither what is missing nor which of the two files it is.
 */
export function checkClientCertificate(client: ClientCertificate): void {
  const certificate = readCertificate(client.certificate);
  const key = readKey(client);
  if (!certificate.checkPrivateKey(key)) {
    throw unusable('The key does not belong to the client certificate');
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw unusable('The file of the client certificate holds no certificate in PEM', error);
  }
}

function readKey({ key, passphrase }: ClientCertificate): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw unusable("The file of the client certificate's key holds no key in PEM");
  }
  try {
    return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) });
  } catch (error) {
    if (!needsPassphrase(key)) {
      throw unusable("The client certificate's key cannot be read", error);
    }
    const message = "The passphrase does not open the client certificate's key";
    throw new TlsError('clientCertificate', message, { problem: 'passphrase', cause: error });
  }
}

function unusable(message: string, cause?: unknown): TlsError {
  return new TlsError('clientCertificate', message, { problem: 'unusable', cause });
}
