// The servers of the bench: the embedded one as its user starts it, and three from Debian.
import { join } from 'node:path';
import { proftpd } from '../../test/servers/kinds/proftpd.ts';
import { pureFtpd } from '../../test/servers/kinds/pureFtpd.ts';
import { vsftpd } from '../../test/servers/kinds/vsftpd.ts';
import type { RealServer } from '../../test/servers/support/realServer.ts';
import type { ProcessGroup } from '../childProcess.ts';
import { commandLineFile } from '../paths.ts';
import { makeTemporaryFolder } from '../temporaryFolder.ts';
import { within } from '../waiting.ts';
import type { Line } from './line.ts';
import { layOut, type SiteSizes, type Target } from './site.ts';

type DebianServerName = 'vsftpd' | 'ProFTPD' | 'Pure-FTPd';

const debianServers: Readonly<Record<DebianServerName, RealServer>> = {
  vsftpd,
  ProFTPD: proftpd,
  'Pure-FTPd': pureFtpd,
};

/** The servers that rows may name. */
export type ServerName = ServeName | DebianServerName;

type ServeName = keyof typeof personalities;

// IIS has block mode and no hash; so has ours when it plays it.
const personalities = { serve: 'standard', 'serve without HASH': 'iis' } as const;

const servePorts = { required: 21, any: 2121 } as const;

const login = { user: 'anna', password: 'plain secret' } as const;

/** A server as a row wants it. */
export interface TargetOptions {
  readonly name: ServerName;
  readonly sizes: SiteSizes;
  /** `any`: data connections need not resume the TLS session, as they must where it is left out. */
  readonly dataSession?: 'any' | undefined;
}

/** Starts one at the far end of the line, with files laid out in it. The caller disposes it. */
export async function startTarget(
  options: TargetOptions,
  line: Line,
  signal: AbortSignal,
): Promise<Target & AsyncDisposable> {
  const { name } = options;
  return name === 'serve' || name === 'serve without HASH'
    ? await startServe({ ...options, name }, line, signal)
    : await startDebianServer({ ...options, name }, line, signal);
}

async function startServe(
  { name, sizes, dataSession }: TargetOptions & { readonly name: ServeName },
  { server, address }: Line,
  signal: AbortSignal,
): Promise<Target & AsyncDisposable> {
  const session = dataSession ?? 'required';
  const port = servePorts[session];
  await using started = new AsyncDisposableStack();
  const { path } = started.use(await makeTemporaryFolder('bench-server'));
  const folder = join(path, 'root');
  await layOut(folder, sizes);
  const environment = [
    `PORTSIDE_PASSWORD=${login.password}`,
    `XDG_STATE_HOME=${join(path, 'state')}`,
  ];
  const serve = ['serve', '--root', folder, '--tls', 'explicit', '--user', login.user];
  const played = ['--personality', personalities[name]];
  const listen = ['--listen', `${address}:${port}`, '--data-session', session];
  const words = [
    'env',
    ...environment,
    process.execPath,
    commandLineFile,
    ...serve,
    ...played,
    ...listen,
  ];
  const program = started.use(server.start(words));
  const fingerprint = await fingerprintOf(program, within(signal));
  const all = started.move();
  return {
    ...login,
    host: address,
    port,
    fingerprint,
    folder,
    pid: program.pid,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function fingerprintOf(program: ProcessGroup, signal: AbortSignal): Promise<string> {
  await program.waitForOutput(/^listening /m, signal);
  const [, shown = ''] = await program.waitForOutput(/^fingerprint ([\da-f:]+)\s/im, signal);
  return shown.replaceAll(':', '').toLowerCase();
}

async function startDebianServer(
  { name, sizes, dataSession }: TargetOptions & { readonly name: DebianServerName },
  line: Line,
  signal: AbortSignal,
): Promise<Target & AsyncDisposable> {
  const server = debianServers[name];
  const lacking = await server.unavailable(signal);
  if (lacking !== undefined) throw new Error(lacking);
  const host = { address: line.address, namespace: line.server.path };
  await using started = new AsyncDisposableStack();
  const demands = dataSession && { dataSession };
  const options = { protection: 'TLSv1.3', host, ...demands } as const;
  const running = started.use(await server.start(options, signal));
  await layOut(running.root, sizes, running.owner);
  const all = started.move();
  return {
    host: running.host,
    port: running.port,
    user: running.user,
    password: running.password,
    fingerprint: running.fingerprint,
    folder: running.root,
    owner: running.owner,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
