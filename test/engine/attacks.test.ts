import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { tcpNetwork } from '../../src/ftp/net/tcp.ts';
import type { Network } from '../../src/ftp/net/transport.ts';
import { FtpError, ProtocolError } from '../../src/ftp/errors.ts';
import type { Rung } from '../../src/ftp/rung.ts';
import { personalities } from '../../src/server/personality.ts';
import {
  at,
  connectEngine,
  type EngineOverrides,
  live,
  patternBytes,
  provedProfile,
  readWhole,
  startTestServer,
} from '../support/engine.ts';
import { hostileServer } from '../support/hostileServer.ts';
import { expectNoUnhandledErrors } from '../support/unhandledErrors.ts';

expectNoUnhandledErrors();

const block: Rung = { mode: 'block', dataPort: 'epsv' };
const stream: Rung = { mode: 'stream', dataPort: 'epsv' };

/** In the clear on that rung, its framing believed, everything given up soon. */
function over(rung: Rung, more: EngineOverrides = {}): EngineOverrides {
  return {
    security: 'none',
    rungs: [rung],
    profile: provedProfile([rung]),
    timeouts: { reply: 300, stall: 300, dataProbe: 300, dataConnection: 300 },
    ...more,
  };
}

const fileOf = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0x40, 0, text.length]), Buffer.from(text)]);

async function* stuck(asked: () => void): AsyncGenerator<Uint8Array> {
  yield patternBytes(100);
  asked();
  await new Promise(() => {});
}

describe('a reply that is no answer to its command', () => {
  test('a completion of RNFR renames nothing and ends the connection', async () => {
    await using server = await hostileServer({
      answer: (line) => (line.startsWith('RNFR') ? '250 Renamed\r\n' : undefined),
    });
    await using connection = await connectEngine(server.port, over(stream));
    const renaming = connection.rename(at('/a'), at('/b'), { signal: live });
    await expect(renaming).rejects.toBeInstanceOf(ProtocolError);
    expect(server.said).not.toContain('RNTO /b');
    expect(connection.usable).toBe(false);
  });

  test.each(['DELE', 'MKD', 'STOR', 'RNTO'])('350 to %s is out of step', async (verb) => {
    await using server = await hostileServer({
      answer: (line) => (line.startsWith(verb) ? '350 And then?\r\n' : undefined),
    });
    await using connection = await connectEngine(server.port, over(stream));
    const options = { signal: live };
    const acts: Readonly<Record<string, () => Promise<unknown>>> = {
      DELE: () => connection.deleteFile(at('/a'), options),
      MKD: () => connection.makeDirectory(at('/a'), options),
      STOR: () => connection.store(at('/a'), [], options),
      RNTO: () => connection.rename(at('/a'), at('/b'), options),
    };
    await expect(acts[verb]?.()).rejects.toBeInstanceOf(FtpError);
    expect(connection.usable).toBe(false);
  });

  test('nothing but preliminary replies ends in an error', async () => {
    await using server = await hostileServer({
      answer: (line) => (line.startsWith('DELE') ? '110 Soon\r\n'.repeat(50) : undefined),
    });
    await using connection = await connectEngine(server.port, over(stream));
    await expect(connection.deleteFile(at('/a'), { signal: live })).rejects.toBeInstanceOf(
      ProtocolError,
    );
    expect(connection.usable).toBe(false);
  });
});

describe('a data connection on which nothing happens', () => {
  test('a kept one that is silent after 150 is given up', async () => {
    await using server = await hostileServer({
      answer: (line) => (line.startsWith('RETR') ? '150 Coming\r\n250 Done\r\n' : undefined),
      onData: (data) => data.write(fileOf('one')),
    });
    await using silent = await hostileServer({
      answer: (line) => {
        if (line === 'RETR /a') return '150 Coming\r\n250 Done\r\n';
        return line === 'RETR /b' ? '150 Coming\r\n' : undefined;
      },
      onData: (data) => data.write(fileOf('one')),
    });
    for (const { port } of [server, silent]) {
      await using connection = await connectEngine(port, over(block));
      expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
      await expect(readWhole(connection, '/b')).rejects.toMatchObject({ kind: 'transfer' });
    }
  });

  test('a confirmed file without an end of its stream is given up, not accepted', async () => {
    await using server = await hostileServer({
      answer: (line) => (line.startsWith('RETR') ? '150 Coming\r\n226 Done\r\n' : undefined),
      onData: (data) => data.write('half'),
    });
    await using connection = await connectEngine(server.port, over(stream));
    await expect(readWhole(connection, '/a')).rejects.toMatchObject({ kind: 'transfer', bytes: 4 });
  });

  test('an end of data that nobody confirms is given up, not accepted', async () => {
    await using server = await hostileServer({
      answer: (line) => (line.startsWith('RETR') ? '150 Coming\r\n' : undefined),
      onData: (data) => data.end('whole?'),
    });
    await using connection = await connectEngine(server.port, over(stream));
    await expect(readWhole(connection, '/a')).rejects.toMatchObject({ kind: 'transfer' });
    expect(connection.usable).toBe(false);
  });
});

describe('a source that gives nothing more', () => {
  test('does not keep an upload from being cancelled', async () => {
    await using server = await startTestServer();
    await using connection = await connectEngine(server.endpoint.port, {
      profile: provedProfile(),
    });
    const cancel = new AbortController();
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const storing = connection.store(at('/x'), stuck(resolve), { signal: cancel.signal });
    await asked;
    cancel.abort(new Error('called off'));
    await expect(storing).rejects.toThrow('called off');
  });

  test('does not hide that the server has gone', async () => {
    const server = await startTestServer();
    await using connection = await connectEngine(server.endpoint.port, {
      profile: provedProfile(),
    });
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const storing = connection.store(at('/x'), stuck(resolve), { signal: live });
    storing.catch(() => {});
    await asked;
    await server[Symbol.asyncDispose]();
    await expect(storing).rejects.toMatchObject({ remedy: 'reconnect' });
  });
});

