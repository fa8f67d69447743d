// Makes a fresh clone able to run: installs what package-lock.json names and node_modules lacks, then
// runs the script it is given on Node.js 24 or newer. It stands before any installation, so it is
// plain JavaScript without dependencies and runs on Node.js 20. It is a command and not a `prestart`
// script because npm leaves those out where `ignore-scripts` is set, as it is in this project.
//
//   node scripts/bootstrap.mjs scripts/start.ts [argument...]
import { spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const oldestNode = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const windows = process.platform === 'win32';

function packagesOf(lockfile) {
  const path = join(root, lockfile);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/** True when a package that package-lock.json names is not installed in that very version. */
function isStale() {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  if (installed === undefined) return true;
  return Object.entries(wanted).some(([path, { version, integrity, optional }]) => {
    if (path === '') return false;
    const found = installed[path];
    // What is optional is left out where it does not fit the machine.
    if (found === undefined) return !optional;
    return found.version !== version || found.integrity !== integrity;
  });
}

function install() {
  // Not `npm ci`: package-lock.json cannot name the packages for platforms that the registry did not
  // have when it was written, and `npm ci` takes that for a fault. Nothing is written to it here.
  const verb = ['install', '--no-save', '--ignore-scripts'];
  const whole = ['--include=dev', '--include=optional'];
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  process.stderr.write('Installing the packages that package-lock.json names…\n');
  const own = process.env.npm_execpath;
  const npm = own?.endsWith('npm-cli.js') ? [process.execPath, own] : ['npm'];
  const { status, error } = spawnSync(npm[0], [...npm.slice(1), ...verb, ...whole, ...quiet], {
    cwd: root,
    // Standard output belongs to the script that follows.
    stdio: ['ignore', 2, 2],
    shell: windows && npm.length === 1,
  });
  if (status !== 0) fail(`npm install did not succeed${error ? `: ${error.message}` : ''}.`);
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

const isNewEnough = (version) => Number(version.replace(/^v/, '').split('.')[0]) >= oldestNode;

/** The Node.js among the optional packages, where there is one for this machine and it runs. */
function installedNode() {
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const path = join(root, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
  if (!existsSync(path)) return undefined;
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return status === 0 && isNewEnough(stdout) ? path : undefined;
}

/** Runs the script in a Node.js of its own; its end and every signal are handed through. */
function runOn(node, script, args) {
  const child = spawn(node, [script, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} could not be started: ${error.message}.`));
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0)),
  );
}

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail('Usage: node scripts/bootstrap.mjs SCRIPT [ARGUMENT...]');
if (isStale()) install();
const path = resolve(root, script);
if (isNewEnough(process.version)) {
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
} else {
  const node = installedNode();
  if (node === undefined) {
    fail(
      `Node.js ${oldestNode} or newer is needed, and this is ${process.version} (${process.execPath}). ` +
        `Please install Node.js ${oldestNode} (https://nodejs.org), put it on the PATH and run the command again.`,
    );
  }
  runOn(node, path, args);
}
