import { expect, test } from 'vitest';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  readWhole,
  startTestServer,
} from '../support/engine.ts';

test('a transfer that is cancelled before its command is sent leaves no trace', async () => {
  const content = patternBytes(1_000);
  // The reply before it is late: in lockstep the transfer's own command waits for it.
  const faults = { delays: { NOOP: 100 } };
  await using server = await startTestServer({
    files: { '/a': content },
    defaultPortOnly: true,
    faults,
  });
  await using connection = await connectEngine(server.endpoint.port, { pipelineDepth: 1 });
  for (const verb of ['STOR', 'RETR'] as const) {
    await connection.list(at('/'), { signal: live });
    const controller = new AbortController();
    const { signal } = controller;
    const before = connection.probe({ signal: live });
    const transfer =
      verb === 'STOR'
        ? connection.store(at('/b'), [content], { signal })
        : connection.retrieve(at('/a'), { signal });
    setImmediate(() => controller.abort(new Error('called off')));
    await expect(transfer).rejects.toThrow('called off');
    await before;
    await connection.probe({ signal: live });
    expect(server.counters.commands.get(verb)).toBeUndefined();
    expect(server.counters.commands.get('ABOR')).toBeUndefined();
  }
  expect(Buffer.compare(await readWhole(connection, '/a'), content)).toBe(0);
  expect(server.counters.dataOpened).toBe(1);
});
