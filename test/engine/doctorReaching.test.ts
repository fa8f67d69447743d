import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { raceAbort } from '../../src/base/abort.ts';
import { systemClock } from '../../src/base/clock.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import type { Network } from '../../src/ftp/net/transport.ts';
import { examine, stageOf } from '../support/doctor.ts';
import { startTestServer } from '../support/engine.ts';
import { connectProxy } from '../support/proxies.ts';
import { loginAnswers, type ScriptedPeer, scriptedPeer } from '../support/scriptedPeer.ts';

const failing = (code: string) => async (): Promise<never> => {
  throw Object.assign(new Error(`lookup ${code}`), { code });
};

const twoAddresses = async (): Promise<readonly string[]> => ['127.0.0.9', '127.0.0.1'];

const dialling = (dial: Network['dial']): Network => ({ ...tcpNetwork(systemClock), dial });

function saidNothingOfUs({ received }: ScriptedPeer): boolean {
  return !/USER|PASS|anna|secret/.test(received);
}

describe('a host', () => {
  test('that has no such name is host-unknown', async () => {
    const report = await examine(21, { environment: { lookup: failing('ENOTFOUND') } });
    expect(report).toMatchObject({ cause: 'host-unknown', certainty: 'certain', usable: false });
    expect(report.stages.map(({ outcome }) => outcome).slice(1)).toEqual(
      report.stages.slice(1).map(() => 'skipped'),
    );
  });

  test('whose name cannot be looked up now is only likely to be unknown', async () => {
    const report = await examine(21, { environment: { lookup: failing('EAI_AGAIN') } });
    expect(report).toMatchObject({ cause: 'host-unknown', certainty: 'likely' });
  });

  test('at whose port nobody listens is nobody-listens', async () => {
    const peer = await scriptedPeer({});
    await peer[Symbol.asyncDispose]();
    const report = await examine(peer.port);
    expect(report).toMatchObject({ cause: 'nobody-listens', certainty: 'certain', usable: false });
    expect(report.network.control).toBe('none');
  });

  test('that swallows everything is no-answer', async () => {
    const network = dialling((_remote, { signal }) =>
      raceAbort(new Promise<never>(() => {}), signal),
    );
    const report = await examine(21, {
      timeouts: { connect: 100 },
      environment: { network },
    });
    expect(report).toMatchObject({ cause: 'no-answer', certainty: 'certain', usable: false });
  });

  test('of which one address does not answer is warned of, and examined at the other', async () => {
    await using server = await startTestServer({ tls: 'none' });
    const real = tcpNetwork(systemClock);
    const network = dialling((remote, options) =>
      remote.host === '127.0.0.9' ? failing('ECONNREFUSED')() : real.dial(remote, options),
    );
    const report = await examine(server.endpoint.port, {
      security: 'none',
      environment: { network, lookup: twoAddresses },
    });
    expect(report.cause).toBe('none');
    expect(stageOf(report, 'tcp')).toMatchObject({
      outcome: 'warning',
      tried: [
        { what: `127.0.0.9:${server.endpoint.port}`, outcome: 'failed' },
        { what: `127.0.0.1:${server.endpoint.port}`, outcome: 'ok' },
      ],
    });
  });
});

test('a proxy that does not take the password is the cause', async () => {
  const login = { user: 'anna', password: 'other' };
  await using proxy = await connectProxy({ login });
  const report = await examine(21, {
    proxy: { kind: 'http', host: '127.0.0.1', port: proxy.port },
  });
  expect(report).toMatchObject({ cause: 'proxy', certainty: 'certain', usable: false });
});

test('a proxy that says nothing is named beside the server', async () => {
  await using proxy = await scriptedPeer({});
  const report = await examine(21, {
    proxy: { kind: 'socks5', host: '127.0.0.1', port: proxy.port },
    timeouts: { connect: 200 },
  });
  expect(report).toMatchObject({ cause: 'no-answer', usable: false });
  expect(report.explanation).toContain(`through the proxy 127.0.0.1:${proxy.port}`);
  expect(report.advice).toContain('those of the proxy too');
});

