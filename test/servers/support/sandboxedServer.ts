import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadOrMakeCertificate } from '../../../src/server/ownCertificate.ts';
import { freePort } from '../../support/freePort.ts';
import { type UnpackedPackages, unpackPackages, whyNoDebianPackages } from './debianPackages.ts';
import type { Protection, RealServer, RunningServer, StartOptions } from './realServer.ts';
import {
  account,
  makeSandbox,
  type Program,
  type Sandbox,
  startDaemon,
  whyNoSandbox,
} from './sandbox.ts';

const loopback = '127.0.0.1';

/** What a server finds when it is to be started. */
export interface Place {
  readonly sandbox: Sandbox;
  readonly address: string;
  readonly port: number;
  /** Certificate and key in one PEM file, which only root can read. */
  readonly certificate: string;
  /** Of the first package's folder tree. */
  readonly packages: UnpackedPackages;
  readonly options: StartOptions;
  /** What its process is started with; more may be added. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What is peculiar to one kind of server. */
export interface Recipe extends Omit<RealServer, 'unavailable' | 'start' | 'dataConnections'> {
  /** `single` if left out. */
  readonly dataConnections?: RealServer['dataConnections'];
  /** The Debian packages; none where the server comes from elsewhere. */
  readonly packages: readonly string[];
  /** What the first package's version begins with, where that is not the server's own. */
  readonly packageVersion?: string;
  /** False where the user sees the machine's root instead of his home as `/`. */
  readonly confined?: boolean;
  /** See `RunningServer`; true if left out. */
  readonly othersUseTls?: boolean;
  /** Files of its `/etc` that are not as they are for others, by their names in it. */
  readonly etc?: Readonly<Record<string, string>>;
  /** Fetches what is no Debian package. */
  prepare?(signal: AbortSignal): Promise<void>;
  /** Writes its files and says how to run it. */
  daemon(place: Place): Promise<Program>;
}

/** A server that runs in a sandbox of its own. */
export function sandboxedServer(recipe: Recipe): RealServer {
  return {
    ...recipe,
    dataConnections: recipe.dataConnections ?? 'single',
    unavailable: async (signal) =>
      (await whyNoDebianPackages()) ??
      (await whyNoSandbox(signal)) ??
      (await whyAnotherVersion(recipe, signal)),
    start: (options, signal) => start(recipe, options, signal),
  };
}

async function whyAnotherVersion(
  { name, version, packages, packageVersion = version }: Recipe,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [first] = packages;
  if (first === undefined) return undefined;
  const { versions } = await unpackPackages(packages, signal);
  const found = (versions[first] ?? '').replace(/^\d+:/, '');
  return found.startsWith(packageVersion)
    ? undefined
    : `what is known of ${name} is known of ${version}, and this machine has ${found}`;
}

async function start(
  recipe: Recipe,
  options: StartOptions,
  signal: AbortSignal,
): Promise<RunningServer> {
  await recipe.prepare?.(signal);
  const packages = await unpack(recipe, signal);
  await using opened = new AsyncDisposableStack();
  const sandbox = opened.use(await makeSandbox('server', recipe.etc));
  const { address = loopback, namespace } = options.host ?? {};
  const { fingerprint } = await loadOrMakeCertificate(sandbox.folder, [address]);
  const port = await freePort();
  const certificate = join(sandbox.folder, 'certificate.pem');
  const environment = {
    LD_LIBRARY_PATH: packages.libraryFolders.join(':'),
    OPENSSL_CONF: await limitTls(sandbox, options.protection),
    TZ: options.timeZone ?? 'UTC',
  };
  const place = { sandbox, address, port, certificate, packages, options, environment };
  const daemon = await recipe.daemon(place);
  const where = { address, port, ...(namespace !== undefined && { namespace }) };
  const whole = { ...daemon, ...where, environment: { ...environment, ...daemon.environment } };
  opened.use(await startDaemon(sandbox, whole, signal));
  const all = opened.move();
  const { confined = true, othersUseTls = true } = recipe;
  return {
    host: address,
    port,
    protection: options.protection,
    othersUseTls,
    user: account.user,
    password: account.password,
    fingerprint,
    root: confined ? sandbox.home : '/',
    home: confined ? '/' : sandbox.home,
    owner: { uid: account.uid, gid: account.gid },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

// Few servers have a setting for the newest version of TLS; the library that they use has one.
async function limitTls({ folder }: Sandbox, newest: Protection): Promise<string> {
  const path = join(folder, 'openssl.cnf');
  const sections = [
    'openssl_conf = all',
    '[all]\nssl_conf = connections',
    '[connections]\nsystem_default = every',
    `[every]\nMaxProtocol = ${newest === 'none' ? 'TLSv1.3' : newest}\n`,
  ];
  await writeFile(path, sections.join('\n'));
  return path;
}

async function unpack({ packages }: Recipe, signal: AbortSignal): Promise<UnpackedPackages> {
  if (packages.length > 0) return await unpackPackages(packages, signal);
  return { root: '/', libraryFolders: [], versions: {} };
}
