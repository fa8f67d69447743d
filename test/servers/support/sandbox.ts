import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runQuietly } from '../../../scripts/childProcess.ts';
import { makeTemporaryFolder, type TemporaryFolder } from '../../../scripts/temporaryFolder.ts';
import { systemClock } from '../../../src/base/clock.ts';

/** The one user whom the sandboxed server knows. The numbers are nobody's on a real machine. */
export const account = {
  user: 'anna',
  password: 'plain secret',
  uid: 61_234,
  gid: 61_234,
} as const;

// `openssl passwd -6 -salt portside 'plain secret'`
const passwordHash =
  '$6$portside$s6BXhbAXeeugaia3Hz/Yh3Fr3micDR3kbU9MDpABLbQ5Hp9oYJFlmG88eEpMqJZsoPNqFg9vFR7FQPtHd6rRx1';

// A server's own user and group names; the machine's own files are never read nor changed.
const etcFiles = (home: string): Readonly<Record<string, string>> => ({
  passwd: [
    'root:x:0:0:root:/root:/bin/sh',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    `ftp:x:61235:${account.gid}::/nonexistent:/usr/sbin/nologin`,
    `${account.user}:x:${account.uid}:${account.gid}::${home}:/bin/sh`,
    '',
  ].join('\n'),
  group: `root:x:0:\nnogroup:x:65534:\n${account.user}:x:${account.gid}:\n`,
  shadow: `root:*:19000::::::\n${account.user}:${passwordHash}:19000::::::\n`,
  shells: '/bin/sh\n',
  // inetutils-ftpd and linux-ftpd: who sees nothing but his home, and who may not log in.
  ftpchroot: `${account.user}\n`,
  ftpusers: 'root\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\n',
  'pam.d/ftp': [
    'auth required pam_unix.so nodelay',
    'account required pam_unix.so',
    'session required pam_permit.so',
    '',
  ].join('\n'),
});

/** A folder tree for one server: `etc` that stands in for the machine's, and the user's `home`. */
export interface Sandbox extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
}

/** What to run in it. */
export interface Program {
  /** It stays in the foreground. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A program that listens. */
export interface Daemon extends Program {
  readonly address: string;
  readonly port: number;
  /** The network namespace that it runs in, where that is not ours. */
  readonly namespace?: string;
}

/** Why daemons cannot be put into namespaces here; `undefined` where they can. */
export async function whyNoSandbox(signal: AbortSignal): Promise<string | undefined> {
  const { code } = await runQuietly('unshare', [...namespaces, 'true'], { signal });
  return code === 0 ? undefined : 'this machine lets nobody make mount and process namespaces';
}

/** Makes the folders. The caller disposes it, after the daemon in it has ended. */
export async function makeSandbox(
  name: string,
  etc: Readonly<Record<string, string>> = {},
): Promise<Sandbox> {
  const temporary: TemporaryFolder = await makeTemporaryFolder(name);
  const folder = temporary.path;
  const home = join(folder, 'home');
  // Daemons enter the home as the user, who must get through.
  await chmod(folder, 0o755);
  await mkdir(home);
  await chown(home, account.uid, account.gid);
  for (const inside of ['etc/pam.d', 'run', 'var/log', 'empty']) {
    await mkdir(join(folder, inside), { recursive: true });
  }
  for (const [file, content] of Object.entries({ ...etcFiles(home), ...etc })) {
    await writeFile(join(folder, 'etc', file), content, {
      mode: file === 'shadow' ? 0o600 : 0o644,
    });
  }
  return { folder, home, [Symbol.asyncDispose]: () => temporary[Symbol.asyncDispose]() };
}

// In a process namespace of its own everything that the daemon starts ends with it.
const namespaces = ['--mount', '--propagation', 'private', '--pid', '--fork', '--kill-child'];

// The shell stays the first process of the namespace: vsftpd 3.0.3 crashes when it inherits orphans.
const mountsAndProgram = [
  'for folder in etc run var/log; do',
  '  mount --bind "$0/$folder" "/$folder" || exit',
  'done',
  'env "$@"',
  'exit',
].join('\n');

/**
 * Starts a daemon that sees the sandbox's `etc`, `run` and `var/log` in place of the machine's.
 * Resolves when it listens; disposing ends it with all its children. It cannot outlive this process
 * either.
 */
export async function startDaemon(
  sandbox: Sandbox,
  { program, args, address, port, namespace, environment = {} }: Daemon,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const words = [
    ['--pdeathsig', 'KILL'],
    namespace === undefined ? [] : ['nsenter', `--net=${namespace}`],
    ['unshare', ...namespaces],
    ['sh', '-c', mountsAndProgram, sandbox.folder],
    Object.entries(environment).map(([name, value]) => `${name}=${value}`),
    [program, ...args],
  ];
  // Node's own pipe would be a socket, which Pure-FTPd takes for a client that inetd hands over.
  const child = spawn('setpriv', words.flat(), { stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn', { signal });
  const daemon = { [Symbol.asyncDispose]: () => end(child) };
  try {
    await untilItListens(child, { address, port }, signal);
    return daemon;
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
}

const startMs = 10_000;
const askAgainMs = 20;

async function untilItListens(
  child: ChildProcess,
  place: Pick<Daemon, 'address' | 'port'>,
  signal: AbortSignal,
): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  using patience = systemClock.deadline(startMs, 'the server to listen', signal);
  while (!(await listens(child, place))) {
    if (ended(child)) throw new Error(`The server ended at once:\n${output}`);
    await systemClock.sleep(askAgainMs, patience.signal);
  }
}

const hex = (value: number, digits: number): string =>
  value.toString(16).toUpperCase().padStart(digits, '0');

// Seen from outside: a connection would be a session that the server counts. The columns are number,
// local address (its bytes from the last to the first) and port, remote ones, and 0A for listening.
async function listens(
  { pid }: ChildProcess,
  { address, port }: Pick<Daemon, 'address' | 'port'>,
): Promise<boolean> {
  const bytes = address.split('.').map((byte) => hex(Number(byte), 2));
  // Of the network that the daemon is in; there is nothing to read once it has ended.
  const sockets = await readFile(`/proc/${pid}/net/tcp`, 'utf8').catch(() => '');
  return sockets.includes(`: ${bytes.toReversed().join('')}:${hex(port, 4)} 00000000:0000 0A `);
}

// `unshare` itself heeds no other signal; with it goes the first process of the namespace, and with
// that one all others.
async function end(child: ChildProcess): Promise<void> {
  if (ended(child)) return;
  child.kill('SIGKILL');
  // 'close' and not 'exit': it waits for all who hold the output.
  await once(child, 'close');
}

function ended(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
