import { createConnection } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { FtpTimeoutError } from '../../src/ftp/errors.ts';
import { allRungs, chooseRungs, type Rung } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import {
  at,
  connectEngine,
  live,
  provedProfile,
  readWhole,
  startTestServer,
  storeWhole,
} from '../support/engine.ts';

const files = { '/a': 'one' };

/** The machine's clock, which a test may put forward: no timer goes off earlier for that. */
function clockAhead(): Clock & { ahead: number } {
  const clock = { ...systemClock, ahead: 0, now: () => systemClock.now() + clock.ahead };
  return clock;
}

const words = async (connection: Awaited<ReturnType<typeof connectEngine>>): Promise<string> =>
  Buffer.from(await readWhole(connection, '/a')).toString();

test('a server without block mode is served in stream mode over EPSV, at no time-out', async () => {
  await using server = await startTestServer({ personality: { blockMode: 'refused' }, files });
  await using connection = await connectEngine(server.endpoint.port);
  expect(await words(connection)).toBe('one');
  expect(connection.description.rung).toEqual({ mode: 'stream', dataPort: 'epsv' });
  expect(server.counters.controlOpened).toBe(1);
});

test.each<[string, readonly string[], Rung]>([
  ['EPSV refused', ['EPSV'], { mode: 'stream', dataPort: 'pasv' }],
  ['EPSV and PASV refused', ['EPSV', 'PASV'], { mode: 'stream', dataPort: 'eprt' }],
  ['only PORT left', ['EPSV', 'PASV', 'EPRT'], { mode: 'stream', dataPort: 'port' }],
])('%s: the next rung is taken on the same control connection', async (_name, verbs, rung) => {
  const refusals = Object.fromEntries([...verbs, 'MODE'].map((verb) => [verb, 502]));
  await using server = await startTestServer({ faults: { refusals }, files });
  await using connection = await connectEngine(server.endpoint.port);
  expect(await words(connection)).toBe('one');
  expect(connection.description.rung).toEqual(rung);
  expect(server.counters.controlOpened).toBe(1);
});

test('a data port that never opens costs its control connection, and the next one goes on below', async () => {
  await using server = await startTestServer({ faults: { neverDials: true }, files });
  const profile = new ServerProfile(allRungs);
  const timeouts = { dataProbe: 100 };
  await using first = await connectEngine(server.endpoint.port, { profile, timeouts });
  await expect(words(first)).rejects.toBeInstanceOf(FtpTimeoutError);
  expect(first.usable).toBe(false);
  await using second = await connectEngine(server.endpoint.port, { profile, timeouts });
  expect(await words(second)).toBe('one');
  expect(second.description.rung).toEqual({ mode: 'block', dataPort: 'epsv' });
  expect(profile.remember(1)?.networks[0]?.rung).toEqual({ mode: 'block', dataPort: 'epsv' });
});

test('an upload whose data port never opens says that no byte was sent', async () => {
  await using server = await startTestServer({ faults: { neverDials: true } });
  const profile = provedProfile();
  await using connection = await connectEngine(server.endpoint.port, {
    profile,
    timeouts: { dataProbe: 100 },
  });
  await expect(storeWhole(connection, '/x', Buffer.from('x'))).rejects.toMatchObject({
    kind: 'transfer',
    bytes: 0,
    remedy: 'reconnect',
  });
});

test('with the default data port alone, block mode needs no other', async () => {
  await using server = await startTestServer({ defaultPortOnly: true, files });
  await using connection = await connectEngine(server.endpoint.port);
  expect(await words(connection)).toBe('one');
  for (const verb of ['EPSV', 'PASV', 'EPRT', 'PORT']) {
    expect(server.counters.commands.has(verb)).toBe(false);
  }
});

test('when every rung has failed the error says so, and for a while at once', async () => {
  const refusals: Record<string, number> = { EPSV: 502, PASV: 502, EPRT: 502, PORT: 502 };
  await using server = await startTestServer({ faults: { refusals }, files });
  const profile = new ServerProfile(chooseRungs('stream', 'epsv'));
  const clock = clockAhead();
  await using connection = await connectEngine(server.endpoint.port, { profile, clock });
  const noDataPath = { kind: 'connection', on: 'data', reason: 'noDataPath', remedy: 'none' };
  for (let round = 0; round < 3; round++) {
    await expect(words(connection)).rejects.toMatchObject(noDataPath);
    expect(profile.ladder.exhausted).toBe(true);
  }
  expect(server.counters.commands.get('EPSV')).toBe(1);
  // Commands need no data connection.
  expect(await connection.size(at('/a'), { signal: live })).toBe(3);
  clock.ahead += 10_000;
  delete refusals['EPSV'];
  expect(await words(connection)).toBe('one');
  expect(profile.ladder.exhausted).toBe(false);
});

test('the default data port is not gone back to after EPSV: it takes a new session', async () => {
  const refusals: Record<string, number> = { EPSV: 502 };
  await using server = await startTestServer({ faults: { refusals }, files });
  const rungs: readonly Rung[] = [
    { mode: 'stream', dataPort: 'epsv' },
    { mode: 'stream', dataPort: 'default' },
  ];
  const profile = new ServerProfile(rungs);
  await using connection = await connectEngine(server.endpoint.port, { profile });
  await expect(words(connection)).rejects.toMatchObject({ remedy: 'reconnect' });
  await using fresh = await connectEngine(server.endpoint.port, { profile });
  expect(await words(fresh)).toBe('one');
});

test('a private address in 227 is not dialled: the peer of the control connection is', async () => {
  await using server = await startTestServer({ faults: { passiveHost: '10.1.2.3' }, files });
  await using connection = await connectEngine(server.endpoint.port, {
    rungs: [{ mode: 'stream', dataPort: 'pasv' }],
  });
  expect(await words(connection)).toBe('one');
});

test("a stranger at our default data port is closed, and does not stand in the server's way", async () => {
  await using server = await startTestServer({ faults: { delays: { MLSD: 300 } }, files });
  const said = Promise.withResolvers<void>();
  let controlPort = 0;
  const profile = provedProfile();
  await using connection = await connectEngine(server.endpoint.port, {
    profile,
    onDial: (port) => (controlPort = port),
    logger: { ...silentLogger, debug: (line) => line.startsWith('> MLSD') && said.resolve() },
  });
  const listing = connection.list(at('/'), { signal: live });
  await said.promise;
  const stranger = createConnection({
    host: '127.0.0.1',
    port: controlPort,
    localAddress: '127.0.0.9',
  });
  stranger.on('error', () => {});
  await once(stranger, 'close');
  expect((await listing).entries.map((entry) => entry.name)).toEqual(['a']);
});
