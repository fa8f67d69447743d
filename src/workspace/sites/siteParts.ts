import { raceAbort } from '../../base/abort.ts';
import { rootPath } from '../../base/paths.ts';
import { charsetNamed } from '../../ftp/grammar/charset/charsets.ts';
import {
  type ClientCertificate,
  needsPassphrase,
  parseProxy,
  type Proxy,
} from '../../ftp/options.ts';
import { RemoteFileError } from '../../session/remoteFileError.ts';
import { sentenceOf } from '../sentence.ts';
import type { Passwords } from './passwords.ts';
import type { Site } from './site.ts';
import type { SiteParts } from './siteConnectOptions.ts';

/** The text of a file of this machine. */
export type ReadPem = (path: string, signal: AbortSignal) => Promise<string>;

/**
 * Reads the files that a site names, and asks for their secrets. Rejects with a `RemoteFileError`
 * that names the setting, a `NoPasswordError`, or the signal's reason.
 */
export async function readSiteParts(
  site: Site,
  readPem: ReadPem,
  passwords: Passwords,
  signal: AbortSignal,
): Promise<SiteParts> {
  const read = async (setting: string, path: string, holds: RegExp): Promise<string> => {
    const text = await readPem(path, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw unusable(`The file of "${setting}", ${path}, cannot be read: ${sentenceOf(error)}`);
    });
    // Given a file without a certificate, Node reports no error and trusts no server at all.
    if (holds.test(text)) return text;
    throw unusable(`The file of "${setting}", ${path}, holds nothing of that kind in PEM`);
  };
  const charset = site.charset === 'auto' ? undefined : await charsetNamed(site.charset);
  if (site.charset !== 'auto' && !charset) {
    throw unusable(`"charset": the charset ${site.charset} is not known`);
  }
  const proves = site.security !== 'none';
  const ca = site.ca && proves ? await read('ca', site.ca, certificateInPem) : undefined;
  const client = proves ? await readClient(site, read, passwords, signal) : undefined;
  const proxy = await proxyOf(site, passwords, signal);
  return {
    ...(ca !== undefined && { ca }),
    ...(client && { client }),
    ...(proxy && { proxy }),
    ...(charset && { charset }),
  };
}

const certificateInPem = /-----BEGIN CERTIFICATE-----/;
const keyInPem = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

async function readClient(
  site: Site,
  read: (setting: string, path: string, holds: RegExp) => Promise<string>,
  passwords: Passwords,
  signal: AbortSignal,
): Promise<ClientCertificate | undefined> {
  const { clientCertificate, clientKey } = site;
  if (clientCertificate === undefined) return undefined;
  const certificate = await read('clientCertificate', clientCertificate, certificateInPem);
  const key = await (clientKey === undefined
    ? read('clientCertificate', clientCertificate, keyInPem)
    : read('clientKey', clientKey, keyInPem));
  if (!needsPassphrase(key)) return { certificate, key };
  const passphrase = await raceAbort(passwords.keyPassphrase(site), signal);
  return { certificate, key, passphrase };
}

async function proxyOf(
  site: Site,
  passwords: Passwords,
  signal: AbortSignal,
): Promise<Proxy | undefined> {
  const proxy = site.proxy === undefined ? undefined : parseProxy(site.proxy);
  // A site's proxy was checked when the settings were read: it is an address.
  if (proxy === undefined || typeof proxy === 'string') return undefined;
  const password = await raceAbort(passwords.proxyPassword(site, proxy), signal);
  return password === undefined ? proxy : { ...proxy, password };
}

function unusable(sentence: string): RemoteFileError {
  return new RemoteFileError('unavailable', rootPath, sentence);
}
