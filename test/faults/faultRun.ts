import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import type { Logger } from '../../src/base/logger.ts';
import { toRemotePath } from '../../src/base/paths.ts';
import { connectFtp } from '../../src/ftp/connectFtp.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import { nodeTls } from '../../src/ftp/net/tls.ts';
import { defaultOptions } from '../../src/ftp/options.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs, type Rung } from '../../src/ftp/rung.ts';
import { openRemoteFileSystem } from '../../src/session/openRemoteFileSystem.ts';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { drawFault, type Fault, isLogin, type Rehearsal } from './fault.ts';
import { FaultProxy } from './faultProxy.ts';
import type { FaultServer } from './faultServers.ts';
import { judge, type Told, type Wrong } from './judgement.ts';
import { drawOperation, type Operation } from './operations.ts';
import type { Random } from './random.ts';
import { readTree, sameTree, type Tree, writeTree } from './tree.ts';
import { listeningLogger } from '../support/listeningLogger.ts';

/** What became of one run. */
export interface FaultRun {
  readonly operation: string;
  readonly fault: Fault;
  readonly fired: boolean;
  readonly told: Told;
  readonly wrongs: readonly (readonly [Wrong, string])[];
  /** The dialogue from when the fault was armed, and what was logged: to find out why. */
  readonly trace: readonly string[];
  readonly logged: readonly string[];
}

const signal = new AbortController().signal;

// Longer than all deadlines below together: what has not ended by then never will.
const hungMs = 60_000;
const timeouts = {
  ...defaultOptions.timeouts,
  connect: 3_000,
  reply: 1_500,
  dataConnection: 1_500,
  dataProbe: 800,
  stall: 1_500,
  storeConfirmation: 500,
};

const ways: readonly [readonly Rung[], ...(readonly Rung[])[]] = [
  allRungs,
  allRungs,
  [
    { mode: 'stream', dataPort: 'epsv' },
    { mode: 'stream', dataPort: 'pasv' },
    { mode: 'stream', dataPort: 'default' },
  ],
  [
    { mode: 'block', dataPort: 'epsv' },
    { mode: 'stream', dataPort: 'epsv' },
    { mode: 'stream', dataPort: 'pasv' },
  ],
];

/** Draws an operation and a fault, lets both happen in a folder of its own, and looks at the disk. */
export async function runFault(server: FaultServer, random: Random, id: string): Promise<FaultRun> {
  const operation = drawOperation(random);
  const rungs = random.pick(ways);
  const calm = await act(server, { operation, rungs, random, id: `${id}-calm` }, () => undefined);
  if (calm.told.kind !== 'done' || calm.wrongs.length > 0) {
    throw new Error(`${operation.name} goes wrong by itself: ${JSON.stringify(calm)}`);
  }
  const fault = drawFault(random, calm.rehearsal, server.mayBeKilled);
  const happened = await act(server, { operation, rungs, random, id }, (proxy) => {
    proxy.arm(fault);
    // A fault at a login happens only where the client has to log in again.
    if ('verb' in fault && isLogin(fault.verb)) proxy.loseAll();
  });
  return { operation: operation.name, fault, ...happened };
}

interface Act {
  readonly operation: Operation;
  readonly rungs: readonly Rung[];
  readonly random: Random;
  readonly id: string;
}