test('a proxy that repeats what it was told puts none of it into the report', async () => {
  const credentials = Buffer.from('pia:hush-hush').toString('base64');
  const reason = `pia, hush-hush or ${credentials} ${'is wrong '.repeat(100)}`;
  await using proxy = await connectProxy({ babble: `HTTP/1.1 407 ${reason}\r\n\r\n` });
  const report = await examine(21, {
    proxy: {
      kind: 'http',
      host: '127.0.0.1',
      port: proxy.port,
      user: 'pia',
      password: 'hush-hush',
    },
  });
  expect(report).toMatchObject({ cause: 'proxy', usable: false });
  const text = JSON.stringify(report);
  expect(text).not.toMatch(/pia\b|hush-hush/);
  expect(text).not.toContain(credentials);
  expect(stageOf(report, 'tcp').tried[0]?.said.length).toBeLessThan(300);
});

test('through a proxy nobody can dial us, and passive data ports are enough', async () => {
  await using server = await startTestServer();
  await using proxy = await connectProxy();
  const report = await examine(server.endpoint.port, {
    proxy: { kind: 'http', host: '127.0.0.1', port: proxy.port },
  });
  expect(report).toMatchObject({ cause: 'none', usable: true });
  expect(report.network.proxy).toBe(`127.0.0.1:${proxy.port}`);
  const tried = report.network.trials.filter(({ outcome }) => outcome !== 'notTried');
  expect(new Set(tried.map(({ rung }) => rung.dataPort))).toEqual(new Set(['epsv', 'pasv']));
});

describe('somebody else at the port', () => {
  test.each([
    ['ssh-on-port', 'SSH-2.0-OpenSSH_9.2p1\r\n', 'certain'],
    ['http-on-port', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'certain'],
    ['not-ftp', '+OK POP3 ready\r\n', 'certain'],
    ['not-ftp', '\x4a\0\0\0\x0a8.0.36\0', 'certain'],
    ['not-ftp', '220 mail.example.com ESMTP Postfix\r\n', 'likely'],
  ] as const)('is %s where it greets with %j', async (cause, greeting, certainty) => {
    await using peer = await scriptedPeer({ greeting });
    const report = await examine(peer.port);
    expect(report).toMatchObject({ cause, certainty, usable: false });
    expect(saidNothingOfUs(peer)).toBe(true);
  });

  test('is http-on-port where it waits to be asked', async () => {
    await using peer = await scriptedPeer({
      answer: () => 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
    });
    const report = await examine(peer.port, { timeouts: { connect: 600, reply: 700 } });
    expect(report.cause).toBe('http-on-port');
    expect(saidNothingOfUs(peer)).toBe(true);
  });

  test('is no-answer where it never says a word', async () => {
    await using peer = await scriptedPeer({});
    const report = await examine(peer.port, { timeouts: { connect: 300, reply: 400 } });
    expect(report).toMatchObject({ cause: 'no-answer', certainty: 'unknown' });
    expect(saidNothingOfUs(peer)).toBe(true);
  });
});

test('a server that says nothing in the clear and takes TLS at once expects implicit TLS', async () => {
  await using server = await startTestServer({ tls: 'implicit' });
  const { port } = server.endpoint;
  const report = await examine(port);
  expect(report).toMatchObject({
    cause: 'implicit-tls-expected',
    certainty: 'certain',
    usable: false,
    fix: { changes: { security: 'implicit', port } },
  });
  expect(server.counters.commands.has('USER')).toBe(false);
  expect(await examine(port, { security: 'implicit' })).toMatchObject({ cause: 'none' });
});

