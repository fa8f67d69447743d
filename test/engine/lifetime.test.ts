import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { CancelledError } from '../../src/base/abort.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  readWhole,
  startTestServer,
} from '../support/engine.ts';

/** What still keeps the process busy, by kind. Timers of ours keep nothing alive and do not count. */
function openSockets(): number {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /TCP|TLS|UDP|Server|Pipe.*Connect/.test(kind)).length;
}

/** Sockets take a few turns of the event loop to go. */
async function settledSockets(expected: number): Promise<number> {
  for (let turn = 0; turn < 200 && openSockets() > expected; turn++) await systemClock.sleep(10);
  return openSockets();
}

test('a hundred connections, opened, used and closed, leave no socket and no listener', async () => {
  await using server = await startTestServer({ files: { '/a': patternBytes(3000) } });
  const before = openSockets();
  for (let round = 0; round < 100; round++) {
    await using connection = await connectEngine(server.endpoint.port);
    expect((await readWhole(connection, '/a')).length).toBe(3000);
  }
  expect(await settledSockets(before)).toBe(before);
  expect(server.counters.controlOpened).toBe(100);
});

test('connecting can be cancelled at any point, and leaves nothing open', async () => {
  for (const verb of ['AUTH', 'USER', 'PASS', 'PBSZ', 'FEAT', 'TYPE']) {
    const cancel = new AbortController();
    const reason = new CancelledError('connecting');
    await using slow = await startTestServer({ faults: { silent: [verb] } });
    const connecting = connectEngine(slow.endpoint.port, { signal: cancel.signal });
    while (!slow.counters.commands.has(verb)) await systemClock.sleep(2);
    cancel.abort(reason);
    await expect(connecting).rejects.toBe(reason);
  }
  expect(await settledSockets(0)).toBe(0);
});

test('a cancelled command is answered to nobody, and the next one gets its own reply', async () => {
  await using server = await startTestServer({
    faults: { delays: { SIZE: 100 } },
    files: { '/a': 'one' },
  });
  await using connection = await connectEngine(server.endpoint.port);
  const cancel = new AbortController();
  const reason = new CancelledError('the question');
  const size = connection.size(at('/a'), { signal: cancel.signal });
  cancel.abort(reason);
  await expect(size).rejects.toBe(reason);
  expect(await connection.homeDirectory({ signal: live })).toBe('/');
  expect((await connection.entry(at('/a'), { signal: live }))?.size).toBe(3);
});

test('closing a connection ends what waits on it, each with a typed error', async () => {
  await using server = await startTestServer({ faults: { silent: ['SIZE'] } });
  const connection = await connectEngine(server.endpoint.port);
  const waiting = [
    connection.size(at('/a'), { signal: live }),
    connection.probe({ signal: live }),
    connection.list(at('/'), { signal: live }),
  ].map((operation) => expect(operation).rejects.toMatchObject({ kind: 'connection' }));
  await connection[Symbol.asyncDispose]();
  await Promise.all(waiting);
  expect(await connection.closed).toBeUndefined();
});

test('a server that goes away is noticed while nobody asks it anything', async () => {
  const server = await startTestServer();
  await using connection = await connectEngine(server.endpoint.port);
  await server[Symbol.asyncDispose]();
  expect(await connection.closed).toMatchObject({ kind: 'connection', remedy: 'reconnect' });
  expect(connection.usable).toBe(false);
});
