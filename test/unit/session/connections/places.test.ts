import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/logger.ts';
import type { ConnectionUse, FtpConnection } from '../../../../src/ftp/ftpConnection.ts';
import { ServerProfile } from '../../../../src/ftp/profile/serverProfile.ts';
import {
  type ConnectionPlace,
  SessionPool,
} from '../../../../src/session/connections/sessionPool.ts';
import type { PlaceRequest } from '../../../../src/session/connections/waitingLine.ts';
import type { PoolOptions } from '../../../../src/session/sessionOptions.ts';
import { type FakeConnection, FakeServer } from '../fakeConnection.ts';
import { calm, openFake, path, reasonOf, settle } from '../fakeSession.ts';

const block = { mode: 'block', dataPort: 'default' } as const;
const stream = { mode: 'stream', dataPort: 'epsv' } as const;

type Shared = FakeConnection['shared'];

/** Makes connections that so many operations of each use may share. */
function sharing(server: FakeServer, shared: Shared): PoolOptions['connect'] {
  return async (signal) => {
    const connection = await server.connect(signal);
    Object.assign((connection as FakeConnection).shared, shared);
    return connection;
  };
}

function poolOf(
  server: FakeServer,
  shared: Shared,
  options: Partial<PoolOptions> = {},
): SessionPool {
  return new SessionPool({
    connect: sharing(server, shared),
    maxConnections: 9,
    keepAliveMs: 60_000,
    idleCloseMs: 600_000,
    clock: server.clock,
    logger: silentLogger,
    ...options,
  });
}

const download: PlaceRequest = { lane: 'transfer', use: 'retrieve' };
const change: PlaceRequest = { lane: 'interactive', use: 'alone' };

/** So many places of a kind; `given` grows as they are. */
function ask(
  pool: SessionPool,
  request: PlaceRequest,
  count: number,
  given: ConnectionPlace[],
): void {
  for (let at = 0; at < count; at++) {
    pool.place(request, calm()).then(
      (place) => given.push(place),
      () => {},
    );
  }
}

describe('places on connections', () => {
  it('are as many as may share the connection, in block mode on one', async () => {
    const server = new FakeServer();
    const profile = new ServerProfile([block]);
    profile.pipelining.keepsOrder(true);
    await using pool = poolOf(server, { retrieve: 8 }, { profile });
    const given: ConnectionPlace[] = [];
    ask(pool, download, 20, given);
    await settle();
    expect([given.length, server.logins]).toEqual([8, 1]);
    for (let at = 0; at < 20; at++) {
      await given[at]?.[Symbol.asyncDispose]();
      await settle();
    }
    expect([given.length, server.logins, pool.state.busy]).toEqual([20, 1, 0]);
  });

  it('are on up to eight connections in stream mode, and one is kept for the user', async () => {
    const server = new FakeServer();
    const profile = new ServerProfile([stream]);
    await using pool = poolOf(server, {}, { profile });
    const given: ConnectionPlace[] = [];
    ask(pool, download, 20, given);
    await settle();
    expect([given.length, server.logins]).toEqual([8, 8]);
    ask(pool, change, 1, given);
    await settle();
    expect([given.length, server.logins]).toEqual([9, 9]);
  });

  it('are on up to eight connections in block mode too for what must be alone', async () => {
    const server = new FakeServer();
    const profile = new ServerProfile([block]);
    profile.pipelining.keepsOrder(true);
    await using pool = poolOf(server, { retrieve: 8 }, { profile });
    const given: ConnectionPlace[] = [];
    ask(pool, { lane: 'transfer', use: 'alone' }, 20, given);
    await settle();
    expect([given.length, server.logins]).toEqual([8, 8]);
  });

  it('are beside transfers for the user where there is one connection only', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { retrieve: 8, ask: 8 }, { maxConnections: 1 });
    const given: ConnectionPlace[] = [];
    ask(pool, download, 3, given);
    ask(pool, { lane: 'interactive', use: 'ask' }, 1, given);
    await settle();
    expect([given.length, server.logins]).toEqual([4, 1]);
  });

  it('are not given to later ones while one waits that must be alone', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { retrieve: 8 }, { maxConnections: 1 });
    const before: ConnectionPlace[] = [];
    ask(pool, download, 3, before);
    await settle();
    const alone: ConnectionPlace[] = [];
    ask(pool, change, 1, alone);
    const later: ConnectionPlace[] = [];
    ask(pool, download, 3, later);
    await settle();
    expect([before.length, alone.length, later.length]).toEqual([3, 0, 0]);
    for (const place of before) await place[Symbol.asyncDispose]();
    await settle();
    expect([alone.length, later.length]).toEqual([1, 0]);
    await alone[0]?.[Symbol.asyncDispose]();
    await settle();
    expect(later.length).toBe(3);
  });

  it('beyond the first connection are given back when nothing needs them', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, {});
    const given: ConnectionPlace[] = [];
    ask(pool, download, 4, given);
    await settle();
    for (const place of given) await place[Symbol.asyncDispose]();
    expect(pool.state.connections).toBe(4);
    server.clock.advance(60_000);
    await settle();
    expect(pool.state.connections).toBe(1);
  });

  it('are on further connections as soon as a stream shows that one does not carry all', async () => {
    const server = new FakeServer();
    const profile = new ServerProfile([block, stream]);
    profile.pipelining.keepsOrder(true);
    await using pool = poolOf(server, { retrieve: 2 }, { profile });
    const given: ConnectionPlace[] = [];
    ask(pool, download, 6, given);
    await settle();
    expect([given.length, server.logins]).toEqual([2, 1]);
    profile.ladder.leaveBlockMode({ why: 'it answered 504', now: 0 });
    given[0]?.progressed();
    await settle();
    expect([given.length, server.logins]).toEqual([6, 4]);
  });

  it('are asked for by twice as many logins each time that all were let in', async () => {
    const server = new FakeServer();
    const rounds: number[] = [];
    let asked = 0;
    const doors: (() => void)[] = [];
    server.greet = async () => {
      asked += 1;
      await new Promise<void>((resolve) => doors.push(resolve));
    };
    await using pool = poolOf(server, {}, { profile: new ServerProfile([stream]) });
    ask(pool, download, 20, []);
    for (let round = 0; round < 5; round++) {
      await settle();
      rounds.push(asked);
      for (const open of doors.splice(0)) open();
    }
    expect(rounds).toEqual([1, 2, 4, 8, 8]);
  });

  it.each([1, 3, 5])('cost few refusals where the server lets in no more than %s', async (most) => {
    const server = new FakeServer({ maxLogins: most });
    let asked = 0;
    server.greet = async () => void (asked += 1);
    await using pool = poolOf(server, {}, { profile: new ServerProfile([stream]) });
    const given: ConnectionPlace[] = [];
    ask(pool, download, 20, given);
    await settle();
    expect(given.length).toBe(most);
    expect(asked - most).toBeLessThanOrEqual(most);
    const before = asked;
    await given[0]?.[Symbol.asyncDispose]();
    await settle();
    expect(asked).toBe(before);
  });

  it('keep to their rule in whatever order operations come and go', async () => {
    for (let seed = 1; seed <= 60; seed++) await comeAndGo(seed);
  });
});

