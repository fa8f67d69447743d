import type { Charset } from '../../ftp/grammar/charset/charset.ts';
import {
  type ClientCertificate,
  defaultOptions,
  type FtpConnectOptions,
  type Proxy,
  timeoutsOf,
} from '../../ftp/options.ts';
import { chooseRungs, type Rung } from '../../ftp/rung.ts';
import type { Site } from './site.ts';

/** What a site's settings only refer to: the content of files, a password, a charset. */
export interface SiteParts {
  /** The text of the PEM file. */
  readonly ca?: string;
  readonly client?: ClientCertificate;
  /** With its password. */
  readonly proxy?: Proxy;
  readonly charset?: Charset;
}

/** The ladder that a site's settings leave. */
export function siteRungs({ mode, dataPort, proxy }: Site): readonly Rung[] {
  return chooseRungs(mode, dataPort, proxy === undefined ? 'direct' : 'proxied');
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
    rungs: siteRungs(site),
    ...(charset && { charset }),
    listing: site.listing,
    skipCommands: site.skipCommands,
    ...(proxy && { proxy }),
    usePassiveAddress: site.usePassiveAddress,
    timeouts: timeoutsOf(site.timeout),
  };
}
