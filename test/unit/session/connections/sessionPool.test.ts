import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../../src/base/logger.ts';
import type { Lane } from '../../../../src/session/remoteFileSystem.ts';
import type { PoolOptions } from '../../../../src/session/sessionOptions.ts';
import {
  type ConnectionPlace,
  SessionPool,
} from '../../../../src/session/connections/sessionPool.ts';
import { type FakeConnection, FakeServer } from '../fakeConnection.ts';
import { calm, openFake, path, reasonOf, settle } from '../fakeSession.ts';

function poolOf(server: FakeServer, options: Partial<PoolOptions> = {}): SessionPool {
  return new SessionPool({
    connect: server.connect,
    maxConnections: 3,
    keepAliveMs: 60_000,
    idleCloseMs: 600_000,
    clock: server.clock,
    logger: silentLogger,
    ...options,
  });
}

describe('a pool of connections', () => {
  it('connects once for those who come one after the other', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server);
    for (let at = 0; at < 5; at++) {
      await using _place = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    }
    expect(server.logins).toBe(1);
  });

  it('never has more connections than it may', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server);
    const lanes: readonly Lane[] = ['interactive', 'transfer', 'background'];
    const work = async (at: number): Promise<void> => {
      await using _place = await pool.place(
        { lane: lanes[at % 3] ?? 'interactive', use: 'alone' },
        calm(),
      );
      await settle();
    };
    await Promise.all(Array.from({ length: 60 }, (_, at) => work(at)));
    expect(server.peak).toBeLessThanOrEqual(3);
    expect(pool.state).toMatchObject({ connections: server.peak, busy: 0 });
  });

  it('asks for the first login alone, however many wait', async () => {
    const server = new FakeServer();
    let greeted = 0;
    server.greet = async () => {
      greeted++;
      await settle();
      throw new Error('Wrong password');
    };
    await using pool = poolOf(server);
    const places = Array.from({ length: 10 }, () =>
      pool.place({ lane: 'interactive', use: 'alone' }, calm()),
    );
    const results = await Promise.allSettled(places);
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect(greeted).toBe(1);
  });

  it('leaves a connection alone until a transfer that was cut off is taken back', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server);
    const first = await pool.place({ lane: 'transfer', use: 'alone' }, calm());
    const cutOff = first.connection as FakeConnection;
    const { promise: recovering, resolve } = Promise.withResolvers<void>();
    cutOff.recovering = recovering;
    await first[Symbol.asyncDispose]();
    const second = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    expect(second.connection).not.toBe(cutOff);
    cutOff.recovering = undefined;
    resolve();
    await settle();
    await using third = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    expect(third.connection).toBe(cutOff);
    await second[Symbol.asyncDispose]();
    expect(server.logins).toBe(2);
  });

  it('waits for it where there is no other', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { maxConnections: 1 });
    const first = await pool.place({ lane: 'transfer', use: 'alone' }, calm());
    const cutOff = first.connection as FakeConnection;
    const { promise: recovering, resolve } = Promise.withResolvers<void>();
    cutOff.recovering = recovering;
    await first[Symbol.asyncDispose]();
    const second = pool.place({ lane: 'interactive', use: 'alone' }, calm());
    expect(await Promise.race([second, settle()])).toBeUndefined();
    cutOff.recovering = undefined;
    resolve();
    await using place = await second;
    expect([place.connection, server.logins]).toEqual([cutOff, 1]);
  });

  it('learns from a refused second login how many the server allows', async () => {
    const server = new FakeServer({ maxLogins: 1 });
    await using pool = poolOf(server);
    const first = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    const second = pool.place({ lane: 'interactive', use: 'alone' }, calm());
    await settle();
    expect([pool.limit, server.logins]).toEqual([1, 1]);
    await first[Symbol.asyncDispose]();
    await using _second = await second;
    expect(server.peak).toBe(1);
  });

  it('doubts a learnt limit after a while', async () => {
    const server = new FakeServer({ maxLogins: 1 });
    await using pool = poolOf(server);
    await using _first = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    const second = pool.place({ lane: 'interactive', use: 'alone' }, calm());
    second.catch(() => {});
    await settle();
    server.clock.advance(301_000);
    expect(pool.limit).toBe(2);
  });

  it('keeps a connection from transfers for those who wait in front of the screen', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server);
    const transfers = Array.from({ length: 5 }, () =>
      pool.place({ lane: 'transfer', use: 'alone' }, calm()),
    );
    for (const transfer of transfers) transfer.catch(() => {});
    await settle();
    expect(pool.state.busy).toBe(2);
    await using place = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    expect(place.connection.usable).toBe(true);
  });

  it('serves the lanes in their order', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { maxConnections: 1 });
    const first = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    const served: Lane[] = [];
    const work = async (lane: Lane): Promise<void> => {
      await using _place = await pool.place({ lane, use: 'alone' }, calm());
      served.push(lane);
    };
    const all = [work('background'), work('transfer'), work('interactive')];
    await first[Symbol.asyncDispose]();
    await Promise.all(all);
    expect(served).toEqual(['interactive', 'transfer', 'background']);
  });

  it('lets those who give up go, and serves the next', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { maxConnections: 1 });
    const first = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    const controller = new AbortController();
    const second = pool.place({ lane: 'interactive', use: 'alone' }, { signal: controller.signal });
    const third = pool.place({ lane: 'interactive', use: 'alone' }, calm());
    controller.abort(new Error('no more'));
    await expect(second).rejects.toThrow('no more');
    await first[Symbol.asyncDispose]();
    await using _third = await third;
    expect(pool.state.busy).toBe(1);
  });

  it('calls off a login that nobody waits for any more', async () => {
    const server = new FakeServer();
    const controller = new AbortController();
    let called = 0;
    const connect = (signal: AbortSignal): Promise<never> => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => {
        called++;
        reject(signal.reason as Error);
      });
      return promise;
    };
    await using pool = poolOf(server, { connect });
    const place = pool.place({ lane: 'interactive', use: 'alone' }, { signal: controller.signal });
    controller.abort(new Error('no more'));
    await expect(place).rejects.toThrow('no more');
    expect(called).toBe(1);
  });

  it('takes back only what is in step', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server);
    const place = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    for (const connection of server.connections) connection.usable = false;
    await place[Symbol.asyncDispose]();
    expect(pool.state.connections).toBe(0);
    const discarded = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    discarded.discard();
    await discarded[Symbol.asyncDispose]();
    expect([pool.state.connections, server.connections.size]).toEqual([0, 0]);
  });

  it('gives a place back once, whatever its holder does', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { maxConnections: 1 });
    const place = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    await place[Symbol.asyncDispose]();
    await using _other = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    await place[Symbol.asyncDispose]();
    expect(pool.state.busy).toBe(1);
  });

  it('asks an idle connection for a sign of life, and closes it after a while', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { idleCloseMs: 180_000 });
    {
      await using _place = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    }
    for (const probes of [1, 2]) {
      server.clock.advance(60_000);
      await settle();
      expect(server.count('NOOP')).toBe(probes);
    }
    server.clock.advance(60_000);
    await settle();
    expect([server.connections.size, pool.state.connections]).toEqual([0, 0]);
  });

  it('does not hang on a connection that died while everybody slept', async () => {
    const server = new FakeServer();
    await using pool = poolOf(server, { keepAliveMs: 10 ** 9 });
    {
      await using _place = await pool.place({ lane: 'interactive', use: 'alone' }, calm());
    }
    const [dead] = server.connections;
    server.gate = (command) => (command.startsWith('NOOP') ? new Promise(() => {}) : settle());
    server.clock.advance(3_600_000);
    const place = pool.place({ lane: 'interactive', use: 'alone' }, calm());
    await settle();
    server.clock.advance(5_000);
    await using alive = await place;
    expect(server.logins).toBe(2);
    expect(alive.connection).not.toBe(dead);
  });

  it('closes everything when it is disposed, and refuses from then on', async () => {
    const server = new FakeServer();
    const pool = poolOf(server, { maxConnections: 2 });
    const held: ConnectionPlace[] = [];
    for (let at = 0; at < 2; at++)
      held.push(await pool.place({ lane: 'interactive', use: 'alone' }, calm()));
    const waiting = pool.place({ lane: 'interactive', use: 'alone' }, calm());
    const refused = expect(waiting).rejects.toThrow('closed');
    await pool[Symbol.asyncDispose]();
    await refused;
    await expect(pool.place({ lane: 'interactive', use: 'alone' }, calm())).rejects.toThrow(
      'closed',
    );
    for (const place of held) await place[Symbol.asyncDispose]();
    expect([server.connections.size, pool.state.connections]).toEqual([0, 0]);
    expect(server.clock.timers).toBe(0);
  });

  it('closes a connection that arrives after it was disposed', async () => {
    const server = new FakeServer();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.greet = () => promise;
    const pool = poolOf(server);
    const refused = expect(
      pool.place({ lane: 'interactive', use: 'alone' }, calm()),
    ).rejects.toThrow('closed');
    await pool[Symbol.asyncDispose]();
    await refused;
    resolve();
    await settle();
    expect([server.logins, server.connections.size]).toEqual([1, 0]);
  });
});

