import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { makeTemporaryFolder } from '../../../scripts/temporaryFolder.ts';
import { type WaitOptions, waitUntil } from '../../../scripts/waiting.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../../src/base/logger.ts';
import type { PortsideForTests } from '../../../src/extension.ts';
import { type ServeOptions, startServing } from '../../../src/server/ftpServer.ts';

/** Nothing ends the tests but their deadlines. */
export const live: AbortSignal = new AbortController().signal;

/** A served folder on the disk, known to the extension as a site. */
export interface World extends AsyncDisposable {
  /** The served folder. */
  readonly folder: string;
  readonly port: number;
  readonly fingerprint: string;
  /** What the clients said to the server, without secrets. */
  readonly commands: readonly string[];
  /** A file of the site. */
  uri(path: string): vscode.Uri;
  /** The server is gone, with every connection. */
  stop(): Promise<void>;
  /** It is back, where it was. */
  start(): Promise<void>;
}

/** What differs from a site that anybody may use and write to. */
export interface WorldOptions {
  readonly id: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly user?: { readonly name: string; readonly password: string };
  /** True: the sites that are in the settings already stay there. */
  readonly beside?: boolean;
  /** False: the certificate is not trusted beforehand. */
  readonly trusted?: boolean;
}

/** Serves a new folder and enters it in the settings, as the only site unless told otherwise. The caller disposes it. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { id, files = {}, user, trusted = true, beside = false } = options;
  await using opened = new AsyncDisposableStack();
  const state = opened.use(await makeTemporaryFolder('state')).path;
  const folder = opened.use(await makeTemporaryFolder('served')).path;
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const commands: string[] = [];
  const serving = serveOptions(folder, state, recorder(commands));
  const access = user ? { user, anonymous: false } : { anonymous: true };
  const { server: first, fingerprint = '' } = await startServing({ ...serving, ...access });
  let server = first;
  opened.defer(() => server[Symbol.asyncDispose]());
  const { port } = server.endpoint;
  const site: SiteSetting = {
    id,
    port,
    host: '127.0.0.1',
    name: `Site ${id}`,
    ...(trusted ? { fingerprints: [fingerprint] } : {}),
    ...(user ? { username: user.name } : {}),
  };
  await enterSite(site, beside);
  // The extension lets go before the server closes.
  opened.defer(async () => (await portside()).connections.disconnect(id));
  const kept = opened.move();
  return {
    folder,
    port,
    fingerprint,
    commands,
    stop: async () => server[Symbol.asyncDispose](),
    start: async () => {
      const listen = { host: '127.0.0.1', port };
      ({ server } = await startServing({ ...serving, ...access, listen }));
    },
    uri: (path) => vscode.Uri.from({ scheme: 'portside', authority: id, path }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function serveOptions(
  root: string,
  stateFolder: string,
  logger: Logger,
): Omit<ServeOptions, 'anonymous'> {
  return {
    folder: { kind: 'disk', root },
    listen: { host: '127.0.0.1', port: 0 },
    tls: 'explicit',
    stateFolder,
    readOnly: false,
    defaultPortOnly: true,
    clock: systemClock,
    logger,
  };
}

/** Keeps the lines that the server logs of what its clients say: "> VERB argument". */
function recorder(commands: string[]): Logger {
  const logger: Logger = {
    ...silentLogger,
    debug: (line) => {
      if (line.startsWith('> ')) commands.push(line.slice(2));
    },
    scope: () => logger,
  };
  return logger;
}

interface SiteSetting extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly port: number;
}

async function enterSite(site: SiteSetting, beside: boolean): Promise<void> {
  const settings = vscode.workspace.getConfiguration('portside');
  const others = beside ? settings.get<readonly SiteSetting[]>('sites', []) : [];
  await settings.update('sites', [...others, site], vscode.ConfigurationTarget.Global);
  const { connections } = await portside();
  await eventually('the extension knows the site', () => {
    assert.equal(connections.site(site.id).port, site.port);
  });
}

/** What the extension shows to tests, and only in the mode of tests. */
export async function portside(): Promise<PortsideForTests> {
  const extension = vscode.extensions.getExtension<PortsideForTests | undefined>(
    'portside.portside',
  );
  assert.ok(extension, 'the extension is not installed');
  const shown = await extension.activate();
  assert.ok(shown, 'the extension does not run in the mode of tests');
  return shown;
}

/** Waits until the assertions hold, and fails as they do when they never do. */
export async function eventually(
  what: string,
  assertions: () => Promise<void> | void,
  options: Partial<WaitOptions> = {},
): Promise<void> {
  const holds = async (): Promise<true> => {
    await assertions();
    return true;
  };
  await waitUntil(what, holds, { deadline: 60_000, signal: live, ...options });
}
