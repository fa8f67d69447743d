import { assert, asyncProperty, constantFrom, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../src/base/abort.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ConnectionError, FtpError, FtpTimeoutError } from '../../src/ftp/errors.ts';
import type { Proxy } from '../../src/ftp/options.ts';
import { chooseRungs } from '../../src/ftp/rung.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import { makeAuthority } from '../support/certificates.ts';
import {
  at,
  connectEngine,
  type EngineOverrides,
  live,
  patternBytes,
  readWhole,
  startTestServer,
  storeWhole,
} from '../support/engine.ts';
import { connectProxy, type ProxyScript, socksProxy, type TestProxy } from '../support/proxies.ts';

const kinds = [
  { kind: 'socks5', start: socksProxy },
  { kind: 'http', start: connectProxy },
] as const;

const through = (kind: Proxy['kind'], { port }: { port: number }, more = {}): EngineOverrides => ({
  proxy: { kind, host: '127.0.0.1', port, ...more },
  rungs: chooseRungs('auto', 'auto', 'proxied'),
});

/** Sockets take a few turns of the event loop to go. */
async function emptied(proxy: TestProxy): Promise<number> {
  for (let turn = 0; turn < 200 && proxy.open > 0; turn++) await systemClock.sleep(5);
  return proxy.open;
}

describe.each(kinds)('a proxy of kind $kind', ({ kind, start }) => {
  test.each(['explicit', 'implicit', 'none'] as const)(
    'carries the control connection and every data connection, %s TLS',
    async (security) => {
      const files = { '/a': patternBytes(100_000) };
      await using server = await startTestServer({ tls: security, files });
      await using proxy = await start();
      for (const dataPort of ['epsv', 'pasv'] as const) {
        await using connection = await connectEngine(server.endpoint.port, {
          ...through(kind, proxy),
          rungs: chooseRungs('stream', dataPort, 'proxied'),
          security,
        });
        expect(Buffer.compare(await readWhole(connection, '/a'), files['/a'])).toBe(0);
        const stored = patternBytes(70_000);
        await storeWhole(connection, '/b', stored);
        expect(Buffer.compare(await readWhole(connection, '/b'), stored)).toBe(0);
        expect((await connection.list(at('/'), { signal: live })).entries).toHaveLength(2);
      }
      expect(server.counters.dataOpened).toBe(8);
      expect(proxy.asked).toHaveLength(10);
      expect(proxy.asked.every((asked) => asked.startsWith('127.0.0.1:'))).toBe(true);
      expect(await emptied(proxy)).toBe(0);
    },
  );

  test('looks up the name of the server, for data connections too', async () => {
    const { cert, issue } = await makeAuthority();
    const certificate = await issue({ hosts: ['xn--bcher-kva.invalid'] });
    await using server = await startTestServer({ certificate, files: { '/a': 'one' } });
    await using proxy = await start({ hosts: { 'xn--bcher-kva.invalid': '127.0.0.1' } });
    await using connection = await connectEngine(server.endpoint.port, {
      ...through(kind, proxy),
      host: 'bücher.invalid',
      trust: { ca: cert, fingerprints: [] },
    });
    expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
    expect(proxy.asked).toHaveLength(2);
    expect(proxy.asked.every((asked) => asked.startsWith('xn--bcher-kva.invalid:'))).toBe(true);
  });

  test('reaches a server by its IPv6 address', async () => {
    await using server = await startTestServer({
      listen: { host: '::1', port: 0 },
      files: { '/a': 'one' },
    });
    await using proxy = await start();
    await using connection = await connectEngine(server.endpoint.port, {
      ...through(kind, proxy),
      host: '::1',
    });
    expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
    expect(proxy.asked.every((asked) => asked.startsWith('::1:'))).toBe(true);
  });

  test('is told the user name and password', async () => {
    const login = { user: 'berta', password: 'früh:spät' };
    await using server = await startTestServer({ files: { '/a': 'one' } });
    await using proxy = await start({ login });
    await using connection = await connectEngine(server.endpoint.port, through(kind, proxy, login));
    expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
  });

  const failing = async (
    script: ProxyScript,
    more = {},
  ): Promise<{ error: unknown; server: FtpServer }> => {
    await using server = await startTestServer();
    await using proxy = await start(script);
    const error: unknown = await connectEngine(
      server.endpoint.port,
      through(kind, proxy, more),
    ).catch((why: unknown) => why);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(String(error)).toContain(`the proxy 127.0.0.1:${proxy.port} refused the connection`);
    expect(JSON.stringify(error) + String(error)).not.toContain('sesame');
    expect(await emptied(proxy)).toBe(0);
    expect(server.counters.controlOpened).toBe(0);
    return { error, server };
  };

  test('that wants somebody else is not asked again', async () => {
    const login = { user: 'berta', password: 'right' };
    const { error } = await failing({ login }, { user: 'berta', password: 'sesame' });
    expect(error).toMatchObject({ on: 'control', proxy: 'login', remedy: 'none' });
    const { error: unnamed } = await failing({ login });
    expect(unnamed).toMatchObject({ proxy: 'login' });
    expect(String(unnamed)).toContain('asks for a user name and password');
  });

  test('says what it refuses, apart from what the server says', async () => {
    const [forbidden, gone] = kind === 'http' ? [403, 502] : [2, 5];
    expect((await failing({ refuse: forbidden })).error).toMatchObject({
      proxy: 'forbidden',
      remedy: 'none',
    });
    expect((await failing({ refuse: gone })).error).toMatchObject({
      proxy: 'serverUnreachable',
      remedy: 'reconnect',
    });
  });

  test.each(['220 Welcome\r\n', 'HTTP/1.1 400 What?\r\n\r\n', '', '\u0005', '\u0005\u0000\u0005'])(
    'that is none is told as that: %j',
    async (babble) => {
      expect((await failing({ babble })).error).toMatchObject({ proxy: 'protocol' });
    },
  );

  test('may say whatever it likes: what comes of it is one typed error', async () => {
    const script: { babble: string } = { babble: '' };
    await using proxy = await start(script);
    const anything = uint8Array({ maxLength: 40 });
    const likely = constantFrom(
      '',
      '\x05',
      '\x05\0',
      '\x05\x02',
      '\x05\0\x05\0\0\x01',
      'HTTP/1.1 ',
    );
    await assert(
      asyncProperty(likely, anything, async (begin, more) => {
        script.babble = begin + Buffer.from(more).toString('latin1');
        const connecting = connectEngine(21, {
          ...through(kind, proxy, { user: 'berta', password: 'x' }),
          timeouts: { connect: 2_000 },
        });
        await expect(connecting).rejects.toBeInstanceOf(FtpError);
      }),
      { numRuns: 60 },
    );
    expect(await emptied(proxy)).toBe(0);
  });

  test('that is not there is told as that', async () => {
    const gone = await start();
    await gone[Symbol.asyncDispose]();
    const connecting = connectEngine(21, through(kind, gone));
    await expect(connecting).rejects.toMatchObject({ proxy: 'unreachable', remedy: 'reconnect' });
    await expect(connecting).rejects.toThrow(`the proxy 127.0.0.1:${gone.port} cannot be reached`);
  });

  test('that is silent is given up, at the deadline or before', async () => {
    await using proxy = await start({ silent: true });
    const late = connectEngine(21, { ...through(kind, proxy), timeouts: { connect: 50 } });
    await expect(late).rejects.toBeInstanceOf(FtpTimeoutError);
    await expect(late).rejects.toThrow(`through the proxy 127.0.0.1:${proxy.port}`);
    expect(await emptied(proxy)).toBe(0);
    const cancel = new AbortController();
    const reason = new CancelledError('connecting');
    const connecting = connectEngine(21, { ...through(kind, proxy), signal: cancel.signal });
    connecting.catch(() => {});
    while (proxy.open === 0) await systemClock.sleep(1);
    cancel.abort(reason);
    await expect(connecting).rejects.toBe(reason);
    expect(await emptied(proxy)).toBe(0);
  });

  test('that does not carry data connections leaves the reason in the error', async () => {
    await using server = await startTestServer({ files: { '/a': 'one' } });
    const script: { refuse?: number } = {};
    await using proxy = await start(script);
    await using connection = await connectEngine(server.endpoint.port, {
      ...through(kind, proxy),
      rungs: chooseRungs('stream', 'epsv', 'proxied'),
    });
    script.refuse = kind === 'http' ? 403 : 2;
    const error: unknown = await readWhole(connection, '/a').catch((why: unknown) => why);
    expect(String(error)).toContain('does not allow it by its rules');
    expect(causes(error)).toContainEqual(expect.objectContaining({ proxy: 'forbidden' }));
  });

  test('frees its sockets, a hundred times', async () => {
    await using server = await startTestServer({ files: { '/a': patternBytes(3_000) } });
    await using proxy = await start();
    for (let round = 0; round < 100; round++) {
      await using connection = await connectEngine(server.endpoint.port, through(kind, proxy));
      if (round % 10 === 0) await readWhole(connection, '/a');
    }
    expect(await emptied(proxy)).toBe(0);
  });
});

