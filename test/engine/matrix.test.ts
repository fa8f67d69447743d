import { describe, expect, test } from 'vitest';
import { personalities } from '../../src/server/personality.ts';
import type { Security } from '../../src/ftp/options.ts';
import type { DataPortName, TransferModeName } from '../../src/ftp/rung.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  readWhole,
  startTestServer,
  storeWhole,
} from '../support/engine.ts';

const securities: readonly Security[] = ['none', 'explicit', 'implicit'];
const modes: readonly TransferModeName[] = ['block', 'stream'];
const dataPorts: readonly DataPortName[] = ['default', 'epsv', 'pasv', 'eprt', 'port'];
// RFC 2428, 1: PASV and PORT can name no IPv6 address.
const ways: readonly (readonly [string, DataPortName])[] = [
  ...dataPorts.map((dataPort) => ['127.0.0.1', dataPort] as const),
  ...(['default', 'epsv', 'eprt'] as const).map((dataPort) => ['::1', dataPort] as const),
];
const sizes = [0, 1, 1024, 32_768, 65_535, 65_536, 200_003];

describe.each(securities)('security %s', (security) => {
  describe.each(modes)('%s mode', (mode) => {
    test.each(ways)(
      'to %s over data port %s every file comes back as it was sent',
      async (host, dataPort) => {
        const tls =
          security === 'none' ? 'none' : security === 'implicit' ? 'implicit' : 'explicit';
        await using server = await startTestServer({ tls, listen: { host, port: 0 } });
        await using connection = await connectEngine(server.endpoint.port, {
          host,
          security,
          rungs: [{ mode, dataPort }],
        });
        for (const size of sizes) {
          const content = patternBytes(size, size + 1);
          expect(await storeWhole(connection, `/file ${size}`, content)).toBe(size);
          expect(await connection.size(at(`/file ${size}`), { signal: live })).toBe(size);
          expect(Buffer.compare(await readWhole(connection, `/file ${size}`), content)).toBe(0);
        }
        const { entries } = await connection.list(at('/'), { signal: live });
        expect(new Map(entries.map(({ name, size }) => [name, size]))).toEqual(
          new Map(sizes.map((size) => [`file ${size}`, size])),
        );
        const { description } = connection;
        expect(description.rung).toEqual({ mode, dataPort });
        expect(server.counters.dataOpened).toBe(description.dataConnections);
        if (mode === 'block') expect(server.counters.dataOpened).toBe(1);
        if (security !== 'none') {
          expect(description.resumedDataConnections).toBe(description.dataConnections);
          expect(server.counters.fullHandshakes).toBe(0);
        }
      },
    );
  });
});

test.each(['pasv', 'port'] as const)(
  '%s is left over IPv6 without a command said, and the session goes on',
  async (dataPort) => {
    await using server = await startTestServer({
      listen: { host: '::1', port: 0 },
      files: { '/a': 'one' },
    });
    const rungs = modes.map((mode) => ({ mode, dataPort }));
    await using connection = await connectEngine(server.endpoint.port, { host: '::1', rungs });
    await expect(readWhole(connection, '/a')).rejects.toMatchObject({ reason: 'noDataPath' });
    expect(server.counters.commands.has(dataPort.toUpperCase())).toBe(false);
    expect(await connection.size(at('/a'), { signal: live })).toBe(3);
  },
);

describe('an IPv4 address in the clothes of IPv6', () => {
  test.each([
    ['of a server on a socket of both families', '::', '127.0.0.1'],
    ['that we are told to dial', '127.0.0.1', '::ffff:127.0.0.1'],
    ['on both sides', '::', '::ffff:127.0.0.1'],
  ])('%s is that address on every data port', async (_name, listen, host) => {
    await using server = await startTestServer({
      listen: { host: listen, port: 0 },
      files: { '/a': 'one' },
    });
    for (const dataPort of dataPorts) {
      await using connection = await connectEngine(server.endpoint.port, {
        host,
        rungs: [{ mode: 'block', dataPort }],
      });
      expect(Buffer.from(await readWhole(connection, '/a')).toString(), dataPort).toBe('one');
    }
  });
});

test('TLS 1.2 resumes its session on data connections too', async () => {
  await using server = await startTestServer({ maxTlsVersion: 'TLSv1.2' });
  await using connection = await connectEngine(server.endpoint.port);
  await storeWhole(connection, '/a', patternBytes(10));
  expect(connection.description.tlsVersion).toBe('TLSv1.2');
  expect(connection.description.resumedDataConnections).toBe(1);
});

test('names, folders, times and modes can be asked and changed', async () => {
  await using server = await startTestServer();
  await using connection = await connectEngine(server.endpoint.port);
  await connection.makeDirectory(at('/folder ä [x]'), { signal: live });
  await storeWhole(connection, '/folder ä [x]/ leading', patternBytes(7));
  const entry = await connection.entry(at('/folder ä [x]/ leading'), { signal: live });
  expect(entry).toMatchObject({ name: ' leading', type: 'file', size: 7, precision: 'second' });
  expect(await connection.changeMode(at('/folder ä [x]/ leading'), '0600', { signal: live })).toBe(
    true,
  );
  await connection.rename(at('/folder ä [x]/ leading'), at('/moved;x'), { signal: live });
  expect((await connection.entry(at('/moved;x'), { signal: live }))?.mode).toBe('0600');
  expect(await connection.sha256(at('/moved;x'), { signal: live })).toMatch(/^[0-9a-f]{64}$/);
  await connection.deleteFile(at('/moved;x'), { signal: live });
  await connection.removeDirectory(at('/folder ä [x]'), { signal: live });
  expect((await connection.list(at('/'), { signal: live })).entries).toEqual([]);
  expect(await connection.homeDirectory({ signal: live })).toBe('/');
});

test('the folder of the login is remembered, whatever has been listed since', async () => {
  await using server = await startTestServer({ personality: personalities.iis });
  await using connection = await connectEngine(server.endpoint.port);
  await connection.makeDirectory(at('/deep'), { signal: live });
  await connection.list(at('/deep'), { signal: live });
  expect(await connection.homeDirectory({ signal: live })).toBe('/');
});
