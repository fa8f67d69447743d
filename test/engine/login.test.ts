import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { parseRememberedProfile } from '../../src/ftp/profile/rememberedProfile.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { personalities } from '../../src/server/personality.ts';
import { at, connectEngine, live, startTestServer } from '../support/engine.ts';
import { listeningLogger, saidInOneGo } from '../support/listeningLogger.ts';
import { loginAnswers, scriptedPeer } from '../support/scriptedPeer.ts';

/** The same server after a new start: what was kept comes from a store. */
function again(profile: ServerProfile): ServerProfile {
  const now = systemClock.now();
  const kept: unknown = JSON.parse(JSON.stringify(profile.remember(now)));
  return new ServerProfile(allRungs, parseRememberedProfile(kept, now));
}

/** A profile of a server that was logged in to and listed before. */
async function acquainted(port: number, security: 'explicit' | 'none' = 'explicit') {
  const profile = new ServerProfile(allRungs);
  await using connection = await connectEngine(port, { profile, security });
  await connection.list(at('/'), { signal: live });
  return again(profile);
}

test('the login on a server that is not known waits five times', async () => {
  await using server = await startTestServer();
  const { said, logger } = saidInOneGo();
  await using connection = await connectEngine(server.endpoint.port, { logger });
  expect(connection.features.has('MLST')).toBe(true);
  expect(said).toEqual(['AUTH', 'USER', 'PASS', 'PBSZ PROT FEAT', 'OPTS TYPE MODE PWD']);
});

test('the login on a server that is known is said at once, and TLS is asked for before the greeting', async () => {
  await using server = await startTestServer();
  const profile = await acquainted(server.endpoint.port);
  const { said, logger } = saidInOneGo();
  await using connection = await connectEngine(server.endpoint.port, { logger, profile });
  expect(said).toEqual(['AUTH', 'USER PASS PBSZ PROT FEAT OPTS TYPE MODE PWD']);
  expect(connection.description.tlsVersion).toBe('TLSv1.3');
  await connection.list(at('/'), { signal: live });
  expect(said.slice(2)).toEqual(['MLSD']);
});

test('a mode that is refused at the login is not asked for again', async () => {
  const personality = { unknown: ['MODE'] };
  await using server = await startTestServer({ personality, files: { '/a': 'a' } });
  const { said, logger } = saidInOneGo();
  await using connection = await connectEngine(server.endpoint.port, { logger });
  await connection.list(at('/'), { signal: live });
  expect(said.slice(4, 7)).toEqual(['OPTS TYPE MODE PWD', 'EPSV', 'MLSD']);
});

test('further connections know from the first one how the login goes', async () => {
  await using server = await startTestServer();
  const profile = new ServerProfile(allRungs);
  await using _first = await connectEngine(server.endpoint.port, { profile });
  const { said, logger } = saidInOneGo();
  await using _second = await connectEngine(server.endpoint.port, { profile, logger });
  expect(said).toEqual(['AUTH', 'USER PASS PBSZ PROT FEAT OPTS TYPE MODE PWD']);
});

test('a server that announces nothing is greeted by before TLS is asked for', async () => {
  const unknown = ['EARLY-AUTH'];
  await using server = await startTestServer({ personality: { unknown } });
  const profile = await acquainted(server.endpoint.port);
  const said: string[] = [];
  const logger = listeningLogger(['debug'], (line) => said.push(line));
  await using _connection = await connectEngine(server.endpoint.port, { profile, logger });
  expect(said.slice(0, 2)).toEqual(['< 220 Portside is ready', '> AUTH TLS']);
});

test('a password that is wrong by now is tried once', async () => {
  let password = 'secret';
  let tries = 0;
  await using server = await startTestServer({
    authenticate: (given) => {
      tries += 1;
      return given.user === 'anna' && given.password === password;
    },
  });
  const profile = await acquainted(server.endpoint.port);
  [password, tries] = ['other', 0];
  const outcome = connectEngine(server.endpoint.port, { profile });
  await expect(outcome).rejects.toMatchObject({ kind: 'login', step: 'password' });
  expect(tries).toBe(1);
});

