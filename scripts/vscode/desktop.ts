// The desktop VS Code of this machine, where there is one, with folders of its own: the user's
// profile is neither read nor written.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly, startGroup } from '../childProcess.ts';
import { findOnPath } from '../programs.ts';
import { makeTemporaryFolder } from '../temporaryFolder.ts';
import { waitUntil } from '../waiting.ts';
import { writeUserSettings } from './host.ts';
import type { Settings } from './settings.ts';

/** What a desktop VS Code is started with. */
export interface DesktopOptions {
  /** The `code` program. */
  readonly program: string;
  readonly vsix: string;
  readonly settings: Settings;
  /** The URI of the folder to open. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A window of the desktop VS Code; disposing it ends that VS Code and removes its folders. */
export interface Desktop extends AsyncDisposable {
  /** Settles when the user has closed the window. */
  ended(signal: AbortSignal): Promise<void>;
}

/** The desktop VS Code that can be opened here: there is a `code`, and a screen to show it on. */
export function findDesktop(): string | undefined {
  // In a terminal of a remote window `code` speaks to that window and knows no folders of its own.
  if (process.env['VSCODE_IPC_HOOK_CLI'] !== undefined) return undefined;
  // VS Code does not run its sandbox, and so not itself, as root.
  if (process.getuid?.() === 0) return undefined;
  const screen = process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY'];
  if (process.platform === 'linux' && screen === undefined) return undefined;
  return findOnPath('code');
}

/** Installs the extension in a profile of its own and opens the folder. The caller disposes it. */
export async function startDesktop(options: DesktopOptions): Promise<Desktop> {
  const { program, vsix, settings, folder, signal } = options;
  await using opened = new AsyncDisposableStack();
  const root = opened.use(await makeTemporaryFolder('desktop')).path;
  const userData = join(root, 'user');
  const own = ['--user-data-dir', userData, '--extensions-dir', join(root, 'extensions')];
  await writeUserSettings(userData, settings);
  const install = commandOf(program, [...own, '--install-extension', vsix, '--force']);
  const { code, output } = await runQuietly(...install, { signal });
  if (code !== 0) throw new Error(`VS Code could not install ${vsix}:\n${output}`);
  const open = [...own, '--new-window', '--wait', '--folder-uri', folder];
  const group = opened.use(startGroup(...commandOf(program, open)));
  opened.defer(() => endMainProcess(userData));
  const kept = opened.move();
  return {
    ended: async (until) => {
      const exitCode = await group.ended(until);
      if (exitCode !== 0) throw new Error(`VS Code ended with ${exitCode}:\n${group.output}`);
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** On Windows `code` is a batch file, which only the command interpreter can run. */
function commandOf(program: string, args: readonly string[]): [string, readonly string[]] {
  return process.platform === 'win32'
    ? ['cmd.exe', ['/d', '/c', program, ...args]]
    : [program, args];
}

/** The main process is no child of `code`; it writes its number into its user data folder. */
async function endMainProcess(userData: string): Promise<void> {
  const lock = await readFile(join(userData, 'code.lock'), 'utf8').catch(() => '');
  const pid = Number.parseInt(lock, 10);
  if (!(pid > 0)) return;
  try {
    process.kill(pid, 'SIGTERM');
    const { signal } = new AbortController();
    await waitUntil('the end of VS Code', () => (isRunning(pid) ? undefined : true), {
      deadline: 10_000,
      signal,
    });
  } catch {
    if (isRunning(pid)) process.kill(pid, 'SIGKILL');
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
