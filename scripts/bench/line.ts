// Two hosts of their own, and the line between them.
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Namespace } from '../../test/network/support/namespace.ts';
import { runQuietly } from '../childProcess.ts';
import { cacheFolder } from '../paths.ts';
import { within } from '../waiting.ts';

/** Where clients and servers run. */
export interface Line extends AsyncDisposable {
  readonly client: Namespace;
  readonly server: Namespace;
  /** The server's, as both of them see it. */
  readonly address: string;
  /** What the line is like and how it is made, for the reader. */
  readonly words: string;
}

const clientAddress = '10.61.1.2';
const serverAddress = '10.61.2.2';
const interfaceName = 'line0';

/** One host for both, so that nothing lies between them. The caller disposes it. */
export async function makeLoopback(
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Line> {
  const host = await Namespace.make(environment, signal);
  return {
    client: host,
    server: host,
    address: '127.0.0.1',
    words: 'no delay, by loopback',
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** How long a packet and its answer take, and how many of them fit. */
export interface LineOptions {
  readonly roundTripMs: number;
  readonly megabits: number;
}

/** Two hosts with a line between them, by netem where the kernel has it. The caller disposes it. */
export async function makeLine(
  options: LineOptions,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<Line> {
  await using made = new AsyncDisposableStack();
  const client = made.use(await Namespace.make(environment, signal));
  const server = made.use(await Namespace.make(environment, signal));
  const delayed = await delayByNetem(client, server, options, signal);
  if (!delayed) made.use(await delayByRelay(client, server, options, signal));
  await addressInterface(client, { own: clientAddress, other: serverAddress }, signal);
  await addressInterface(server, { own: serverAddress, other: clientAddress }, signal);
  const measured = await roundTripOf(client, signal);
  const all = made.move();
  const means = delayed ? 'netem' : 'a relay in user space, as this kernel has no netem';
  return {
    client,
    server,
    address: serverAddress,
    words:
      `round trip ${options.roundTripMs} ms (${measured.toFixed(1)} ms measured), ` +
      `${options.megabits} Mbit/s, by ${means}`,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** False, and nothing is left, where the kernel has no netem. */
async function delayByNetem(
  client: Namespace,
  server: Namespace,
  { roundTripMs, megabits }: LineOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const pair = [interfaceName, 'type', 'veth', 'peer', 'name', interfaceName, 'netns', server.pid];
  await client.run(['ip', 'link', 'add', ...pair], signal);
  const netem = ['netem', 'delay', `${roundTripMs / 2}ms`, 'rate', `${megabits}mbit`];
  for (const host of [client, server]) {
    const words = ['tc', 'qdisc', 'add', 'dev', interfaceName, 'root', ...netem, 'limit', '100000'];
    const { code } = await host.attempt(words, signal);
    if (code !== 0) {
      await client.run(['ip', 'link', 'delete', interfaceName], signal);
      return false;
    }
  }
  return true;
}

async function delayByRelay(
  client: Namespace,
  server: Namespace,
  { roundTripMs, megabits }: LineOptions,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const program = await compileRelay(signal);
  const numbers = [roundTripMs * 500, megabits * 1_000_000].map(String);
  const relay = client.start([program, client.path, server.path, interfaceName, ...numbers]);
  try {
    await relay.waitForOutput(/^ready$/m, within(signal));
    return relay;
  } catch (error) {
    await relay[Symbol.asyncDispose]();
    throw error;
  }
}

async function compileRelay(signal: AbortSignal): Promise<string> {
  const folder = join(cacheFolder, 'bench');
  await mkdir(folder, { recursive: true });
  const program = join(folder, 'relay');
  const source = join(import.meta.dirname, 'relay.c');
  const words = ['-O2', '-o', `${program}.${process.pid}`, source];
  const { code, output } = await runQuietly('cc', words, { signal }).catch((error: unknown) => ({
    code: 1,
    output: String(error),
  }));
  if (code !== 0) {
    throw new Error(`This kernel has no netem, and the relay could not be compiled: ${output}`);
  }
  await rename(`${program}.${process.pid}`, program);
  return program;
}

async function addressInterface(
  host: Namespace,
  { own, other }: { readonly own: string; readonly other: string },
  signal: AbortSignal,
): Promise<void> {
  const name = ['dev', interfaceName];
  await host.run(['ip', 'address', 'add', own, 'peer', other, ...name], signal);
  await host.run(['ip', 'link', 'set', ...name, 'txqueuelen', '20000', 'up'], signal);
}

// Nobody listens on that port, and the refusal takes one round trip.
const knock = `
const { connect } = require('node:net');
const started = performance.now();
connect(9, '${serverAddress}').on('error', () => console.log(performance.now() - started));
`;

async function roundTripOf(client: Namespace, signal: AbortSignal): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < 5; count++) {
    times.push(Number(await client.run([process.execPath, '-e', knock], within(signal))));
  }
  return Math.min(...times);
}
