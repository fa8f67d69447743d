import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { sameBytes } from '../../src/base/bytes.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { chooseRungs } from '../../src/ftp/rung.ts';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  readWhole,
  startTestServer,
} from '../support/engine.ts';
import { hostileServer } from '../support/hostileServer.ts';
import { politeAnswer } from '../support/scriptedPeer.ts';
import { openSession } from '../support/session.ts';
import { saidInOneGo } from '../support/listeningLogger.ts';

const rungs = chooseRungs('stream', 'epsv');
const content = patternBytes(4_096);

test('the size of a file in stream mode is asked with its data port', async () => {
  await using server = await startTestServer({ files: { '/a': content, '/b': content } });
  const { said, logger } = saidInOneGo();
  const profile = new ServerProfile(rungs);
  await using connection = await connectEngine(server.endpoint.port, { rungs, profile, logger });
  await readWhole(connection, '/a');
  said.length = 0;
  expect(sameBytes(await readWhole(connection, '/b'), content)).toBe(true);
  expect(said).toEqual(['SIZE EPSV', 'RETR']);
});

test('in lockstep the size is asked afterwards', async () => {
  await using server = await startTestServer({ files: { '/a': content } });
  const { said, logger } = saidInOneGo();
  const options = { rungs, pipelineDepth: 1, logger };
  await using connection = await connectEngine(server.endpoint.port, options);
  said.length = 0;
  expect(sameBytes(await readWhole(connection, '/a'), content)).toBe(true);
  expect(said).toEqual(['EPSV', 'RETR', 'SIZE']);
});

interface Busy {
  /** What comes before the transfer is confirmed is answered so; `inTurn`: after that. */
  readonly early: 'inTurn' | 'refusedInTurn' | 'refusedAtOnce';
}

/** A server that confirms a file a little after its data, as ProFTPD does. */
async function slowToConfirm({ early }: Busy) {
  const events: string[] = [];
  const waiting: (() => void)[] = [];
  let isBusy = false;
  let control: Socket | undefined;
  const server = await hostileServer({
    answer: (line, socket) => {
      control = socket;
      const [verb = ''] = line.split(' ');
      const reply = usualAnswer(line, server.dataPort);
      // Each control connection begins anew.
      if (verb === 'USER') isBusy = false;
      if (verb === 'RETR') isBusy = true;
      if (!isBusy || verb === 'RETR') return reply;
      events.push(`early ${verb}`);
      if (early === 'refusedAtOnce') return '450 Busy\r\n';
      waiting.push(() => socket.write(early === 'inTurn' ? reply : '450 Busy\r\n'));
      return '';
    },
    onData: (data) => {
      data.on('close', () => {
        setTimeout(() => {
          isBusy = false;
          events.push('226');
          control?.write('226 Done\r\n');
          for (const answer of waiting.splice(0)) answer();
        }, 20);
      });
      data.end(content);
    },
  });
  return { server, events };
}

function usualAnswer(line: string, dataPort: number): string {
  if (line.startsWith('RETR')) return '150 Here\r\n';
  if (line.startsWith('SIZE')) return `213 ${content.length}\r\n`;
  return politeAnswer(line, dataPort) ?? '502 No\r\n';
}

const paths = ['/a', '/b', '/c', '/d'];

async function readThem(connection: FtpConnection): Promise<void> {
  for (const bytes of await Promise.all(paths.map((path) => readWhole(connection, path)))) {
    expect(sameBytes(bytes, content)).toBe(true);
  }
}

test('the next file asks for its data port before the last one is confirmed', async () => {
  const { server, events } = await slowToConfirm({ early: 'inTurn' });
  await using _server = server;
  const profile = new ServerProfile(rungs);
  const options = { rungs, profile, security: 'none' } as const;
  await using connection = await connectEngine(server.port, options);
  await readWhole(connection, '/first');
  expect(connection.places('retrieve')).toBe(2);
  events.length = 0;
  await readThem(connection);
  const pair = ['early SIZE', 'early EPSV', '226'];
  expect(events).toEqual([...pair, ...pair, ...pair, '226']);
});

test('where that is refused it is done in turn from then on, and costs no file', async () => {
  const { server, events } = await slowToConfirm({ early: 'refusedInTurn' });
  await using _server = server;
  const profile = new ServerProfile(rungs);
  const options = { rungs, profile, security: 'none' } as const;
  await using connection = await connectEngine(server.port, options);
  await readWhole(connection, '/first');
  events.length = 0;
  await readThem(connection);
  expect(events.filter((event) => event === 'early EPSV')).toHaveLength(1);
  expect(connection.places('retrieve')).toBe(1);
  expect(server.said.filter((line) => line === 'PASV')).toEqual([]);
});

test('where that puts the replies out of step, the files are read again over another connection', async () => {
  const { server, events } = await slowToConfirm({ early: 'refusedAtOnce' });
  await using _server = server;
  const profile = new ServerProfile(rungs);
  const sessionOptions = { profile, maxConnections: 1 };
  await using fs = openSession(server.port, { rungs, profile, security: 'none' }, sessionOptions);
  const options = { signal: live };
  const read = await Promise.all(paths.map((path) => fs.readFile(at(path), options)));
  for (const file of read) expect(sameBytes(file.content, content)).toBe(true);
  expect(events.filter((event) => event.startsWith('early')).length).toBeLessThan(5);
});

test('a file that is called off as it ends leaves the next one as it is', async () => {
  const { server } = await slowToConfirm({ early: 'inTurn' });
  await using _server = server;
  const profile = new ServerProfile(rungs);
  const options = { rungs, profile, security: 'none' } as const;
  await using connection = await connectEngine(server.port, options);
  await readWhole(connection, '/first');
  const cancel = new AbortController();
  const retrieval = await connection.retrieve(at('/a'), { signal: cancel.signal });
  const next = readWhole(connection, '/b');
  const read = (async () => {
    for await (const _piece of retrieval.bytes) setTimeout(() => cancel.abort(new Error('off')), 5);
  })();
  await expect(read).rejects.toThrow('off');
  expect(sameBytes(await next, content)).toBe(true);
  expect(server.said).not.toContain('ABOR');
});

test('each file has a connection of its own while one may be had', async () => {
  const faults = { delays: { RETR: 50 } };
  await using server = await startTestServer({ files: { '/a': content, '/b': content }, faults });
  const profile = new ServerProfile(rungs);
  const engine = { rungs, profile };
  await using fs = openSession(server.endpoint.port, engine, { profile, maxConnections: 3 });
  const read = async (path: string): Promise<void> => {
    const file = await fs.readFile(at(path), { signal: live });
    expect(sameBytes(file.content, content)).toBe(true);
  };
  await read('/a');
  await Promise.all([read('/a'), read('/b')]);
  expect(server.counters.controlOpened).toBeGreaterThan(1);
});