describe('a server that turns us away', () => {
  test('by closing every connection without a word has likely banned us', async () => {
    await using peer = await scriptedPeer({ onConnect: (socket) => socket.end() });
    const report = await examine(peer.port);
    expect(report).toMatchObject({ cause: 'banned', certainty: 'likely', usable: false });
    expect(peer.connections).toBe(2);
  });

  test('by closing the connection and refusing the next one', async () => {
    await using peer = await scriptedPeer({ onConnect: (socket) => socket.end() });
    const real = tcpNetwork(systemClock);
    let dials = 0;
    const network = dialling((remote, options) => {
      dials += 1;
      return dials === 1 ? real.dial(remote, options) : failing('ECONNREFUSED')();
    });
    const report = await examine(peer.port, { environment: { network } });
    expect(report).toMatchObject({ cause: 'banned', certainty: 'likely', usable: false });
  });

  test.each([
    ['banned', '421 Temporarily banned for too many failed login attempts', 'likely'],
    ['banned', '550 No connections allowed from your IP', 'likely'],
    ['too-many-connections', '421 There are too many connected users', 'likely'],
    ['too-many-connections', '421 Service not available', 'unknown'],
  ] as const)('is %s by its words: %s', async (cause, greeting, certainty) => {
    await using peer = await scriptedPeer({ greeting: `${greeting}\r\n` });
    const report = await examine(peer.port);
    expect(report).toMatchObject({ cause, certainty, usable: false });
    expect(report.explanation).toContain(greeting);
  });

  test('after the password is banned by its words alone', async () => {
    await using peer = await scriptedPeer({
      greeting: '220 Hi\r\n',
      answer: (line) =>
        line.startsWith('PASS') ? '530 Your address is banned\r\n' : loginAnswers(line),
    });
    const report = await examine(peer.port, { security: 'none' });
    expect(report).toMatchObject({ cause: 'banned', certainty: 'likely', usable: false });
  });
});

const stops = (text: string) => (socket: Socket) => void socket.write(text);
const closes = (text: string) => (socket: Socket) => void socket.end(text);
const floods = (text: string) => (socket: Socket) => {
  const more = (): void => void (socket.destroyed || socket.write(text.repeat(4_096), more));
  more();
};

describe('a greeting without an end', () => {
  test.each([
    ['stops in the middle of its lines', stops('220-Welcome\r\n220-to us\r\n')],
    ['stops in the middle of a line', stops('220 Wel')],
    ['is broken off', closes('220-Welcome\r\n')],
    ['goes on for ever', floods('220-Welcome\r\n')],
  ])('that %s is no proof of another protocol', async (_how, onConnect) => {
    await using peer = await scriptedPeer({ onConnect });
    const report = await examine(peer.port, { timeouts: { connect: 600, reply: 400 } });
    expect(report).toMatchObject({ cause: 'interrupted', certainty: 'unknown', usable: false });
    expect(saidNothingOfUs(peer)).toBe(true);
  });
});

test('a server that stops in the middle of the conversation is interrupted', async () => {
  await using peer = await scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) => (line === 'TYPE I' ? undefined : loginAnswers(line)),
  });
  const report = await examine(peer.port, { security: 'none', timeouts: { reply: 200 } });
  expect(report).toMatchObject({ cause: 'interrupted', certainty: 'unknown', usable: false });
});

test('an examination that is called off ends with the reason, and tells what it had', async () => {
  await using peer = await scriptedPeer({});
  const controller = new AbortController();
  const told: string[] = [];
  const reason = new Error('enough');
  await expect(
    examine(peer.port, {
      signal: controller.signal,
      onStage: ({ id }) => {
        told.push(id);
        if (id === 'tcp') controller.abort(reason);
      },
    }),
  ).rejects.toBe(reason);
  expect(told.slice(0, 2)).toEqual(['name', 'tcp']);
  await peer.allClosed;
});

test('an examination that is called off between two addresses leaves no connection open', async () => {
  await using peer = await scriptedPeer({});
  const controller = new AbortController();
  const reason = new Error('enough');
  const real = tcpNetwork(systemClock);
  const network = dialling(async (remote, options) => {
    if (remote.host === '127.0.0.1') return await real.dial(remote, options);
    controller.abort(reason);
    throw options.signal.reason;
  });
  const examination = examine(peer.port, {
    signal: controller.signal,
    environment: { network, lookup: async () => ['127.0.0.1', '127.0.0.9'] },
  });
  await expect(examination).rejects.toBe(reason);
  await peer.allClosed;
});
