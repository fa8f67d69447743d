// A real VS Code server on 127.0.0.1 with folders of its own.
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly, startGroup } from '../childProcess.ts';
import { makeTemporaryFolder } from '../temporaryFolder.ts';
import { stepDeadline, within } from '../waiting.ts';
import { installHost, serverMain } from './hostInstallation.ts';
import type { Settings } from './settings.ts';

/** What a VS Code server is started with. */
export interface HostOptions {
  /** Packaged extensions to install first, as users install them. */
  readonly extensions: readonly string[];
  readonly settings: Settings;
  /** More arguments for the server. */
  readonly args?: readonly string[];
  /** More environment for the server and the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** A running VS Code server; disposing it ends every process of it and removes its folders. */
export interface Host extends AsyncDisposable {
  /** The host and port of the address, which is also the authority of its `vscode-remote:` URIs. */
  readonly authority: string;
  /** A user of this machine who does not know it cannot use the server. */
  readonly token: string;
  /** A folder of the host's own, empty at the start, removed with it. */
  readonly scratchFolder: string;
  /** The end of what the server wrote. */
  output(): string;
  /** Rejects when the server ends by itself. */
  ended(signal: AbortSignal): Promise<never>;
}

interface Folders {
  readonly root: string;
  readonly userData: string;
  readonly extensions: string;
  readonly serverData: string;
  readonly scratch: string;
  readonly tokenFile: string;
}

/** Starts a VS Code server, installing it first where it is missing. The caller disposes it. */
export async function startHost(options: HostOptions): Promise<Host> {
  const { signal } = options;
  await installHost(signal);
  await using opened = new AsyncDisposableStack();
  const root = opened.use(await makeTemporaryFolder('vscode')).path;
  const folders = await makeFolders(root, options.settings);
  const token = randomBytes(16).toString('hex');
  await writeFile(folders.tokenFile, token, { mode: 0o600 });
  const env = hostEnvironment(root, options.env ?? {});
  for (const vsix of options.extensions) await installExtension(vsix, folders, env, signal);
  const server = opened.use(
    startGroup(process.execPath, serverArguments(folders, options.args ?? []), { env }),
  );
  const pattern = /Web UI available at http:\/\/[^:\s]+:(\d+)/;
  const [, port] = await server.waitForOutput(pattern, within(signal));
  const kept = opened.move();
  return {
    authority: `127.0.0.1:${port}`,
    token,
    scratchFolder: folders.scratch,
    output: () => server.output,
    ended: async (until) => {
      const code = await server.ended(until);
      throw new Error(`The VS Code server ended by itself (${code}):\n${server.output}`);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What a window shows at first: a folder, or nothing at all. */
export type WindowContent = { readonly folder: string } | { readonly ew: 'true' };

/** The address of a window of this host. */
export function windowUrl(
  host: Host,
  content: WindowContent,
  more: Readonly<Record<string, string>> = {},
): string {
  const parameters = new URLSearchParams({ tkn: host.token, ...content, ...more });
  return `http://${host.authority}/?${parameters.toString()}`;
}

async function makeFolders(root: string, settings: Settings): Promise<Folders> {
  const folders = {
    root,
    userData: join(root, 'user'),
    extensions: join(root, 'extensions'),
    serverData: join(root, 'server'),
    scratch: join(root, 'scratch'),
    tokenFile: join(root, 'token'),
  };
  for (const folder of [folders.extensions, folders.scratch]) {
    await mkdir(folder, { recursive: true });
  }
  await writeUserSettings(folders.userData, settings);
  return folders;
}

/** Writes the user settings of a VS Code whose user data stands in this folder. */
export async function writeUserSettings(userData: string, settings: Settings): Promise<void> {
  await mkdir(join(userData, 'User'), { recursive: true });
  await writeFile(join(userData, 'User', 'settings.json'), JSON.stringify(settings, undefined, 2));
}

function hostEnvironment(root: string, more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  // A terminal inside VS Code has variables that would tie this VS Code to that one.
  const foreign = /^(VSCODE|ELECTRON)_|^NODE_OPTIONS$/;
  const inherited = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(inherited),
    HOME: root,
    XDG_CONFIG_HOME: join(root, 'config'),
    XDG_DATA_HOME: join(root, 'data'),
    XDG_STATE_HOME: join(root, 'state'),
    XDG_CACHE_HOME: join(root, 'cache'),
    XDG_RUNTIME_DIR: root,
    LANG: 'C.UTF-8',
    EXTENSIONS_GALLERY: '{}',
    ...more,
  };
}

async function installExtension(
  vsix: string,
  folders: Folders,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const { code, output } = await runQuietly(
    process.execPath,
    [
      serverMain,
      '--accept-server-license-terms',
      ...folderArguments(folders),
      '--install-extension',
      vsix,
      '--force',
    ],
    { env, signal: within(signal, 2 * stepDeadline) },
  );
  if (code !== 0) throw new Error(`VS Code could not install ${vsix}:\n${output}`);
}

function serverArguments(folders: Folders, more: readonly string[]): string[] {
  return [
    serverMain,
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    '--connection-token-file',
    folders.tokenFile,
    '--accept-server-license-terms',
    '--telemetry-level',
    'off',
    '--disable-workspace-trust',
    ...folderArguments(folders),
    ...more,
  ];
}

function folderArguments(folders: Folders): string[] {
  return [
    '--server-data-dir',
    folders.serverData,
    '--user-data-dir',
    folders.userData,
    '--extensions-dir',
    folders.extensions,
  ];
}
