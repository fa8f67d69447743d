import { expect, test } from 'vitest';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  readWhole,
  startTestServer,
} from '../support/engine.ts';

test('listings and files follow each other on one kept connection', async () => {
  const content = patternBytes(36_750);
  await using server = await startTestServer({
    defaultPortOnly: true,
    files: { '/a/f': content, '/b/g': content, '/c/.keep': '' },
  });
  await using connection = await connectEngine(server.endpoint.port);
  for (const folder of ['/', '/a', '/b', '/', '/c']) {
    const { entries } = await connection.list(at(folder), { signal: live });
    expect(entries.length).toBe(folder === '/' ? 3 : 1);
    expect(Buffer.compare(await readWhole(connection, '/a/f'), content)).toBe(0);
    expect(await readWhole(connection, '/c/.keep')).toHaveLength(0);
  }
  expect(server.counters.dataOpened).toBe(1);
});

test('a kept connection is left alone while nothing is asked of it', async () => {
  await using server = await startTestServer({ defaultPortOnly: true, files: { '/a': 'x' } });
  await using connection = await connectEngine(server.endpoint.port);
  await connection.list(at('/'), { signal: live });
  for (let round = 0; round < 3; round++) {
    await readWhole(connection, '/a');
    // A reply on the control connection comes long after what the data connection would set off.
    await connection.probe({ signal: live });
    expect(server.counters.dataOpen).toBe(1);
  }
  expect(server.counters.dataOpened).toBe(1);
});
