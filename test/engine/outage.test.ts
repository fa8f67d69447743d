import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import type { Network } from '../../src/ftp/net/transport.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { at, live, startTestServer } from '../support/engine.ts';
import { hostileServer } from '../support/hostileServer.ts';
import { openSession } from '../support/session.ts';

const rungs: readonly Rung[] = [
  { mode: 'stream', dataPort: 'epsv' },
  { mode: 'stream', dataPort: 'pasv' },
];

interface Outage {
  isOver: boolean;
  readonly network: Network;
}

/** No data port of the server answers while it lasts. */
function outage(controlPort: number): Outage {
  const whole = tcpNetwork(systemClock);
  const state: Outage = {
    isOver: true,
    network: {
      ...whole,
      dial: async (remote, options) => {
        if (state.isOver || remote.port === controlPort) return await whole.dial(remote, options);
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      },
    },
  };
  return state;
}

function open(
  port: number,
  network: Network,
  profile: ServerProfile,
  operationTimeoutMs = 60_000,
  security: 'explicit' | 'none' = 'explicit',
): RemoteFileSystem {
  const engine = { profile, rungs, network, security, listing: 'list' } as const;
  return openSession(port, engine, { operationTimeoutMs, maxConnections: 1 });
}

const options = { signal: live, create: true, overwrite: true };

test('what the user does walks the ladder again at once, however long nothing worked', async () => {
  await using server = await startTestServer({ files: { '/a': 'one' } });
  const { port } = server.endpoint;
  const profile = new ServerProfile(rungs);
  const network = outage(port);
  await using files = open(port, network.network, profile);
  const save = (text: string) => files.writeFile(at('/a'), () => [Buffer.from(text)], options);
  await save('two');
  network.isOver = false;
  for (let round = 0; round < 5; round++) {
    await expect(save('lost')).rejects.toThrow(
      /It is tried again as soon as you ask for something, and otherwise in \d+ (?:s|min)/,
    );
  }
  network.isOver = true;
  expect((await save('three')).kind).toBe('written');
  network.isOver = false;
  await expect(files.readFile(at('/a'), options)).rejects.toThrow('No data connection');
  network.isOver = true;
  expect(Buffer.from((await files.readFile(at('/a'), options)).content).toString()).toBe('three');
  network.isOver = false;
  await expect(files.readDirectory(at('/'), { ...options, fresh: true })).rejects.toThrow();
  network.isOver = true;
  expect(await files.readDirectory(at('/'), { ...options, fresh: true })).toHaveLength(1);
});

test('what nobody waits for leaves the ladder alone until it has rested', async () => {
  await using server = await startTestServer({ files: { '/a': 'one' } });
  const { port } = server.endpoint;
  const network = outage(port);
  await using files = open(port, network.network, new ServerProfile(rungs));
  const look = () =>
    files.readDirectory(at('/'), { signal: live, fresh: true, lane: 'background' });
  await look();
  network.isOver = false;
  await expect(look()).rejects.toThrow('No data connection');
  const walked = server.counters.commands.get('PASV');
  for (let round = 0; round < 3; round++) await expect(look()).rejects.toThrow();
  expect(server.counters.commands.get('PASV')).toBe(walked);
});

test('a listing that drips for ever ends within its one budget', async () => {
  await using server = await hostileServer({
    answer: (line) => (line.startsWith('LIST') ? '150 Here\r\n' : undefined),
    onData: (data) => {
      const drip = setInterval(() => data.write('a'), 20);
      data.on('close', () => clearInterval(drip));
      data.on('error', () => {});
    },
  });
  const whole = tcpNetwork(systemClock);
  await using files = open(server.port, whole, new ServerProfile(rungs), 300, 'none');
  await expect(files.readDirectory(at('/'), { signal: live })).rejects.toThrow(
    'did not answer in time',
  );
  expect(server.said.filter((line) => line.startsWith('LIST'))).toHaveLength(1);
});
