import type { Charset } from '../../ftp/grammar/charset/charset.ts';
import {
  type ClientCertificate,
  defaultOptions,
  type FtpConnectOptions,
  type Proxy,
  timeoutsOf,
} from '../../ftp/options.ts';
import { chooseRungs } from '../../ftp/rung.ts';
import type { Site } from './site.ts';

/** What a site's settings only name, as far as it has it. */
export interface SiteParts {
  /** The text of the PEM file. */
  readonly ca?: string;
  readonly client?: ClientCertificate;
  /** With its password. */
  readonly proxy?: Proxy;
  readonly charset?: Charset;
}

/** How the engine connects to a site. */
export function siteConnectOptions(
  site: Site,
  { ca, client, proxy, charset }: SiteParts,
): FtpConnectOptions {
  return {
    ...defaultOptions,
    host: site.host,
    port: site.port,
    security: site.security,
    trust: {
      fingerprints: site.fingerprints,
      minVersion: site.minTlsVersion,
      ...(ca !== undefined && { ca }),
      ...(client && { client }),
    },
    rungs: chooseRungs(site.mode, site.dataPort, proxy ? 'proxied' : 'direct'),
    ...(charset && { charset }),
    listing: site.listing,
    skipCommands: site.skipCommands,
    ...(proxy && { proxy }),
    usePassiveAddress: site.usePassiveAddress,
    timeouts: timeoutsOf(site.timeout),
  };
}
