import { chown, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { environmentWith, type ProcessGroup, startGroup } from '../../scripts/childProcess.ts';
import { projectRoot } from '../../scripts/paths.ts';
import { makeTemporaryFolder } from '../../scripts/temporaryFolder.ts';
import { within } from '../../scripts/waiting.ts';
import { vsftpd } from '../servers/kinds/vsftpd.ts';
import { freePort } from '../support/freePort.ts';
import type { Random } from './random.ts';

/** The servers that faults are tried on: ours, ours as IIS behaves, and one of the world's. */
export const faultServers = ['serve', 'iis', 'vsftpd'] as const;
export type FaultServerName = (typeof faultServers)[number];

/** A server over a folder on this disk. Disposing ends it and removes the folder. */
export interface FaultServer extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly encrypted: boolean;
  /** SHA-256 of its certificate. */
  readonly fingerprint: string;
  /** The folder on disk that it calls `/`. */
  readonly root: string;
  readonly mayBeKilled: boolean;
  /** Kills it, and starts it again after a while. */
  killAndRestart(random: Random): Promise<void>;
  /** Resolves when it listens again. */
  ready(): Promise<void>;
  /** Gives to its user what lies below a folder. */
  own(folder: string): Promise<void>;
}

/** Starts a server of that kind. The caller disposes it. */
export async function startFaultServer(
  name: FaultServerName,
  encrypted: boolean,
  signal: AbortSignal,
): Promise<FaultServer> {
  if (name === 'vsftpd') return await startVsftpd(encrypted, signal);
  return await startServe(name === 'iis' ? ['--personality', 'iis'] : [], encrypted, signal);
}

const user = 'anna';
const password = 'plain secret';

async function startServe(
  more: readonly string[],
  encrypted: boolean,
  signal: AbortSignal,
): Promise<FaultServer> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await makeTemporaryFolder('faults'));
  const root = join(folder.path, 'root');
  await mkdir(root);
  const environment = environmentWith({
    PORTSIDE_PASSWORD: password,
    XDG_STATE_HOME: join(folder.path, 'state'),
  });
  const port = await freePort();
  const start = async (): Promise<ProcessGroup> => {
    const options = ['--user', user, '--tls', encrypted ? 'explicit' : 'none', ...more];
    const where = ['--root', root, '--listen', `127.0.0.1:${port}`];
    const command = [join(projectRoot, 'src', 'startCli.ts'), 'serve', ...where, ...options];
    const group = startGroup(process.execPath, command, { env: environment });
    await group.waitForOutput(/^listening \S+:\d+\s/m, within(signal));
    return group;
  };
  let running = await start();
  opened.defer(() => running[Symbol.asyncDispose]());
  const fingerprint = encrypted ? await fingerprintOf(running, signal) : '';
  const kept = opened.move();
  let restarting: Promise<void> = Promise.resolve();
  const restart = async (pause: number): Promise<void> => {
    running.kill();
    await running[Symbol.asyncDispose]();
    await delay(pause);
    running = await start();
  };
  return {
    port,
    user,
    password,
    encrypted,
    fingerprint,
    root,
    mayBeKilled: true,
    killAndRestart: (random) => (restarting = restart(300 + random.below(500))),
    ready: () => restarting,
    own: async () => {},
    [Symbol.asyncDispose]: async () => {
      await restarting.catch(() => {});
      await kept.disposeAsync();
    },
  };
}

async function fingerprintOf(group: ProcessGroup, signal: AbortSignal): Promise<string> {
  const [, shown = ''] = await group.waitForOutput(/^fingerprint ([\da-f:]+)\s/im, within(signal));
  return shown.replaceAll(':', '').toLowerCase();
}

async function startVsftpd(encrypted: boolean, signal: AbortSignal): Promise<FaultServer> {
  const server = await vsftpd.start({ protection: encrypted ? 'TLSv1.3' : 'none' }, signal);
  return {
    port: server.port,
    user: server.user,
    password: server.password,
    encrypted,
    fingerprint: server.fingerprint,
    root: server.root,
    // Its folder tree ends with it: there is nothing to come back to.
    mayBeKilled: false,
    killAndRestart: async () => {},
    ready: async () => {},
    own: (folder) => chownAll(folder, server.owner),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function chownAll(
  folder: string,
  { uid, gid }: { readonly uid: number; readonly gid: number },
): Promise<void> {
  const below = await readdir(folder, { recursive: true });
  for (const name of ['', ...below]) await chown(join(folder, name), uid, gid);
}
