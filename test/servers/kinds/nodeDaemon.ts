import type { Daemon } from '../support/sandbox.ts';
import type { Place } from '../support/sandboxedServer.ts';

/** A server that is a script of ours: it reads SETTINGS, and becomes the user when it has begun. */
export async function nodeDaemon(
  { options }: Place,
  script: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<Omit<Daemon, 'port'>> {
  // The library inside Node reads no OPENSSL_CONF.
  const newest = options.protection === 'TLSv1.2' ? ['--tls-max-v1.2'] : [];
  return {
    program: process.execPath,
    args: [...newest, script],
    environment: { SETTINGS: JSON.stringify(settings) },
  };
}