test('a server that has other features by now is asked for what they call for', async () => {
  await using old = await startTestServer({ personality: personalities.iis });
  const profile = await acquainted(old.endpoint.port);
  expect(profile.login.usual?.features.has('MLST')).toBe(false);
  await using server = await startTestServer();
  const { said, logger } = saidInOneGo();
  await using connection = await connectEngine(server.endpoint.port, { profile, logger });
  expect(connection.features.has('MLST')).toBe(true);
  expect(server.counters.controlOpened).toBe(1);
  expect(profile.login.usual?.features.has('MLST')).toBe(true);
  expect(said).toHaveLength(2 + 1);
});

type Answer = (line: string) => string | undefined;

/** Connects to a scripted server twice; what `later` answers differs from the first login. */
async function twice(later: Answer, script: { readonly takesOneOfEachChunk?: boolean } = {}) {
  let answer: Answer = loginAnswers;
  const received: string[] = [];
  const profile = new ServerProfile(allRungs);
  await using first = await scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) => answer(line),
  });
  await using _before = await connectEngine(first.port, { security: 'none', profile });
  answer = later;
  await using peer = await scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) => {
      received.push(line.split(' ', 1)[0] ?? '');
      return later(line);
    },
    ...script,
  });
  const timeouts = { reply: 300 };
  const outcome = await connectEngine(peer.port, { security: 'none', profile, timeouts }).then(
    async (connection) => {
      await connection[Symbol.asyncDispose]();
      return 'in' as const;
    },
    (error: unknown) => error,
  );
  return { outcome, received, connections: peer.connections };
}

const count = (verbs: readonly string[], verb: string): number =>
  verbs.filter((each) => each === verb).length;

test('a server that drops what comes behind a command is logged in to in lockstep', async () => {
  const { outcome, received, connections } = await twice(loginAnswers, {
    takesOneOfEachChunk: true,
  });
  expect(outcome).toBe('in');
  expect([connections, count(received, 'PASS')]).toEqual([2, 1]);
});

test('a user who needs no password any more is logged in to in lockstep', async () => {
  const { outcome, connections } = await twice((line) => {
    if (line.startsWith('USER')) return '230 In\r\n';
    if (line.startsWith('PASS')) return '503 You are\r\n';
    return loginAnswers(line);
  });
  expect([outcome, connections]).toEqual(['in', 2]);
});

test('a user who is refused by now is refused, and the password is not sent again', async () => {
  const { outcome, received, connections } = await twice((line) =>
    /^(?:USER|PASS)/.test(line) ? '530 No\r\n' : loginAnswers(line),
  );
  expect(outcome).toMatchObject({ kind: 'login', step: 'user' });
  expect([connections, count(received, 'PASS')]).toEqual([2, 1]);
});

test('"not now" is what it says, however the login was said', async () => {
  const { outcome, connections } = await twice((line) =>
    line.startsWith('USER') ? '421 Too many of you\r\n' : loginAnswers(line),
  );
  expect(outcome).toMatchObject({ remedy: 'reconnect' });
  expect(connections).toBe(1);
});

test('a command that is refused by now is asked once more in lockstep', async () => {
  const { outcome, connections } = await twice((line) =>
    line.startsWith('TYPE') ? '504 No\r\n' : loginAnswers(line),
  );
  expect(outcome).toMatchObject({ kind: 'reply' });
  expect(connections).toBe(2);
});

test('nobody is asked for TLS ahead in place of a server that wants none', async () => {
  await using server = await startTestServer();
  const profile = await acquainted(server.endpoint.port);
  await using plain = await startTestServer({ tls: 'none' });
  const outcome = connectEngine(plain.endpoint.port, { profile });
  await expect(outcome).rejects.toMatchObject({ kind: 'tls', reason: 'notOffered' });
  expect(plain.counters.commands.get('USER')).toBeUndefined();
  await using _clear = await connectEngine(plain.endpoint.port, {
    security: 'explicitIfOffered',
    profile: again(profile),
  });
  expect(plain.counters.commands.get('PASS')).toBe(1);
});
