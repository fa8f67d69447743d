// Child processes: one that is run to its end, and one that is started with all it may start itself
// and is stopped as a whole.
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { waitUntil } from './waiting.ts';

const outputKept = 64 * 1024;
const timeToEnd = 5_000;
const timeToVanish = 2_000;

/** Where and with what environment a process is started. */
export interface ProcessOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Adds to the process's own environment, so that PATH and the proxy settings stay. */
export function environmentWith(more: Record<string, string>): NodeJS.ProcessEnv {
  return { ...process.env, ...more };
}

/**
 * Runs a program to its end with its output on ours, and returns its exit code (128 and more: ended
 * by a signal). An aborted signal ends the program.
 */
export async function run(
  file: string,
  args: readonly string[],
  options: ProcessOptions & { readonly signal: AbortSignal },
): Promise<number> {
  const { signal, ...where } = options;
  const child = spawn(file, args, { ...where, signal, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 128;
}

/** Runs a program to its end and returns its exit code and all that it wrote. */
export async function runQuietly(
  file: string,
  args: readonly string[],
  options: ProcessOptions & { readonly signal: AbortSignal },
): Promise<{ readonly code: number; readonly output: string }> {
  const { signal, ...where } = options;
  await using group = startGroup(file, args, where);
  const code = await group.ended(signal);
  return { code, output: group.output };
}

/**
 * Starts a program as the leader of a process group. The caller disposes it; that ends every
 * process of the group. Where our own process ends first, the group is killed with it.
 */
export function startGroup(
  file: string,
  args: readonly string[],
  options: ProcessOptions = {},
): ProcessGroup {
  const child = spawn(file, args, {
    ...options,
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new ProcessGroup(child, [file, ...args].join(' '));
}

// One listener for all of them: Node warns of a leak where many listen to one event.
const groups = new Set<ProcessGroup>();
process.once('exit', () => {
  for (const group of groups) group.kill();
});

/** A started program with everything that it has started. */
export class ProcessGroup implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #commandLine: string;
  readonly #news = new EventEmitter();
  #output = '';
  #end: { readonly code: number; readonly error?: Error } | undefined;

  constructor(child: ChildProcess, commandLine: string) {
    this.#child = child;
    this.#commandLine = commandLine;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#remember(text));
    }
    child.once('error', (error) => this.#finish({ code: 127, error }));
    // 'close' and not 'exit': only then is the output complete.
    child.once('close', (code) => this.#finish({ code: code ?? 128 }));
    groups.add(this);
  }

  /** Of the program itself; `undefined` where it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The end of what the program wrote, standard output and error as they came. */
  get output(): string {
    return this.#output;
  }

  /** The exit code, once the program has ended; rejects where it could not be started. */
  async ended(signal: AbortSignal): Promise<number> {
    while (this.#end === undefined) await once(this.#news, 'news', { signal });
    if (this.#end.error) throw this.#end.error;
    return this.#end.code;
  }

  /** The first match in the output; rejects when the program ends without having written it. */
  async waitForOutput(pattern: RegExp, signal: AbortSignal): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (this.#end !== undefined) throw this.#endedEarly(pattern);
      await once(this.#news, 'news', { signal });
    }
  }

  /** Ends the group at once, whatever it is doing. */
  kill(): void {
    this.#kill('SIGKILL');
  }

  /** Ends the group: politely, then for certain. Safe to call more than once. */
  async [Symbol.asyncDispose](): Promise<void> {
    const never = new AbortController().signal;
    this.#kill('SIGTERM');
    await this.#gone(timeToEnd, never).catch(() => this.#kill('SIGKILL'));
    await this.#gone(timeToVanish, never).catch(() => undefined);
    groups.delete(this);
  }

  #remember(text: string): void {
    this.#output = (this.#output + text).slice(-outputKept);
    this.#news.emit('news');
  }

  #finish(end: { code: number; error?: Error }): void {
    this.#end ??= end;
    this.#news.emit('news');
  }

  #endedEarly(pattern: RegExp): Error {
    return new Error(
      `${this.#commandLine} ended (${this.#end?.code}) without writing ${pattern.source}:\n${this.#output}`,
      { cause: this.#end?.error },
    );
  }

  async #gone(deadline: number, signal: AbortSignal): Promise<void> {
    const probe = (): true | undefined =>
      this.#end !== undefined && !this.#groupExists() ? true : undefined;
    await waitUntil(`the end of ${this.#commandLine}`, probe, { deadline, signal });
  }

  #groupExists(): boolean {
    const { pid } = this.#child;
    if (pid === undefined || process.platform === 'win32') return false;
    try {
      return process.kill(-pid, 0);
    } catch {
      return false;
    }
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      // Windows has no process groups; there only the program itself is ended.
      if (process.platform === 'win32') this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // The group is gone, which is what was asked for.
    }
  }
}