async function act(
  server: FaultServer,
  { operation, rungs, random, id }: Act,
  disturb: (proxy: FaultProxy) => void,
): Promise<Omit<FaultRun, 'operation' | 'fault'> & { readonly rehearsal: Rehearsal }> {
  const [folder, home] = [join(server.root, id), `/${id}`];
  await mkdir(folder);
  await writeTree(folder, operation.before);
  await server.own(folder);
  await server.ready();
  let killed = false;
  const kill = (): Promise<void> => ((killed = true), server.killAndRestart(random));
  await using proxy = new FaultProxy(server.port, server.encrypted, kill);
  await proxy.listen();
  const logged: string[] = [];
  const logger = listeningLogger(['warn', 'error'], (line) => logged.push(line));
  const files = openFiles(server, proxy, { rungs, logger });
  await operation.prepare?.(files, home);
  proxy.arm(undefined);
  disturb(proxy);
  const told = await toldOf(operation.act(files, home));
  const { fired, rehearsal } = proxy;
  const trace = [...proxy.trace];
  proxy.arm(undefined);
  await server.ready();
  const disk = await quietTree(folder);
  const shown = told.kind === 'hung' ? undefined : await showTree(files, home);
  await settles(files[Symbol.asyncDispose](), hungMs);
  const held = await heldAfterAWhile(proxy);
  await rm(folder, { recursive: true, force: true });
  const wrongs = judge({ operation, told, disk, killed, logged, shown, held });
  return { fired, rehearsal, trace, told, wrongs, logged };
}

async function toldOf(acting: Promise<'done' | 'conflict'>): Promise<Told> {
  try {
    const kind = await settles(acting, hungMs);
    return { kind: kind ?? 'hung' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The user has nothing but the words of the message.
    const open = /may (?:or may not|have been|be damaged)/.test(message);
    return { kind: open ? 'doubt' : 'failed', message };
  }
}

/** What a promise gives, or `undefined` when it takes too long. */
async function settles<T>(work: PromiseLike<T>, ms: number): Promise<T | undefined> {
  const controller = new AbortController();
  const late = delay(ms, undefined, { signal: controller.signal }).catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    controller.abort();
  }
}

interface Opening {
  readonly rungs: readonly Rung[];
  readonly logger: Logger;
}

function openFiles(
  server: FaultServer,
  proxy: FaultProxy,
  { rungs, logger }: Opening,
): RemoteFileSystem {
  const { user, password, fingerprint } = server;
  const options = {
    ...defaultOptions,
    host: '127.0.0.1',
    port: proxy.port,
    security: server.encrypted ? 'explicit' : 'none',
    trust: { ...defaultOptions.trust, fingerprints: [fingerprint] },
    rungs,
    timeouts,
  } as const;
  const network = proxy.network(tcpNetwork(systemClock));
  const profile = new ServerProfile(rungs);
  const environment = { network, tls: nodeTls, clock: systemClock, logger, profile };
  return openRemoteFileSystem({
    connect: (signal) => connectFtp(options, { user, password }, environment, signal),
    maxConnections: 3,
    keepAliveMs: 60_000,
    idleCloseMs: 600_000,
    operationTimeoutMs: 4_000,
    clock: systemClock,
    logger,
    newId: () => randomBytes(6).toString('hex'),
  });
}

// The server may still be working for a connection that has just ended.
async function quietTree(folder: string): Promise<Tree> {
  let tree = await readTree(folder);
  for (let looks = 0, same = 0; looks < 20 && same < 2; looks++) {
    await delay(60);
    const next = await readTree(folder);
    same = sameTree(next, tree) ? same + 1 : 0;
    tree = next;
  }
  return tree;
}

/** The folder as the session shows it, with the bytes that it reads. */
async function showTree(files: RemoteFileSystem, home: string): Promise<Tree | undefined> {
  const tree = new Map<string, 'folder' | Buffer>();
  const show = async (name: string): Promise<void> => {
    for (const entry of await files.readDirectory(toRemotePath(home + name), { signal })) {
      const path = `${name}/${entry.name}`;
      if (entry.type === 'directory') {
        tree.set(path.slice(1), 'folder');
        await show(path);
      } else {
        const { content } = await files.readFile(toRemotePath(home + path), { signal });
        tree.set(path.slice(1), Buffer.from(content));
      }
    }
  };
  const shown = await settles(
    show('').then(
      () => true,
      () => false,
    ),
    hungMs,
  );
  return shown ? tree : undefined;
}

async function heldAfterAWhile(proxy: FaultProxy): Promise<number> {
  for (let looks = 0; looks < 20 && proxy.held > 0; looks++) await delay(50);
  return proxy.held;
}