describe('a file system', () => {
  it('says how it is connected, and when that changes', async () => {
    const server = new FakeServer().file('/a', 'a');
    await using files = openFake(server);
    const states: string[] = [];
    files.onDidChangeState(({ connections, busy }) => states.push(`${connections}/${busy}`));
    expect(files.state).toEqual({ connections: 0, busy: 0, rung: undefined });
    await files.readFile(path('/a'), calm());
    expect(files.state.rung).toBe('block mode · default data port · TLS 1.3');
    expect(states).toContain('1/1');
    expect(states.at(-1)).toBe('1/0');
  });

  it('rejects with unavailable once it is disposed, what is under way too', async () => {
    const server = new FakeServer().file('/a', 'a');
    const files = openFake(server);
    await files.connect(calm());
    server.gate = () => new Promise(() => {});
    const reading = reasonOf(files.readFile(path('/a'), calm()));
    await settle();
    await files[Symbol.asyncDispose]();
    expect(await reading).toBe('unavailable');
    expect(await reasonOf(files.stat(path('/a'), calm()))).toBe('unavailable');
    expect(await reasonOf(files.connect(calm()))).toBe('unavailable');
    expect(server.connections.size).toBe(0);
  });

  it('does not wait for ever for a server that says nothing', async () => {
    const server = new FakeServer().file('/a', 'a');
    await using files = openFake(server, { operationTimeoutMs: 30_000 });
    server.gate = () => new Promise(() => {});
    const reading = reasonOf(files.stat(path('/a'), calm()));
    for (let at = 0; at < 10; at++) {
      await settle();
      server.clock.advance(30_000);
    }
    expect(await reading).toBe('unavailable');
    // Whoever has not answered may answer the wrong question later.
    expect([files.state.connections, server.connections.size]).toEqual([0, 0]);
  });

  it('hands on the reason of the signal as it is', async () => {
    const server = new FakeServer().file('/a', 'a');
    await using files = openFake(server);
    server.gate = () => new Promise(() => {});
    const controller = new AbortController();
    const reason = new Error('no more');
    const reading = files.readFile(path('/a'), { signal: controller.signal });
    const failed = expect(reading).rejects.toBe(reason);
    await settle();
    controller.abort(reason);
    await failed;
  });

  it('heals when the server has closed an idle connection', async () => {
    const server = new FakeServer().file('/a', 'a');
    await using files = openFake(server);
    await files.readFile(path('/a'), calm());
    for (const connection of server.connections) connection.drop();
    await settle();
    expect(files.state.connections).toBe(0);
    expect((await files.readFile(path('/a'), calm())).content).toHaveLength(1);
  });

  it('asks where the user is at home once', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    expect(await files.homeDirectory(calm())).toBe('/home');
    expect(await files.homeDirectory(calm())).toBe('/home');
    expect(server.count('PWD')).toBe(1);
  });
});
