import { StringDecoder } from 'node:string_decoder';
import type { ReadStream } from 'node:tty';
import { CancelledError, raceAbort } from '../base/abort.ts';
import type { Clock } from '../base/clock.ts';
import { visibleText } from '../base/visibleText.ts';

/** The reader of standard output has gone: there is nothing left to do, and no one to tell. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/** What the user of the command line gives, and is told. */
export interface Terminal {
  /** Standard input. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Writes to standard output. Waits for a slow reader; rejects with an `OutputClosedError`. */
  write(output: string | Uint8Array): Promise<void>;
  /** Writes one line to standard error. Control characters in it are made visible. */
  tell(line: string): void;
  /**
   * Asks for a line that is not shown. `undefined` where input is no terminal. Rejects with a
   * `CancelledError` when the user cancels.
   */
  askSecret(question: string, signal: AbortSignal): Promise<string | undefined>;
}

/** The streams of a process; `input` is a terminal where it can be put into raw mode. */
export interface ProcessStreams {
  readonly input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
}

/** The terminal, or the pipes, of a process. */
export function processTerminal({ input, output, errors }: ProcessStreams): Terminal {
  // `write` rejects when the reader has gone. Without a listener the event would end the process.
  output.on('error', () => {});
  errors.on('error', () => {});
  return {
    input: bytesOf(input),
    write: (text) => written(output, text),
    tell: (line) => void errors.write(`${visibleText(line)}\n`),
    askSecret: async (question, signal) => {
      if (input.isTTY !== true) return undefined;
      errors.write(visibleText(question));
      input.setRawMode?.(true);
      try {
        return await readSecret(input, signal);
      } finally {
        input.setRawMode?.(false);
        input.pause();
        errors.write('\n');
      }
    },
  };
}

async function* bytesOf(input: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of input) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function written(output: NodeJS.WritableStream, text: string | Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  output.write(text, (error) => {
    if (error) reject(new OutputClosedError('The output is not read any more', { cause: error }));
    else resolve();
  });
  await promise;
}

// In raw mode the terminal echoes nothing, and leaves the keys that end or correct a line to us.
async function readSecret(input: NodeJS.ReadableStream, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const decoder = new StringDecoder('utf8');
  let letters: string[] = [];
  const onData = (chunk: Buffer | string): void => {
    for (const key of typeof chunk === 'string' ? chunk : decoder.write(chunk)) {
      if (key === '\r' || key === '\n') resolve(letters.join(''));
      else if (key === '\u0003' || key === '\u0004') reject(new CancelledError('The question'));
      else if (key === '\u007f' || key === '\b') letters.pop();
      else if (key === '\u0015') letters = [];
      else letters.push(key);
    }
  };
  const onEnd = (): void => reject(new CancelledError('The question'));
  input.on('data', onData);
  input.on('end', onEnd);
  input.resume();
  try {
    return await raceAbort(promise, signal);
  } finally {
    input.off('data', onData);
    input.off('end', onEnd);
  }
}

// npm and the terminal both hand on what Ctrl+C sends: one key press comes twice within that time.
const samePressMs = 1_000;

/**
 * Aborts when the process is asked to end, so that it ends cleanly. When it is asked again later, the
 * process ends at once.
 */
export function interruption(
  process: Pick<NodeJS.Process, 'on' | 'exit'>,
  clock: Clock,
): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      first ??= clock.now();
      if (clock.now() - first > samePressMs) process.exit(1);
      controller.abort(new CancelledError('The command'));
    });
  }
  return controller.signal;
}
