import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs, chooseRungs, type Rung } from '../../src/ftp/rung.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import type { FtpServerOptions } from '../../src/server/options.ts';
import { examine, stageOf } from '../support/doctor.ts';
import { anna, at, live, startTestServer } from '../support/engine.ts';
import { openSession } from '../support/session.ts';

const files = { '/a': 'one', '/folder/b': 'two' };
const replyMs = 600;

function open(server: FtpServer, profile: ServerProfile, rungs: readonly Rung[]) {
  const credentials = { ...anna, account: '12' };
  const engine = { profile, rungs, credentials, timeouts: { reply: replyMs } };
  return openSession(server.endpoint.port, engine, { maxConnections: 1 });
}

/** What a user does in a minute. */
async function work(server: FtpServer, profile: ServerProfile, rungs: readonly Rung[]) {
  await using remote = open(server, profile, rungs);
  const options = { signal: live };
  const names = (await remote.readDirectory(at('/'), options)).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['a', 'folder']);
  const { content } = await remote.readFile(at('/a'), options);
  expect(Buffer.from(content).toString()).toBe('one');
  const written = await remote.writeFile(at('/a'), () => [Buffer.from('one')], {
    ...options,
    create: true,
    overwrite: true,
  });
  expect(written.kind).toBe('written');
  expect(await remote.homeDirectory(options)).toBe('/');
}

type Kind = [how: string, faults: (verb: string) => FtpServerOptions['faults']];

describe.each<Kind>([
  ['is silent', (verb) => ({ silent: [verb] })],
  ['ends the session with 421', (verb) => ({ refusals: { [verb]: 421 } })],
])('a server that %s', (_how, faultsOf) => {
  const all: readonly [string, readonly Rung[]][] = [
    ['FEAT', allRungs],
    ['OPTS', allRungs],
    ['MODE', allRungs],
    ['ACCT', allRungs],
    ['PWD', allRungs],
    ['MLST', allRungs],
    ['SIZE', chooseRungs('stream', 'auto')],
    ['HASH', allRungs],
    ['MFMT', allRungs],
    ['SITE', allRungs],
    ['STAT', chooseRungs('stream', 'auto')],
    ['EPSV', chooseRungs('stream', 'auto')],
  ];

  test.each(all)('at %s can be worked with, and is not asked it for long', async (verb, rungs) => {
    await using server = await startTestServer({ faults: faultsOf(verb) ?? {}, files });
    const profile = new ServerProfile(rungs);
    await work(server, profile, rungs);
    const asked = server.counters.commands.get(verb) ?? 0;
    // What was said with it may have been the reason: then it is asked once more, alone.
    expect(asked).toBeLessThanOrEqual(3);
    // So it is at the next start.
    const remembered = profile.remember(systemClock.now());
    await work(server, new ServerProfile(rungs, remembered), rungs);
    expect(server.counters.commands.get(verb) ?? 0).toBe(asked);
  });
});

describe('the doctor', () => {
  test.each(['FEAT', 'MODE', 'STAT', 'SYST', 'EPSV'])(
    'goes on without %s, names it, and offers to leave it out',
    async (verb) => {
      await using server = await startTestServer({ faults: { silent: [verb] }, files });
      const report = await examine(server.endpoint.port, { timeouts: { reply: replyMs } });
      expect(report).toMatchObject({
        cause: 'command-unanswered',
        certainty: 'certain',
        usable: true,
        fix: { changes: { skipCommands: [verb] } },
      });
      expect(report.explanation).toContain(verb);
      expect(stageOf(report, 'dataPorts').outcome).not.toBe('failed');
      const skipCommands = report.fix?.changes.skipCommands ?? [];
      const mended = await examine(server.endpoint.port, {
        timeouts: { reply: replyMs },
        skipCommands,
      });
      expect(mended.cause).not.toBe('command-unanswered');
      expect(mended.usable).toBe(true);
      expect(server.counters.commands.get(verb)).toBe(1);
    },
  );
});
