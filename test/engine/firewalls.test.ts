import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import type { RemotePath } from '../../src/base/paths.ts';
import { formatHostPort } from '../../src/ftp/grammar/endpoint.ts';
import { allRungs, type Rung } from '../../src/ftp/rung.ts';
import { tryAbovePause } from '../../src/ftp/profile/ladder.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import type { Faults } from '../../src/server/personality.ts';
import type { FtpServer } from '../../src/server/ftpServer.ts';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { at, type EngineOverrides, live, startTestServer } from '../support/engine.ts';
import { firewall } from '../support/firewall.ts';
import { hostileServer } from '../support/hostileServer.ts';
import { openSession } from '../support/session.ts';

const files = { '/a': 'one', '/b': 'two' };
const probeMs = 150;

/** A file system of one connection, so that each login is one that the walk has cost. */
function open(port: number, engine: EngineOverrides, maxConnections = 1): RemoteFileSystem {
  const timeouts = { dataProbe: probeMs, dataConnection: 2 * probeMs };
  return openSession(port, { ...engine, timeouts }, { maxConnections });
}

async function textOf(fs: RemoteFileSystem, path: RemotePath): Promise<string> {
  const { content } = await fs.readFile(path, { signal: live });
  return Buffer.from(content).toString();
}

interface Situation {
  readonly name: string;
  readonly neverDials?: Faults['neverDials'];
  readonly passive: boolean;
  readonly rung: string | undefined;
  /** Each one that the server is stuck in costs one: in the clear, and under TLS. */
  readonly logins: { readonly none: number; readonly explicit: number };
}

const situations: readonly Situation[] = [
  {
    name: 'nothing',
    passive: true,
    rung: 'block default',
    logins: { none: 1, explicit: 1 },
  },
  {
    name: 'a stateful firewall of ours, or plain NAT',
    neverDials: true,
    passive: true,
    rung: 'block epsv',
    logins: { none: 2, explicit: 2 },
  },
  {
    name: 'address-dependent filtering',
    neverDials: 'active',
    passive: true,
    rung: 'block default',
    logins: { none: 1, explicit: 1 },
  },
  {
    name: 'a server that exposes one port, address-dependent filtering here',
    neverDials: 'active',
    passive: false,
    rung: 'block default',
    logins: { none: 1, explicit: 1 },
  },
  {
    name: 'a server that exposes one port, and a firewall here that reads EPRT',
    neverDials: 'default',
    passive: false,
    rung: 'stream eprt',
    logins: { none: 2, explicit: 2 },
  },
  {
    name: 'a server that exposes one port, and a stateful firewall here',
    neverDials: true,
    passive: false,
    rung: undefined,
    // A reader of commands may know PORT alone; under TLS there is none.
    logins: { none: 4, explicit: 3 },
  },
];

describe.each(['127.0.0.1', '::1'])('to %s', (host) => {
  describe.each(['none', 'explicit'] as const)('with security %s', (security) => {
    test.each(situations)('the ladder ends where it should behind $name', async (situation) => {
      const { neverDials, passive, rung, logins } = situation;
      const faults: Faults = neverDials === undefined ? {} : { neverDials };
      await using server = await startTestServer({
        listen: { host, port: 0 },
        tls: security,
        files,
        faults,
      });
      const control = server.endpoint.port;
      const { network, silenced } = firewall((port) => passive || port === control);
      const profile = new ServerProfile(allRungs);
      await using fs = open(control, { host, security, profile, network });
      if (rung === undefined) {
        await expect(textOf(fs, at('/a'))).rejects.toMatchObject({
          reason: 'unavailable',
          cause: { reason: 'noDataPath' },
        });
        expect(profile.ladder.exhausted).toBe(true);
        // Commands go on.
        await fs.createDirectory(at('/new'), { signal: live });
      } else {
        expect(await textOf(fs, at('/a'))).toBe('one');
        expect(await textOf(fs, at('/b'))).toBe('two');
        const { proved } = profile.ladder;
        expect(proved && `${proved.mode} ${proved.dataPort}`).toBe(rung);
      }
      // PORT names no IPv6 address.
      const without = host === '::1' && rung === undefined && security === 'none' ? 1 : 0;
      expect(server.counters.controlOpened).toBe(logins[security] - without);
      const asksPasv = security === 'none' && host !== '::1';
      const silent = rung === undefined || rung === 'stream eprt' ? (asksPasv ? 2 : 1) : 0;
      expect(silenced).toHaveLength(silent);
      for (const verb of host === '::1' ? ['PASV', 'PORT'] : []) {
        expect(server.counters.commands.has(verb)).toBe(false);
      }
    });
  });
});

