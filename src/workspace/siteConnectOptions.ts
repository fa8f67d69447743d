import { chooseRungs, defaultOptions, type FtpConnectOptions } from '../ftp/options.ts';
import type { Site } from './site.ts';

/** How the engine connects to a site; `ca` is the text of the site's PEM file, where it has one. */
export function siteConnectOptions(site: Site, ca: string | undefined): FtpConnectOptions {
  const timeout = site.timeout * 1000;
  const { timeouts } = defaultOptions;
  return {
    ...defaultOptions,
    host: site.host,
    port: site.port,
    security: site.security,
    trust: {
      fingerprints: site.fingerprints,
      minVersion: site.minTlsVersion,
      ...(ca !== undefined && { ca }),
    },
    rungs: chooseRungs(site.mode, site.dataPort),
    usePassiveAddress: site.usePassiveAddress,
    timeouts: {
      ...timeouts,
      connect: Math.min(timeouts.connect, timeout),
      reply: timeout,
      stall: timeout,
    },
  };
}
