import { parseRemotePath, type RemotePath } from '../../base/paths.ts';
import { defaultPort, type Security } from '../../ftp/options.ts';

/** The server address that the user typed or pasted. */
export interface SiteAddress {
  readonly host: string;
  readonly port: number | undefined;
  /** `undefined` where the address does not tell. */
  readonly security: Security | undefined;
  readonly username: string | undefined;
  /** Used only if the user agrees. */
  readonly password: string | undefined;
  readonly root: RemotePath | undefined;
}

// Users paste ftp: addresses for servers of every kind, so they do not mean "without TLS".
const securityOf: ReadonlyMap<string, Security | undefined> = new Map([
  ['ftp://', undefined],
  ['ftpes://', 'explicit'],
  ['ftps://', 'implicit'],
]);

/**
 * Reads a host, a host with a port, or an address with ftp:, ftps: (TLS from the first byte) or
 * ftpes:. `undefined` when it is none of these.
 */
export function parseSiteAddress(input: string): SiteAddress | undefined {
  const text = input.trim();
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0].toLowerCase();
  if (scheme !== undefined && !securityOf.has(scheme)) return undefined;
  // The URL parser checks hosts and IPv6 addresses only for special schemes such as "http:".
  const rest = scheme ? text.slice(scheme.length) : text;
  const url = URL.parse(`http://${rest.includes(':') && isBareIPv6(rest) ? `[${rest}]` : rest}`);
  const security = scheme === undefined ? undefined : securityOf.get(scheme);
  if (!url || url.hostname === '') return undefined;
  const port = explicitPort(rest) ?? (url.port === '' ? undefined : Number(url.port));
  const path = decode(url.pathname);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    security: security ?? (port === defaultPort('implicit') ? 'implicit' : undefined),
    username: decode(url.username) || undefined,
    password: decode(url.password) || undefined,
    root: path === undefined || path === '/' ? undefined : parseRemotePath(path),
  };
}

/** The address as it can be pasted again, without its password. */
export function formatSiteAddress(address: Omit<SiteAddress, 'password'>): string {
  const { host, port, security, username, root } = address;
  const scheme = security === 'implicit' ? 'ftps' : security === 'explicit' ? 'ftpes' : 'ftp';
  const user = username === undefined ? '' : `${encodeURIComponent(username)}@`;
  const name = host.includes(':') ? `[${host}]` : host;
  const path = (root ?? '').split('/').map(encodeURIComponent).join('/');
  return `${scheme}://${user}${name}${port === undefined ? '' : `:${port}`}${path}`;
}

function isBareIPv6(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && text.split(':').length > 2;
}

// The parser drops ":80", the default port of http.
function explicitPort(rest: string): number | undefined {
  return /^[^/?#]*:80(?:[/?#]|$)/.test(rest) && !isBareIPv6(rest) ? 80 : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