test('connections that walk beside each other end on the same rung, and lose nothing', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `/f${index}`);
  const many = Object.fromEntries(names.map((name) => [name, `content of ${name}`]));
  await using server = await startTestServer({ files: many, faults: { neverDials: true } });
  const profile = new ServerProfile(allRungs);
  await using fs = open(server.endpoint.port, { profile }, 4);
  const contents = await Promise.all(names.map((name) => textOf(fs, at(name))));
  expect(contents).toEqual(names.map((name) => `content of ${name}`));
  expect(profile.ladder.proved).toEqual({ mode: 'block', dataPort: 'epsv' });
  // At most one login of each connection is lost to the default data port.
  expect(server.counters.controlOpened).toBeLessThanOrEqual(8);
});

describe('a firewall older than EPSV and EPRT', () => {
  test('is passed by PASV, and no session is lost', async () => {
    let opened = 0;
    await using server = await hostileServer({
      answer: (line, control) => {
        if (line === 'MODE B' || /^(MLST|MLSD|LIST)/.test(line)) return '504 No\r\n';
        if (line === 'EPSV') return '229 Here (|||1|)\r\n';
        if (line === 'PASV') {
          const endpoint = { host: '127.0.0.1', port: server.dataPort, family: 4 } as const;
          return `227 Here (${formatHostPort(endpoint)})\r\n`;
        }
        if (line.startsWith('RETR')) {
          opened += 1;
          control.write('150 Coming\r\n226 Done\r\n');
          return '';
        }
        return undefined;
      },
      onData: (data) => data.end('one'),
    });
    const { network } = firewall((port) => port !== 1);
    const profile = new ServerProfile(allRungs.filter(({ dataPort }) => dataPort !== 'default'));
    await using fs = open(server.port, { security: 'none', profile, network });
    expect(await textOf(fs, at('/a'))).toBe('one');
    expect(opened).toBe(1);
    expect(profile.ladder.proved).toEqual({ mode: 'stream', dataPort: 'pasv' });
    expect(server.said.filter((line) => line.startsWith('USER'))).toHaveLength(1);
  });
});

/** A site that has worked in passive mode, and then something happens. */
async function worksPassively(
  server: FtpServer,
  host: string,
  rungs: readonly Rung[],
): Promise<{ fs: RemoteFileSystem; profile: ServerProfile; wall: ReturnType<typeof firewall> }> {
  const wall = firewall(() => true);
  const profile = new ServerProfile(rungs);
  const fs = open(server.endpoint.port, { host, profile, network: wall.network });
  expect(await textOf(fs, at('/a'))).toBe('one');
  return { fs, profile, wall };
}