const uses: readonly ConnectionUse[] = ['ask', 'list', 'retrieve', 'save', 'alone'];
const lanes: readonly PlaceRequest['lane'][] = [
  'finishing',
  'interactive',
  'transfer',
  'background',
];

/** Numbers that are the same for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

async function comeAndGo(seed: number): Promise<void> {
  const next = numbersFrom(seed);
  const server = new FakeServer();
  const shared = { ask: 1 + next(8), list: 1 + next(4), retrieve: 1 + next(8) };
  await using pool = poolOf(server, shared, { maxConnections: 1 + next(4) });
  const holders = new Map<FtpConnection, Map<ConnectionPlace, ConnectionUse>>();
  let served = 0;
  const come = async (): Promise<void> => {
    const use = uses[next(uses.length)] ?? 'alone';
    const place = await pool.place({ lane: lanes[next(4)] ?? 'transfer', use }, calm());
    served++;
    const beside = holders.get(place.connection) ?? new Map<ConnectionPlace, ConnectionUse>();
    holders.set(place.connection, beside.set(place, use));
    const each = [...beside.values()];
    for (const one of each) expect(each.length).toBeLessThanOrEqual(place.connection.places(one));
  };
  const go = async (): Promise<boolean> => {
    const all = [...holders.values()].flatMap((beside) =>
      [...beside.keys()].map((place) => ({ beside, place })),
    );
    const one = all[next(Math.max(1, all.length))];
    one?.beside.delete(one.place);
    await one?.place[Symbol.asyncDispose]();
    return one !== undefined;
  };
  const coming: Promise<void>[] = [];
  for (let step = 0; step < 60; step++) {
    if (next(3) > 0) coming.push(come());
    else await go();
    if (next(4) === 0) await settle();
  }
  do await settle();
  while (await go());
  await Promise.all(coming);
  expect([served, pool.state.busy]).toEqual([coming.length, 0]);
}

describe('operations that share a connection', () => {
  it('fail for none but the one that breaks it', async () => {
    const server = new FakeServer().folder('/d');
    const names = Array.from({ length: 20 }, (_, at) => path(`/d/${at}`));
    for (const name of names) server.file(name, name);
    server.fault = (_, command) => (command === 'RETR /d/7' ? 'lostBefore' : undefined);
    const connect = sharing(server, { retrieve: 256, ask: 256, list: 256 });
    await using files = openFake(server, { connect });
    const outcomes = await Promise.all(names.map((name) => reasonOf(files.readFile(name, calm()))));
    const failed = names.filter((_, at) => outcomes[at] !== 'nothing failed');
    expect(failed).toEqual(['/d/7']);
    // Together once, and as often alone as any operation is tried.
    expect(server.commands.filter((command) => command === 'RETR /d/7')).toHaveLength(4);
  });

  it('do not give up behind another one that moves on', async () => {
    const server = new FakeServer().file('/large', 'x').file('/small', 'y');
    const connect = sharing(server, { retrieve: 256, ask: 256 });
    const options = { connect, maxConnections: 1, operationTimeoutMs: 30_000 };
    await using pool = poolOf(server, { retrieve: 2 }, options);
    const [first, second] = [
      await pool.place(download, calm()),
      await pool.place(download, calm()),
    ];
    using deadline = server.clock.deadline(30_000, 'its turn');
    using _moving = second.onProgress(() => deadline.restart());
    for (let at = 0; at < 9; at++) {
      server.clock.advance(20_000);
      first.progressed();
    }
    expect([second.wasShared, deadline.signal.aborted]).toEqual([true, false]);
  });
});
