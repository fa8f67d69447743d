import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { FtpError } from '../../src/ftp/errors.ts';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import {
  type Break,
  type BrokenNetwork,
  brokenNetwork,
  type BrokenNetworkOptions,
} from '../support/brokenNetwork.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  readWhole,
  startTestServer,
  storeWhole,
} from '../support/engine.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';
import { FakeClock } from '../unit/session/fakeClock.ts';

expectNoUnhandledErrors();

const content = patternBytes(3_000, 7);

// More than any deadline of the engine.
const longWhile = 60_000;

/** What must be true of whatever comes out: the right answer, or an error of the engine's own. */
async function rightOrFtpError<T>(operation: Promise<T>, isRight: (value: T) => boolean) {
  try {
    const value = await operation;
    expect(isRight(value), 'a wrong answer was given for a right one').toBe(true);
  } catch (error) {
    expect(error).toBeInstanceOf(FtpError);
  }
}

async function wholeSession(connection: FtpConnection): Promise<void> {
  const options = { signal: live };
  const same = (bytes: Uint8Array): boolean => Buffer.compare(bytes, content) === 0;
  // Nothing tells how long a listing is: one that is cut between two lines looks whole.
  await rightOrFtpError(connection.list(at('/'), options), () => true);
  await rightOrFtpError(readWhole(connection, '/a'), same);
  await rightOrFtpError(storeWhole(connection, '/b', content), (bytes) => bytes === 3_000);
  await rightOrFtpError(connection.size(at('/a'), options), (size) => size === 3_000);
  await rightOrFtpError(readWhole(connection, '/a'), same);
}

/** Runs a session through the network; everything must be over and closed at its end. */
async function through(
  { server, security }: Served,
  network: Omit<BrokenNetworkOptions, 'to'>,
  rung: Rung,
): Promise<{ control: number; data: number }> {
  await using broken = await brokenNetwork({ to: server.endpoint.port, ...network });
  const clock = new FakeClock();
  const session = async (): Promise<void> => {
    await using connection = await connectEngine(broken.port, {
      security,
      rungs: [rung],
      profile: new ServerProfile([rung]),
      clock,
    });
    await wholeSession(connection);
  };
  const error = await whileTimePasses(session(), broken, clock);
  if (error !== undefined) expect(error).toBeInstanceOf(FtpError);
  for (let turn = 0; turn < 200 && broken.open > 0; turn++) await systemClock.sleep(2);
  expect(broken.open, 'connections of the engine that stay open').toBe(0);
  return broken.passed;
}

// Time stands still until something has broken: no machine is too slow for a deadline.
async function whileTimePasses(
  session: Promise<void>,
  broken: BrokenNetwork,
  clock: FakeClock,
): Promise<unknown> {
  const ended = session.then(
    () => ({ error: undefined }),
    (error: unknown) => ({ error }),
  );
  for (;;) {
    const over = await Promise.race([ended, systemClock.sleep(2)]);
    if (over) return over.error;
    if (broken.hasBroken) clock.advance(longWhile);
  }
}

interface Served extends AsyncDisposable {
  readonly server: FtpServer;
  readonly security: 'none' | 'explicit';
}

async function serverWith(security: 'none' | 'explicit'): Promise<Served> {
  const server = await startTestServer({ tls: security, files: { '/a': content } });
  return { server, security, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const rungs: readonly Rung[] = [
  { mode: 'block', dataPort: 'epsv' },
  { mode: 'stream', dataPort: 'epsv' },
];

describe.each(rungs)('$mode mode in the clear', (rung) => {
  test('replies that come byte by byte change nothing', async () => {
    await using served = await serverWith('none');
    const passed = await through(served, { torn: true }, rung);
    expect(passed.data).toBeGreaterThan(6_000);
  });

  test.each<Break>(['end', 'reset'])(
    'a control connection that breaks anywhere (%s) gives errors and no wrong file',
    async (how) => {
      await using served = await serverWith('none');
      const { control } = await through(served, {}, rung);
      for (let after = 0; after < control; after += 13) {
        await through(served, { control: { after, how } }, rung);
      }
    },
  );

  test.each<Break>(['end', 'reset'])(
    'a data connection that breaks anywhere (%s) gives errors and no wrong file',
    async (how) => {
      await using served = await serverWith('none');
      const { data } = await through(served, {}, rung);
      for (let after = 0; after < data; after += 241) {
        await through(served, { data: { after, how } }, rung);
      }
    },
  );

  test('connections that freeze are given up', async () => {
    await using served = await serverWith('none');
    for (const after of [0, 200]) {
      await through(served, { control: { after, how: 'freeze' } }, rung);
    }
    for (const after of [100, 3_100]) {
      await through(served, { data: { after, how: 'freeze' } }, rung);
    }
  });
});

describe.each(rungs)('$mode mode under TLS', (rung) => {
  test.each<Break>(['end', 'reset'])(
    'a control connection that breaks anywhere (%s), its handshake too, gives errors',
    async (how) => {
      await using served = await serverWith('explicit');
      const { control } = await through(served, {}, rung);
      for (let after = 5; after < control; after += 149) {
        await through(served, { control: { after, how } }, rung);
      }
    },
  );

  test('a handshake that freezes is given up', async () => {
    await using served = await serverWith('explicit');
    for (const after of [100, 1_200]) {
      await through(served, { control: { after, how: 'freeze' } }, rung);
    }
  });
});