describe('in the middle of work', () => {
  const over = { create: true, overwrite: true, signal: live };
  const streamRungs: readonly Rung[] = [
    { mode: 'stream', dataPort: 'epsv' },
    { mode: 'stream', dataPort: 'eprt' },
  ];

  test.each(['127.0.0.1', '::1'])(
    'passive ports that fall silent are left, and neither a download nor an upload is lost (%s)',
    async (host) => {
      await using server = await startTestServer({ listen: { host, port: 0 }, files });
      const { fs, profile, wall } = await worksPassively(server, host, streamRungs);
      await using _closing = fs;
      wall.lets = (port) => port === server.endpoint.port;
      expect(await textOf(fs, at('/b'))).toBe('two');
      await fs.writeFile(at('/b'), () => [Buffer.from('three')], over);
      expect(await textOf(fs, at('/b'))).toBe('three');
      expect(profile.ladder.proved).toEqual({ mode: 'stream', dataPort: 'eprt' });
    },
  );

  test('an upload is not lost when it is the first to meet silent ports', async () => {
    await using server = await startTestServer({ files });
    const { fs, wall } = await worksPassively(server, '127.0.0.1', streamRungs);
    await using _closing = fs;
    wall.lets = (port) => port === server.endpoint.port;
    await fs.writeFile(at('/b'), () => [Buffer.from('three')], over);
    expect(await textOf(fs, at('/b'))).toBe('three');
  });

  test.each(['127.0.0.1', '::1'])(
    'a server that says 425 of a sudden is asked for another port (%s)',
    async (host) => {
      const faults: { refusals?: Record<string, number> } = {};
      await using server = await startTestServer({ listen: { host, port: 0 }, files, faults });
      const { fs, profile } = await worksPassively(server, host, streamRungs);
      await using _closing = fs;
      faults.refusals = { EPSV: 425 };
      expect(await textOf(fs, at('/b'))).toBe('two');
      expect(profile.ladder.proved).toEqual({ mode: 'stream', dataPort: 'eprt' });
      expect(server.counters.controlOpened).toBe(1);
    },
  );

  test.each<Rung>([
    { mode: 'block', dataPort: 'default' },
    { mode: 'block', dataPort: 'epsv' },
    { mode: 'block', dataPort: 'eprt' },
  ])(
    'a kept connection that dies over $dataPort costs a new one and nothing else',
    async (rung) => {
      const faults: Faults = { closesDataAfterMs: 1 };
      for (const host of ['127.0.0.1', '::1']) {
        await using server = await startTestServer({ listen: { host, port: 0 }, files, faults });
        const { fs, profile } = await worksPassively(server, host, [rung]);
        await using _closing = fs;
        for (let turn = 0; turn < 200 && server.counters.dataOpen > 0; turn++) {
          await systemClock.sleep(2);
        }
        expect(await textOf(fs, at('/b'))).toBe('two');
        await fs.writeFile(at('/b'), () => [Buffer.from('three')], over);
        expect(profile.ladder.proved).toEqual(rung);
        expect(server.counters.controlOpened).toBe(1);
      }
    },
  );
});

describe('a try upward', () => {
  const hours = tryAbovePause.first;
  const remembered = (network: string, climbAt: number) => ({
    framing: 'proved' as const,
    networks: [
      {
        network,
        rung: { mode: 'stream', dataPort: 'epsv' } as const,
        climbAt,
        pause: hours,
        at: systemClock.now(),
      },
    ],
  });
  const loopback = '127.0.0.1 127.0.0.1';

  test('comes with a fresh connection when its time has come, and stays there if it works', async () => {
    await using server = await startTestServer({ files });
    const past = systemClock.now() - 1;
    const profile = new ServerProfile(allRungs, remembered(loopback, past));
    await using fs = open(server.endpoint.port, { profile });
    expect(await textOf(fs, at('/a'))).toBe('one');
    expect(profile.ladder.proved).toEqual({ mode: 'block', dataPort: 'default' });
    expect(server.counters.commands.has('EPSV')).toBe(false);
  });

  test('that fails goes back at once to what works, and is not repeated', async () => {
    await using server = await startTestServer({ files, faults: { neverDials: true } });
    const past = systemClock.now() - 1;
    const rungs = allRungs.filter(({ mode }) => mode === 'stream').toReversed();
    const profile = new ServerProfile(rungs, remembered(loopback, past));
    await using fs = open(server.endpoint.port, { profile });
    expect(await textOf(fs, at('/a'))).toBe('one');
    expect(profile.ladder.proved).toEqual({ mode: 'stream', dataPort: 'epsv' });
    // One login lost to the default data port, and PORT, EPRT and PASV not tried behind it.
    expect(server.counters.controlOpened).toBe(2);
    for (const verb of ['PORT', 'EPRT', 'PASV']) {
      expect(server.counters.commands.has(verb)).toBe(false);
    }
    await using other = open(server.endpoint.port, { profile });
    expect(await textOf(other, at('/b'))).toBe('two');
    expect(server.counters.controlOpened).toBe(3);
  });

  test('is not made before its time', async () => {
    await using server = await startTestServer({ files });
    const soon = systemClock.now() + hours;
    const profile = new ServerProfile(allRungs, remembered(loopback, soon));
    await using fs = open(server.endpoint.port, { profile });
    expect(await textOf(fs, at('/a'))).toBe('one');
    expect(profile.ladder.proved).toEqual({ mode: 'stream', dataPort: 'epsv' });
  });

  test('another network is another ladder: there it begins at the top', async () => {
    await using server = await startTestServer({ files });
    const soon = systemClock.now() + hours;
    const profile = new ServerProfile(allRungs, remembered('192.0.2.7 127.0.0.1', soon));
    await using fs = open(server.endpoint.port, { profile });
    expect(await textOf(fs, at('/a'))).toBe('one');
    expect(profile.ladder.proved).toEqual({ mode: 'block', dataPort: 'default' });
  });
});
