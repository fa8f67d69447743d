import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { diskFolder } from './folder/diskFolder.ts';
import type { MemoryLimits } from './folder/memoryFile.ts';
import { memoryFolder } from './folder/memoryFolder.ts';
import type { FtpServer } from './ftpServer.ts';
import { startFtpServer } from './ftpServer.ts';
import type { ServerLimits } from './limits.ts';
import type { FtpServerOptions, Login } from './options.ts';
import type { Personality } from './personality.ts';
import type { ServerCertificate } from './tls.ts';

/** What `portside serve` was told. */
export interface ServeOptions {
  readonly folder:
    | { readonly kind: 'disk'; readonly root: string }
    | { readonly kind: 'memory'; readonly limits?: MemoryLimits };
  readonly listen: { readonly host: string; readonly port: number };
  readonly tls: 'explicit' | 'implicit' | 'none';
  /** PEM, the user's own; without it one is made and kept in `stateFolder`. */
  readonly certificate?: ServerCertificate;
  readonly stateFolder: string;
  readonly user?: { readonly name: string; readonly password: string };
  readonly anonymous: boolean;
  readonly readOnly: boolean;
  readonly defaultPortOnly: boolean;
  /** Whether data connections must resume the TLS session of their control connection, as usual. */
  readonly dataSession?: 'required' | 'any';
  readonly limits?: Partial<ServerLimits>;
  readonly personality?: Personality;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Serves until the signal aborts, then ends cleanly. Prints `listening HOST:PORT` once clients can
 * come, and `fingerprint SHA256` where there is TLS.
 */
export async function serveFolder(
  options: ServeOptions,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => stop(), { once: true });
  if (signal.aborted) return;
  const { server, fingerprint } = await startServing(options);
  await using _ = server;
  print(`listening ${hostAndPort(server.endpoint)}`);
  if (fingerprint !== undefined) print(`fingerprint ${fingerprint}`);
  await stopped;
}

/** Starts the server that the options describe; whoever called disposes it. */
export async function startServing(
  options: ServeOptions,
): Promise<{ server: FtpServer; fingerprint: string | undefined }> {
  const certificate = options.tls === 'none' ? undefined : await certificateOf(options);
  const server = await startFtpServer(await serverOptions(options, certificate));
  return { server, fingerprint: certificate?.fingerprint };
}

async function serverOptions(
  options: ServeOptions,
  certificate: ServerCertificate | undefined,
): Promise<FtpServerOptions> {
  const { listen, tls, anonymous, readOnly, defaultPortOnly, clock, logger } = options;
  const { folder, personality, user, dataSession = 'required', limits } = options;
  return {
    listen,
    tls,
    anonymous,
    readOnly,
    defaultPortOnly,
    requireSessionReuse: dataSession === 'required',
    clock,
    logger,
    folder:
      folder.kind === 'disk'
        ? await diskFolder(folder.root)
        : memoryFolder({}, clock, folder.limits),
    authenticate: ({ user: name, password }: Login) =>
      user !== undefined && name === user.name && password === user.password,
    ...(limits ? { limits } : {}),
    ...(certificate ? { certificate } : {}),
    ...(personality ? { personality } : {}),
  };
}

async function certificateOf(
  options: ServeOptions,
): Promise<ServerCertificate & { fingerprint: string }> {
  // Loaded when it is wanted: making certificates takes more code than all the rest of the server.
  const { fingerprintOf, loadOrMakeCertificate } = await import('./ownCertificate.ts');
  const { certificate, stateFolder, listen, clock } = options;
  if (certificate) return { ...certificate, fingerprint: fingerprintOf(certificate.cert) };
  return loadOrMakeCertificate(stateFolder, namesOf(listen.host), clock);
}

// 0.0.0.0 and :: are no names that a client could ask for.
function namesOf(host: string): string[] {
  return host === '0.0.0.0' || host === '::' ? [] : [host];
}

function hostAndPort({ host, port }: { host: string; port: number }): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
