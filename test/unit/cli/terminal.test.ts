import { PassThrough, Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { CancelledError } from '../../../src/base/abort.ts';
import { collectBytes } from '../../../src/base/bytes.ts';
import { OutputClosedError, processTerminal, type Terminal } from '../../../src/cli/terminal.ts';

const { signal } = new AbortController();

interface Fake {
  readonly terminal: Terminal;
  readonly input: PassThrough & { isTTY?: boolean; setRawMode?: (raw: boolean) => never };
  readonly errors: PassThrough;
  /** The changes of the raw mode. */
  readonly raw: boolean[];
}

function fakeTerminal(isTTY: boolean): Fake {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), {
    isTTY,
    setRawMode: (on: boolean) => {
      raw.push(on);
      return undefined as never;
    },
  });
  const errors = new PassThrough();
  const terminal = processTerminal({ input, output: new PassThrough(), errors });
  return { terminal, input, errors, raw };
}

test.each([
  ['geheim\r', 'geheim'],
  ['ä€😀\n', 'ä€😀'],
  ['ge\u007fab\b\u007f\r', 'g'],
  ['wrong\u0015right\r', 'right'],
  ['\r', ''],
])('the keys %j are the secret %j, and nothing of it is shown', async (keys, secret) => {
  const { terminal, input, errors, raw } = fakeTerminal(true);
  const asked = terminal.askSecret('Password: ', signal);
  // A letter may be torn between two chunks.
  for (const byte of Buffer.from(keys)) input.write(Buffer.of(byte));
  expect(await asked).toBe(secret);
  expect(String(errors.read())).toBe('Password: \n');
  expect(raw).toEqual([true, false]);
});

test.each(['\u0003', '\u0004', 'abc\u0003'])('the keys %j call the question off', async (keys) => {
  const { terminal, input, raw } = fakeTerminal(true);
  const asked = terminal.askSecret('Password: ', signal);
  input.write(keys);
  await expect(asked).rejects.toThrow(CancelledError);
  expect(raw).toEqual([true, false]);
});

test('a question ends with the command', async () => {
  const { terminal, raw } = fakeTerminal(true);
  const controller = new AbortController();
  const asked = terminal.askSecret('Password: ', controller.signal);
  controller.abort(new Error('called off'));
  await expect(asked).rejects.toThrow('called off');
  expect(raw).toEqual([true, false]);
});

test('where no terminal is there nobody is asked', async () => {
  const { terminal, errors } = fakeTerminal(false);
  expect(await terminal.askSecret('Password: ', signal)).toBeUndefined();
  expect(errors.read()).toBeNull();
});

test('a line to standard error has no power over the terminal', () => {
  const { terminal, errors } = fakeTerminal(true);
  terminal.tell('550 \u001b]0;owned\u0007\r\n\u009bm');
  expect(String(errors.read())).toMatch(/^[\x20-\x7e]+\n$/);
});

test('standard input is read as bytes', async () => {
  const { terminal, input } = fakeTerminal(false);
  input.end(Buffer.of(0xff, 0x0a));
  expect([...(await collectBytes(terminal.input, 10))]).toEqual([0xff, 0x0a]);
});

test('when nobody reads the output, writing says so', async () => {
  const output = new Writable({
    write: (_chunk, _encoding, done) => done(new Error('EPIPE')),
  });
  const { input, errors } = fakeTerminal(false);
  const terminal = processTerminal({ input, output, errors });
  await expect(terminal.write('x')).rejects.toThrow(OutputClosedError);
  await expect(terminal.write('y')).rejects.toThrow(OutputClosedError);
});
