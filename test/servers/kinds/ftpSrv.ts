import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentWith, runQuietly } from '../../../scripts/childProcess.ts';
import { npmCommand } from '../../../scripts/programs.ts';
import { nodeDaemon } from './nodeDaemon.ts';
import type { RealServer } from '../support/realServer.ts';
import { account } from '../support/sandbox.ts';
import { sandboxedServer } from '../support/sandboxedServer.ts';

const folder: string = join(import.meta.dirname, '..', 'ftpSrv');
const stamp = join(folder, 'node_modules', '.portside-ready');

/** ftp-srv from npm, in the version of its own lock file. */
export const ftpSrv: RealServer = sandboxedServer({
  name: 'ftp-srv',
  version: '4.6.3',
  protections: ['none'],
  whyNoTls: 'by chance: after 234 it may take the first bytes of the handshake for a command',
  startOptions: ['timeZone', 'idleSeconds'],
  rung: { mode: 'stream', dataPort: 'epsv' },
  withoutTickets: [],
  packages: [],
  prepare: install,
  daemon: async (place) => {
    const { sandbox, address, port, options } = place;
    return nodeDaemon(join(folder, 'server.mjs'), {
      ...account,
      host: address,
      port,
      home: sandbox.home,
      idleSeconds: options.idleSeconds ?? 300,
    });
  },
});

/** Installs it unless it stands there, whole, in the wanted version. */
async function install(signal: AbortSignal): Promise<void> {
  const lock = await readFile(join(folder, 'package-lock.json'));
  const wanted = createHash('sha256').update(lock).digest('hex');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === wanted) return;
  await rm(stamp, { force: true });
  const [command, ...before] = npmCommand();
  const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // An npm script sets these to the project's own folder, which is not the one meant here.
  const env = environmentWith({ npm_config_local_prefix: folder, INIT_CWD: folder });
  const { code, output } = await runQuietly(command, [...before, ...words], {
    cwd: folder,
    env,
    signal,
  });
  if (code !== 0) throw new Error(`npm could not install ftp-srv:\n${output}`);
  await writeFile(stamp, wanted);
}
