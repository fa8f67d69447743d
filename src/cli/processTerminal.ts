import type { ReadStream } from 'node:tty';
import { StringDecoder } from 'node:string_decoder';
import { CancelledError, raceAbort } from '../base/abort.ts';
import { visibleText } from '../base/visibleText.ts';
import { OutputClosedError, type Terminal } from './terminal.ts';

/** The streams of a process; `input` is a terminal where it can be put into raw mode. */
export interface ProcessStreams {
  readonly input: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY' | 'setRawMode'>>;
  readonly output: NodeJS.WritableStream;
  readonly errors: NodeJS.WritableStream;
}

/** The terminal, or the pipes, of a process. */
export function processTerminal({ input, output, errors }: ProcessStreams): Terminal {
  // A reader that has gone is told to whoever writes; the event would end the process.
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
    if (error) reject(new OutputClosedError('Nobody reads the output', { cause: error }));
    else resolve();
  });
  await promise;
}

// In raw mode nothing is echoed, and the keys that end and correct a line are ours to obey.
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
