import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentWith } from '../../../scripts/childProcess.ts';
import { makeTemporaryFolder } from '../../../scripts/temporaryFolder.ts';
import {
  type UnpackedPackages,
  unpackPackage,
  whyNoDebianPackages,
} from '../../servers/support/debianPackages.ts';
import { clientSide, serverSide } from './addresses.ts';
import { routerRules, serverRules, type Surroundings } from './firewall.ts';
import { Namespace, whyNoNamespaces } from './namespace.ts';

/** Client and server on either side of a router, all three hosts of their own. */
export interface NetworkLab extends AsyncDisposable {
  readonly client: Namespace;
  readonly server: Namespace;
  /** Puts other firewalls in place of those that are there. */
  surround(surroundings: Surroundings, signal: AbortSignal): Promise<void>;
}

/** Why it cannot be built here; `undefined` where it can. */
export async function whyNoNetworkLab(signal: AbortSignal): Promise<string | undefined> {
  return (await whyNoDebianPackages()) ?? (await whyNoNamespaces(signal));
}

/** Builds it, with nothing in the way. The caller disposes it, and nothing of it is left. */
export async function makeNetworkLab(signal: AbortSignal): Promise<NetworkLab> {
  const environment = await toolsEnvironment(['nftables', 'iproute2'], signal);
  await using made = new AsyncDisposableStack();
  const folder = made.use(await makeTemporaryFolder('network')).path;
  const make = async (): Promise<Namespace> => made.use(await Namespace.make(environment, signal));
  const [client, router, server] = [await make(), await make(), await make()];
  for (const [host, side] of [
    [client, clientSide],
    [server, serverSide],
  ] as const) {
    await connect(host, router, side, signal);
  }
  // Written by the shell: nsenter changes the network alone, and /proc/sys/net shows that one.
  await router.run(['sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'], signal);
  const surround = async (surroundings: Surroundings, signal: AbortSignal): Promise<void> => {
    await loadRules(router, join(folder, 'router.nft'), routerRules(surroundings), signal);
    await loadRules(server, join(folder, 'server.nft'), serverRules(surroundings), signal);
  };
  await surround({ client: 'everything' }, signal);
  const all = made.move();
  return { client, server, surround, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

/** Where the tools of these packages are found. Not every machine has them; unpacked they serve as well. */
export async function toolsEnvironment(
  names: readonly string[],
  signal: AbortSignal,
): Promise<NodeJS.ProcessEnv> {
  const packages: UnpackedPackages[] = [];
  for (const name of names) packages.push(await unpackPackage(name, signal));
  const folders = packages.flatMap(({ root }) =>
    ['usr/sbin', 'usr/bin', 'sbin', 'bin'].map((folder) => join(root, folder)),
  );
  return environmentWith({
    PATH: [process.env['PATH'] ?? '', ...folders].join(':'),
    LD_LIBRARY_PATH: packages.flatMap(({ libraryFolders }) => libraryFolders).join(':'),
  });
}

async function connect(
  host: Namespace,
  router: Namespace,
  side: typeof clientSide,
  signal: AbortSignal,
): Promise<void> {
  const pair = [side.hostInterface, 'type', 'veth', 'peer', 'name', side.routerInterface];
  await host.run(['ip', 'link', 'add', ...pair, 'netns', router.pid], signal);
  await host.run(['ip', 'address', 'add', `${side.host}/24`, 'dev', side.hostInterface], signal);
  await host.run(['ip', 'link', 'set', side.hostInterface, 'up'], signal);
  await router.run(
    ['ip', 'address', 'add', `${side.router}/24`, 'dev', side.routerInterface],
    signal,
  );
  await router.run(['ip', 'link', 'set', side.routerInterface, 'up'], signal);
  await host.run(['ip', 'route', 'add', 'default', 'via', side.router], signal);
}

async function loadRules(
  host: Namespace,
  file: string,
  rules: string,
  signal: AbortSignal,
): Promise<void> {
  await writeFile(file, rules);
  await host.run(['nft', '-f', file], signal);
}
