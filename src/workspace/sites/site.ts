import type { RemotePath } from '../../base/paths.ts';
import type { ListingCommand, Security, TrustOptions } from '../../ftp/options.ts';
import type { DataPortName, TransferModeName } from '../../ftp/rung.ts';

/** The colours that a site may have in the Sites view; VS Code's chart colours by their names. */
export const siteColors = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'] as const;
export type SiteColor = (typeof siteColors)[number];

/** One server with one user, as it stands in `portside.sites`. Secrets are not part of it. */
export interface Site {
  /** Made once, never changed: the authority of its URIs and the key of its secrets. */
  readonly id: string;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly security: Security;
  /** `undefined` logs in anonymously. */
  readonly username: string | undefined;
  readonly account: string | undefined;
  /** The folder where browsing begins; `undefined`: the folder of the login. */
  readonly root: RemotePath | undefined;
  readonly group: string | undefined;
  readonly color: SiteColor | undefined;
  readonly readOnly: boolean;
  /** The password is asked for at every connect, and never saved. */
  readonly askPassword: boolean;
  /** SHA-256, 64 hex digits in lower case. */
  readonly fingerprints: readonly string[];
  readonly mode: TransferModeName | 'auto';
  readonly dataPort: DataPortName | 'auto';
  readonly usePassiveAddress: boolean;
  readonly maxConnections: number;
  /** In seconds. */
  readonly timeout: number;
  /** The path of a PEM file with trusted certificates. */
  readonly ca: string | undefined;
  readonly minTlsVersion: TrustOptions['minVersion'];
  /** The path of the user's own certificate in PEM, for servers that ask for one. */
  readonly clientCertificate: string | undefined;
  /** The path of its key in PEM; `undefined`: in the same file. */
  readonly clientKey: string | undefined;
  /** The address of a proxy, without a password: `socks5://user@host:1080`, `http://host:3128`. */
  readonly proxy: string | undefined;
  /** The charset of names; `auto` is UTF-8. */
  readonly charset: string;
  readonly listing: ListingCommand;
  /** Commands that are never sent to this server. */
  readonly skipCommands: readonly string[];
  /** In MiB: a larger file is not opened in an editor. */
  readonly largestFile: number;
}

const longestId = 63;

/**
 * What can be an id. VS Code writes authorities in lower case: an id with capitals would not be found
 * again.
 */
export function isSiteId(text: string): boolean {
  return text.length <= longestId && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);
}

/** Makes the id of a new site from its name, different from every id in `taken`. */
export function makeSiteId(name: string, taken: ReadonlySet<string>): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ['site'];
  const base = words
    .join('-')
    .slice(0, longestId - 6)
    .replace(/-+$/, '');
  let id = base;
  for (let number = 2; taken.has(id); number++) id = `${base}-${number}`;
  return id;
}

/** True when a change from one to the other needs new connections. */
export function connectsDifferently(before: Site, after: Site): boolean {
  return connectionKeys.some((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

// Fingerprints are left out: they are read for each new connection, and to trust one more must not
// close the connections that are open.
const connectionKeys = [
  'host',
  'port',
  'security',
  'username',
  'account',
  'readOnly',
  'mode',
  'dataPort',
  'usePassiveAddress',
  'maxConnections',
  'timeout',
  'ca',
  'minTlsVersion',
  'clientCertificate',
  'clientKey',
  'proxy',
  'charset',
  'listing',
  'skipCommands',
  'largestFile',
] as const satisfies readonly (keyof Site)[];