describe('transfers sent ahead of others', () => {
  const files = {
    '/first': 'first',
    '/a': patternBytes(8192, 3),
    '/b': patternBytes(100, 4),
    '/c': patternBytes(4096, 5),
    '/large': patternBytes(20_000_000, 6),
  };

  test('are not sent to a server that does not mark the end of each file', async () => {
    const personality = personalities['framed-eof-on-data'];
    await using server = await startTestServer({ personality, files });
    await using connection = await connectEngine(server.endpoint.port, {
      pipelineDepth: 8,
      profile: provedProfile(),
    });
    await readWhole(connection, '/first');
    const paths = ['/a', '/b', '/c'] as const;
    const contents = await Promise.all(paths.map((path) => readWhole(connection, path)));
    for (const [index, path] of paths.entries()) {
      expect(Buffer.compare(contents[index] ?? Buffer.of(), files[path]), path).toBe(0);
    }
  });

  test('are cancelled at once, and the one before them comes whole', async () => {
    await using server = await startTestServer({ files });
    await using connection = await connectEngine(server.endpoint.port, {
      pipelineDepth: 8,
      profile: provedProfile(),
    });
    await readWhole(connection, '/first');
    const cancel = new AbortController();
    const pieces: Uint8Array[] = [];
    await using large = await connection.retrieve(at('/large'), { signal: live });
    const bytes = large.bytes[Symbol.asyncIterator]();
    const begin = await bytes.next();
    const second = connection.retrieve(at('/b'), { signal: cancel.signal });
    const cancelled = expect(second).rejects.toThrow('called off');
    await systemClock.sleep(20);
    cancel.abort(new Error('called off'));
    await cancelled;
    for (let next = begin; next.done !== true; next = await bytes.next()) pieces.push(next.value);
    expect(Buffer.compare(Buffer.concat(pieces), files['/large'])).toBe(0);
    expect(Buffer.compare(await readWhole(connection, '/b'), files['/b'])).toBe(0);
  });
});

test('a listing of nothing but short lines ends within a bound of their number', async () => {
  await using server = await hostileServer({
    answer: (line) => (line.startsWith('MLSD') ? '150 Coming\r\n226 Done\r\n' : undefined),
    onData: (data) => data.end(Buffer.alloc(16 * 1024 * 1024, 'x\n')),
  });
  await using connection = await connectEngine(server.port, over(stream));
  await expect(connection.list(at('/'), { signal: live })).rejects.toThrow('does not end');
});

test('two listings at a time show each its own folder, though the server knows LIST alone', async () => {
  await using server = await startTestServer({
    personality: { unknown: ['MLSD', 'MLST'] },
    files: { '/one/a': 'a', '/two/b': 'b' },
  });
  for (const pipelineDepth of [1, 8]) {
    await using connection = await connectEngine(server.endpoint.port, { pipelineDepth });
    const [one, two] = await Promise.all(
      ['/one', '/two'].map((folder) => connection.list(at(folder), { signal: live })),
    );
    expect(one?.entries.map(({ name }) => name)).toEqual(['a']);
    expect(two?.entries.map(({ name }) => name)).toEqual(['b']);
  }
});

test('MODE is said again when it was called off before its reply', async () => {
  const faults: { delays?: Record<string, number> } = { delays: { MODE: 100 } };
  await using server = await startTestServer({ faults, files: { '/a': 'one' } });
  await using connection = await connectEngine(server.endpoint.port, {
    rungs: [stream],
    // In lockstep the login leaves MODE to the first transfer.
    pipelineDepth: 1,
    profile: provedProfile([block, stream]),
  });
  const cancel = new AbortController();
  const listing = connection.list(at('/'), { signal: cancel.signal });
  const cancelled = expect(listing).rejects.toThrow('called off');
  while (!server.counters.commands.has('MODE')) await systemClock.sleep(2);
  cancel.abort(new Error('called off'));
  await cancelled;
  delete faults.delays;
  expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
  expect(server.counters.commands.get('MODE')).toBe(2);
});

test.each([block, stream])(
  'closing a session closes the data connection of a file that nobody reads on ($mode mode)',
  async (rung) => {
    await using server = await hostileServer({
      answer: (line) => (line.startsWith('RETR') ? '150 Coming\r\n' : undefined),
      onData: (data) => data.write(Buffer.concat([Buffer.from([0, 0, 4]), Buffer.from('some')])),
    });
    const connection = await connectEngine(server.port, over(rung));
    const { bytes } = await connection.retrieve(at('/a'), { signal: live });
    await bytes[Symbol.asyncIterator]().next();
    await connection[Symbol.asyncDispose]();
    for (let turn = 0; turn < 100 && server.data.open > 0; turn++) await systemClock.sleep(5);
    expect(server.data.open).toBe(0);
    expect(server.said.join('\n')).toContain('RETR /a');
  },
);

test('a default data port that cannot be listened on leaves all other ways open', async () => {
  await using server = await startTestServer({ tls: 'none', files: { '/a': 'one' } });
  const network: Network = {
    ...tcpNetwork(systemClock),
    listen: async () => {
      throw new Error('EADDRINUSE');
    },
  };
  await using connection = await connectEngine(server.endpoint.port, { security: 'none', network });
  expect(Buffer.from(await readWhole(connection, '/a')).toString()).toBe('one');
  expect(connection.description.rung).toEqual(block);
});