function causes(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

test('what a user name or a host is too long for is not sent', async () => {
  await using proxy = await socksProxy();
  const user = 'a'.repeat(256);
  const long = connectEngine(21, through('socks5', proxy, { user, password: 'x' }));
  await expect(long).rejects.toMatchObject({ proxy: 'login' });
  const host = 'a'.repeat(256);
  const far = connectEngine(21, { ...through('socks5', proxy), host });
  await expect(far).rejects.toMatchObject({ proxy: 'protocol' });
  expect(proxy.asked).toEqual([]);
});

test('tinyproxy says 401 to a wrong password', async () => {
  await using proxy = await connectProxy({ refuse: 401 });
  const connecting = connectEngine(21, through('http', proxy, { user: 'berta', password: 'x' }));
  await expect(connecting).rejects.toMatchObject({ proxy: 'login', remedy: 'none' });
});

test('a proxy leaves only the data ports that we dial', () => {
  expect(chooseRungs('auto', 'auto', 'proxied')).toEqual([
    { mode: 'block', dataPort: 'epsv' },
    { mode: 'block', dataPort: 'pasv' },
    { mode: 'stream', dataPort: 'epsv' },
    { mode: 'stream', dataPort: 'pasv' },
  ]);
  expect(chooseRungs('stream', 'port', 'proxied')).toEqual([]);
});
