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
export type ServerName = 'serve' | DebianServerName;

const login = { user: 'anna', password: 'plain secret' } as const;

/** Starts one at the far end of the line, with files laid out in it. The caller disposes it. */
export async function startTarget(
  name: ServerName,
  line: Line,
  sizes: SiteSizes,
  signal: AbortSignal,
): Promise<Target & AsyncDisposable> {
  return name === 'serve'
    ? await startServe(line, sizes, signal)
    : await startDebianServer(name, line, sizes, signal);
}

async function startServe(
  { server, address }: Line,
  sizes: SiteSizes,
  signal: AbortSignal,
): Promise<Target & AsyncDisposable> {
  await using started = new AsyncDisposableStack();
  const { path } = started.use(await makeTemporaryFolder('bench-server'));
  const folder = join(path, 'root');
  await layOut(folder, sizes);
  const environment = [
    `PORTSIDE_PASSWORD=${login.password}`,
    `XDG_STATE_HOME=${join(path, 'state')}`,
  ];
  const serve = ['serve', '--root', folder, '--tls', 'explicit', '--user', login.user];
  const listen = ['--listen', `${address}:21`];
  const words = ['env', ...environment, process.execPath, commandLineFile, ...serve, ...listen];
  const program = started.use(server.start(words));
  const fingerprint = await fingerprintOf(program, within(signal));
  const all = started.move();
  return {
    ...login,
    host: address,
    port: 21,
    fingerprint,
    folder,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function fingerprintOf(program: ProcessGroup, signal: AbortSignal): Promise<string> {
  await program.waitForOutput(/^listening /m, signal);
  const [, shown = ''] = await program.waitForOutput(/^fingerprint ([\da-f:]+)\s/im, signal);
  return shown.replaceAll(':', '').toLowerCase();
}

async function startDebianServer(
  name: DebianServerName,
  line: Line,
  sizes: SiteSizes,
  signal: AbortSignal,
): Promise<Target & AsyncDisposable> {
  const server = debianServers[name];
  const lacking = await server.unavailable(signal);
  if (lacking !== undefined) throw new Error(lacking);
  const host = { address: line.address, namespace: line.server.path };
  await using started = new AsyncDisposableStack();
  const running = started.use(await server.start({ protection: 'TLSv1.3', host }, signal));
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
