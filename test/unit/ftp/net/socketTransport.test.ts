import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { SocketTransport } from '../../../../src/ftp/net/socketTransport.ts';

const end = { host: '127.0.0.1', port: 21, family: 4 } as const;
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** What is written to the stream comes out of the transport. */
function pipe() {
  const stream = new PassThrough();
  const transport = new SocketTransport(stream as unknown as Socket, { local: end, remote: end });
  return { stream, transport };
}

const kib = 1024;

test('a reader that is slow slows its peer down, and gets every byte in order', async () => {
  const { stream, transport } = pipe();
  const sent = Array.from({ length: 256 }, (_, index) => Buffer.alloc(16 * kib, index));
  for (const chunk of sent) stream.write(chunk);
  stream.end();
  await settled();
  expect(transport.buffered).toBe(512 * kib);
  const came: Uint8Array[] = [];
  for (let chunk = await transport.read(); chunk; chunk = await transport.read()) {
    came.push(chunk);
    expect(transport.buffered).toBeLessThanOrEqual(512 * kib);
  }
  expect(Buffer.concat(came).equals(Buffer.concat(sent))).toBe(true);
  expect(await transport.read()).toBeUndefined();
});

test('what has come before the pipe broke is read before the failure', async () => {
  const { stream, transport } = pipe();
  stream.write('all');
  await settled();
  stream.destroy(new Error('read ECONNRESET'));
  await settled();
  expect(String(await transport.read())).toBe('all');
  await expect(transport.read()).rejects.toThrow('read ECONNRESET');
});

test('what has come is gone once the transport is destroyed', async () => {
  const { stream, transport } = pipe();
  stream.write('all');
  await settled();
  transport.destroy();
  await settled();
  await expect(transport.read()).rejects.toThrow('The connection is closed');
});

test('a reader that is called off leaves the bytes for the next one', async () => {
  const { stream, transport } = pipe();
  const caller = new AbortController();
  const reading = transport.read(caller.signal);
  caller.abort(new Error('called off'));
  await expect(reading).rejects.toThrow('called off');
  stream.write('later');
  expect(String(await transport.read())).toBe('later');
});
