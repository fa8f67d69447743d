import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readlink } from 'node:fs/promises';
import { runQuietly, startGroup, type ProcessGroup } from '../../../scripts/childProcess.ts';
import { waitUntil } from '../../../scripts/waiting.ts';

/** Why namespaces cannot be made here; `undefined` where they can. */
export async function whyNoNamespaces(signal: AbortSignal): Promise<string | undefined> {
  const { code } = await runQuietly('unshare', ['--net', 'true'], { signal }).catch(() => ({
    code: 1,
  }));
  return code === 0 ? undefined : 'this machine lets nobody make network namespaces';
}

const startMs = 5_000;

/** A host of its own: interfaces, addresses, firewall. It ends with the process that holds it. */
export class Namespace implements AsyncDisposable {
  readonly #holder: ChildProcess;
  readonly #environment: NodeJS.ProcessEnv;

  private constructor(holder: ChildProcess, environment: NodeJS.ProcessEnv) {
    this.#holder = holder;
    this.#environment = environment;
  }

  /** Makes one, empty but for loopback. The caller disposes it, and with it all its interfaces. */
  static async make(environment: NodeJS.ProcessEnv, signal: AbortSignal): Promise<Namespace> {
    const words = ['--pdeathsig', 'KILL', 'unshare', '--net', 'sleep', 'infinity'];
    const holder = spawn('setpriv', words, { stdio: 'ignore' });
    await once(holder, 'spawn', { signal });
    const made = new Namespace(holder, environment);
    try {
      const ours = await readlink('/proc/self/ns/net');
      const apart = async (): Promise<true | undefined> =>
        (await readlink(made.path).catch(() => ours)) === ours ? undefined : true;
      await waitUntil('a network namespace', apart, { deadline: startMs, signal });
      await made.run(['ip', 'link', 'set', 'lo', 'up'], signal);
      return made;
    } catch (error) {
      await made[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Names it to `ip ... netns`. */
  get pid(): string {
    return String(this.#holder.pid);
  }

  get path(): string {
    return `/proc/${this.pid}/ns/net`;
  }

  /** Runs a program in it to its end; throws where that fails. */
  async run(words: readonly string[], signal: AbortSignal): Promise<string> {
    const { code, output } = await this.attempt(words, signal);
    if (code !== 0) throw new Error(`${words.join(' ')} failed:\n${output}`);
    return output;
  }

  /** Runs a program in it to its end, whatever that is. */
  async attempt(
    words: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly code: number; readonly output: string }> {
    const env = this.#environment;
    return await runQuietly('nsenter', [`--net=${this.path}`, '--', ...words], { env, signal });
  }

  /** Starts a program in it. The caller disposes it. */
  start(words: readonly string[]): ProcessGroup {
    const env = this.#environment;
    return startGroup('nsenter', [`--net=${this.path}`, '--', ...words], { env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#holder.exitCode !== null || this.#holder.signalCode !== null) return;
    this.#holder.kill('SIGKILL');
    await once(this.#holder, 'exit');
  }
}
