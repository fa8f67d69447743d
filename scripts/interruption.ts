// How every script ends: it closes what it has opened, whether the user or the system ends it.
import { readFileSync } from 'node:fs';

/** Thrown, as the reason of the signal, when the user or the system ends the script. */
export class InterruptedError extends Error {
  constructor(what: string) {
    super(`Ended by ${what}.`);
    this.name = 'InterruptedError';
  }
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const endedByUser = 130;

// At Ctrl+C the terminal signals the script, and npm does so again: both are one Ctrl+C.
const oneCtrlC = 1_000;
const watchInterval = 500;

/**
 * Runs the script with a signal that aborts at Ctrl+C, and ends the process with its exit code. A
 * second Ctrl+C does not wait for the cleaning up.
 */
export async function runScript(body: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const controller = new AbortController();
  let first: number | undefined;
  for (const name of endings) {
    process.on(name, () => {
      first ??= Date.now();
      if (Date.now() - first > oneCtrlC) process.exit(endedByUser);
      controller.abort(new InterruptedError(name));
    });
  }
  endWithNpm(controller);
  process.exit(await exitCodeOf(body, controller.signal));
}

async function exitCodeOf(
  body: (signal: AbortSignal) => Promise<number>,
  signal: AbortSignal,
): Promise<number> {
  try {
    return await body(signal);
  } catch (error) {
    if (signal.aborted) return endedByUser;
    process.stderr.write(`${sentenceOf(error)}\n`);
    return 1;
  }
}

/** The message of an error with those of its causes, one a line. */
export function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined
    ? error.message
    : `${error.message}\n  because: ${sentenceOf(error.cause)}`;
}

/**
 * Aborts when the npm that started this script is gone. npm 11 tells its shell to end, and Debian's
 * shell ends without telling the script.
 */
function endWithNpm(controller: AbortController): void {
  const chain = chainToNpm();
  if (chain.length === 0) return;
  const watch = setInterval(() => {
    if (chain.every((pid) => processOf(pid) !== undefined)) return;
    clearInterval(watch);
    controller.abort(new InterruptedError('the end of npm'));
  }, watchInterval);
  watch.unref();
}

/** The processes from our parent up to npm; none where npm did not start us or there is no /proc. */
function chainToNpm(): readonly number[] {
  const chain: number[] = [];
  let pid = process.ppid;
  for (let parent = processOf(pid); parent !== undefined; parent = processOf(pid)) {
    chain.push(pid);
    if (parent.name.startsWith('npm')) return chain;
    pid = parent.parent;
  }
  return [];
}

/** What Linux knows of a process that has not ended. */
function processOf(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    const match = /\((.*)\) (\S) (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    const [, name = '', state = 'X', parent] = match ?? [];
    return /[ZX]/.test(state) ? undefined : { name, parent: Number(parent) };
  } catch {
    return undefined;
  }
}
