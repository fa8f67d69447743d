// The VS Code server that the tests and `npm start` run: code-server's npm package holds a complete
// one. Installed without install scripts, so that no compiler is needed.
import { createHash } from 'node:crypto';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { environmentWith, runQuietly } from '../childProcess.ts';
import { projectRoot } from '../paths.ts';
import { MissingPrerequisiteError } from '../prerequisite.ts';
import { npmCommand } from '../programs.ts';

const hostFolder = join(projectRoot, 'test', 'vscode', 'host');
const stamp = join(hostFolder, 'node_modules', '.portside-ready');
const serverFolder = join(hostFolder, 'node_modules', 'code-server', 'lib', 'vscode');

/** The program to run with Node.js 24 or newer. */
export const serverMain: string = join(serverFolder, 'out', 'server-main.js');

/** Two native addons and what takes their place. */
const standIns = [
  ['@vscode/spdlog', 'spdlog.cjs'],
  ['@vscode/native-watchdog', 'nativeWatchdog.cjs'],
] as const;

/** What a test of an extension never loads: more than half of the installation. */
const dispensable = [
  'node_modules/@github',
  'node_modules/@microsoft/mxc-sdk',
  'node_modules/@devcontainers',
  'node_modules/node-pty/prebuilds/win32-x64',
  'node_modules/node-pty/prebuilds/win32-arm64',
  'node_modules/@vscode/windows-process-tree',
  'node_modules/@vscode/windows-registry',
  'node_modules/@vscode/sandbox-runtime',
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'extensions/microsoft-authentication',
  'extensions/tunnel-forwarding',
  'extensions/ms-vscode.js-debug',
  'extensions/ms-vscode.js-debug-companion',
  'extensions/ms-vscode.vscode-js-profile-table',
  // These two need the TypeScript that stands in the folder after them.
  'extensions/html-language-features',
  'extensions/typescript-language-features',
  'extensions/node_modules',
];

/** Installs the VS Code server unless it stands there, whole, in the wanted version. */
export async function installHost(signal: AbortSignal): Promise<void> {
  if (process.platform === 'win32') {
    throw new MissingPrerequisiteError('The VS Code server from npm does not run on Windows.');
  }
  const wanted = await fingerprint();
  const standing = await readFile(stamp, 'utf8').catch(() => '');
  if (standing === wanted) return;
  process.stderr.write('Installing a VS Code server from npm (once)…\n');
  await rm(stamp, { force: true });
  await npm(hostFolder, ['ci'], signal);
  // Not `npm ci`: the package's npm-shrinkwrap.json lacks tslib. The pins in it count all the same.
  await npm(serverFolder, ['install', '--omit=dev'], signal);
  await replaceNativeModules();
  for (const path of dispensable) {
    await rm(join(serverFolder, path), { recursive: true, force: true });
  }
  await writeFile(stamp, wanted);
}

/** Changes with the locked versions and with what is done to them. */
async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(await readFile(join(hostFolder, 'package-lock.json')));
  for (const [, file] of standIns) {
    hash.update(await readFile(join(hostFolder, 'standIns', file)));
  }
  return hash.update(dispensable.join('\n')).digest('hex');
}

async function replaceNativeModules(): Promise<void> {
  for (const [module, file] of standIns) {
    await copyFile(
      join(hostFolder, 'standIns', file),
      join(serverFolder, 'node_modules', module, 'index.js'),
    );
  }
}

async function npm(cwd: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  const [command, ...before] = npmCommand();
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // An npm script sets these to the project's own folder, which is not the one meant here.
  const env = environmentWith({ npm_config_local_prefix: cwd, INIT_CWD: cwd });
  const { code, output } = await runQuietly(command, [...before, ...args, ...quiet], {
    cwd,
    env,
    signal,
  });
  if (code !== 0) throw new Error(`npm ${args.join(' ')} failed in ${cwd}:\n${output}`);
}
