import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { parseRemotePath, type RemotePath } from '../base/paths.ts';
import { utf8 } from '../ftp/grammar/charset/charset.ts';
import type { Security } from '../ftp/options.ts';
import { UsageError } from './errors.ts';

/** The server, the user and the path that an address names. */
export interface RemoteAddress {
  readonly scheme: 'ftpes' | 'ftps' | 'ftp';
  readonly security: Security;
  /** `undefined`: anonymous. */
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
  /** `undefined`: the folder where the server puts the user. */
  readonly path: RemotePath | undefined;
  /** The path ends with a slash, or there is no path: it cannot name a file. */
  readonly isFolder: boolean;
}

const securities: Readonly<Record<RemoteAddress['scheme'], Security>> = {
  ftpes: 'explicit',
  ftps: 'implicit',
  ftp: 'none',
};

// Everything after the host is the path: "?" and "#" may stand in names.
const form = /^(ftpes|ftps|ftp):\/\/(?:([^/]*)@)?(\[[^\]/]*\]|[^/:@[\]]*)(?::(\d*))?(\/.*)?$/is;

/** True for a text that is meant as an address, not as a path on this machine. */
export function looksLikeAddress(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}

/** Reads an address. Throws `UsageError`, which never repeats a password that the address held. */
export function parseRemoteAddress(text: string): RemoteAddress {
  const [, scheme = '', userInfo, writtenHost = '', port = '', rawPath] = form.exec(text) ?? [];
  const named = scheme.toLowerCase() as RemoteAddress['scheme'];
  if (!Object.hasOwn(securities, named)) throw wrong(text, whyNoAddress(text));
  if (userInfo?.includes(':')) {
    throw new UsageError(
      'The address must not hold a password: other users of this machine can see it. Set ' +
        'PORTSIDE_PASSWORD, or leave the password out to be asked.',
    );
  }
  const user = decodePercent(userInfo ?? '');
  const decoded = decodePercent(rawPath ?? '');
  if (user === undefined || decoded === undefined) {
    throw wrong(text, '"%" must stand before two hexadecimal digits; "%25" means the sign itself');
  }
  const path = decoded === '' ? undefined : parseRemotePath(decoded);
  if (decoded !== '' && path === undefined) {
    throw wrong(text, 'its path holds ".", ".." or a line break');
  }
  return {
    scheme: named,
    security: securities[named],
    user: user === '' ? undefined : user,
    host: hostOf(writtenHost, text),
    port: portOf(port, text),
    path,
    isFolder: decoded === '' || decoded.endsWith('/'),
  };
}

/** The address without its path, as it stands in messages. */
export function siteLabel({ scheme, user, host, port }: RemoteAddress): string {
  const shownHost = isIP(host) === 6 ? `[${host}]` : host;
  return `${scheme}://${user === undefined ? '' : `${user}@`}${shownHost}${port === undefined ? '' : `:${port}`}`;
}

function wrong(text: string, why: string): UsageError {
  return new UsageError(`${text.replace(/\/\/[^/]*@/, '//…@')} is not an address: ${why}.`);
}

function whyNoAddress(text: string): string {
  if (/^sftp:/i.test(text)) return 'Portside speaks FTP and FTPS, and SFTP is another protocol';
  if (/^ftp(?:e?s)?:\/\//i.test(text)) return 'USER@HOST:PORT/PATH must follow the scheme';
  return 'it must begin with ftpes://, ftps:// or ftp://';
}

/** RFC 3986, 3.2.2: an IPv6 address stands in brackets. `undefined` for anything else. */
export function addressInBrackets(text: string): string | undefined {
  const [, address = ''] = /^\[(.*)\]$/s.exec(text) ?? [];
  return isIP(address) === 6 ? address : undefined;
}

function hostOf(written: string, text: string): string {
  if (written.startsWith('[')) {
    const address = addressInBrackets(written);
    if (address !== undefined) return address;
    throw wrong(text, 'the brackets hold no IPv6 address');
  }
  const host = isIP(written) === 4 ? written : domainToASCII(written);
  if (host === '') throw wrong(text, 'it names no host');
  return host;
}

function portOf(digits: string, text: string): number | undefined {
  if (digits === '') return undefined;
  const port = Number(digits);
  if (port >= 1 && port <= 65_535) return port;
  throw wrong(text, 'a port is a number from 1 to 65535');
}

// Names that are not UTF-8 can be written byte by byte: "%E4" is the byte E4.
function decodePercent(text: string): string | undefined {
  if (/%(?![0-9a-f]{2})/i.test(text)) return undefined;
  if (!text.includes('%')) return text;
  const pieces = text
    .split(/((?:%[0-9a-f]{2})+)/i)
    .map((piece, index) =>
      index % 2 === 1 ? Buffer.from(piece.replaceAll('%', ''), 'hex') : Buffer.from(piece, 'utf8'),
    );
  return utf8.decode(Buffer.concat(pieces));
}
