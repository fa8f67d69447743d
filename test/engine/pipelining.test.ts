import { expect, test } from 'vitest';
import type { Logger } from '../../src/base/logger.ts';
import type { FtpConnection } from '../../src/ftp/ftpConnection.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import type { Personality } from '../../src/server/personality.ts';
import {
  at,
  connectEngine,
  live,
  patternBytes,
  provedProfile,
  readWhole,
  startTestServer,
  storeWhole,
} from '../support/engine.ts';
import { listeningLogger } from '../support/listeningLogger.ts';
import { loginAnswers, scriptedPeer } from '../support/scriptedPeer.ts';

const marking: Personality = { endOfFile: 'own' };

const filesOf = (count: number): Record<string, Uint8Array> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`/d/f${index}`, patternBytes(index * 37, index)]),
  );

const isSame = (one: Uint8Array | undefined, other: Uint8Array | undefined): boolean =>
  one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;

/** A logger that counts how many commands were unanswered at a time, at most. */
function depthMeter(): { readonly logger: Logger; readonly deepest: number } {
  let [unanswered, deepest] = [0, 0];
  const logger = listeningLogger(['debug'], (line) => {
    if (line.startsWith('> ')) deepest = Math.max(deepest, ++unanswered);
    else if (/^< [2-5]\d\d /.test(line)) unanswered -= 1;
  });
  return {
    logger,
    get deepest() {
      return deepest;
    },
  };
}

/** Lists the folder: now the data connection is open, and its ends are known to be marked. */
async function begin(connection: FtpConnection): Promise<void> {
  await connection.list(at('/d'), { signal: live });
}

test('the depth grows as replies come in order, and 300 files come over one data connection', async () => {
  const files = filesOf(300);
  await using server = await startTestServer({ personality: marking, files });
  const profile = new ServerProfile(allRungs);
  const meter = depthMeter();
  await using connection = await connectEngine(server.endpoint.port, {
    profile,
    logger: meter.logger,
  });
  expect(connection.places('retrieve')).toBe(1);
  await begin(connection);
  expect(connection.places('retrieve')).toBeGreaterThan(1);
  const contents = await Promise.all(Object.keys(files).map((path) => readWhole(connection, path)));
  for (const [index, path] of Object.keys(files).entries()) {
    expect(isSame(contents[index], files[path])).toBe(true);
  }
  expect(meter.deepest).toBeGreaterThanOrEqual(64);
  expect(profile.pipelining.depth(Date.now())).toBe(256);
  expect(connection.places('retrieve')).toBe(256);
  expect([server.counters.dataOpened, server.counters.controlOpened]).toEqual([1, 1]);
});

test('a server whose ends are not known to be marked is not sent one file behind another', async () => {
  const files = filesOf(20);
  await using server = await startTestServer({ personality: { endOfFile: 'onData' }, files });
  await using connection = await connectEngine(server.endpoint.port, { pipelineDepth: 8 });
  await begin(connection);
  expect(connection.places('retrieve')).toBe(1);
});

test('a refused file among many costs that file alone', async () => {
  const files = filesOf(20);
  await using server = await startTestServer({ personality: marking, files });
  await using connection = await connectEngine(server.endpoint.port, {
    pipelineDepth: 64,
    profile: provedProfile(),
  });
  await begin(connection);
  const paths = Object.keys(files).toSpliced(7, 0, '/d/none').toSpliced(15, 0, '/d');
  const outcomes = await Promise.allSettled(paths.map((path) => readWhole(connection, path)));
  for (const [index, outcome] of outcomes.entries()) {
    const content = files[paths[index] ?? ''];
    if (content)
      expect(outcome.status === 'fulfilled' && isSame(outcome.value, content)).toBe(true);
    else expect(outcome).toMatchObject({ reason: { reply: { code: 550 } } });
  }
  expect([server.counters.dataOpened, server.counters.controlOpened]).toEqual([1, 1]);
});

test('listings, questions, uploads and downloads at once are each answered with their own', async () => {
  const files = filesOf(30);
  await using server = await startTestServer({
    personality: marking,
    files: { ...files, '/e/one': '1', '/e/two': '22' },
  });
  const profile = provedProfile();
  await using connection = await connectEngine(server.endpoint.port, {
    pipelineDepth: 64,
    profile,
  });
  await begin(connection);
  await connection.list(at('/e'), { signal: live });
  await storeWhole(connection, '/first', patternBytes(9));
  const work = Object.keys(files).map(async (path, index) => {
    const content = files[path] ?? new Uint8Array(0);
    switch (index % 4) {
      case 0:
        return expect(await storeWhole(connection, `/up${index}`, content)).toBe(content.length);
      case 1: {
        const { entries } = await connection.list(at('/e'), { signal: live });
        return expect(entries.map(({ name, size }) => [name, size])).toEqual([
          ['one', 1],
          ['two', 2],
        ]);
      }
      case 2:
        return expect((await connection.entry(at(path), { signal: live }))?.size).toBe(
          content.length,
        );
      default:
        return expect(isSame(await readWhole(connection, path), content)).toBe(true);
    }
  });
  await Promise.all(work);
  for (let index = 0; index < 30; index += 4) {
    const stored = await readWhole(connection, `/up${index}`);
    expect(isSame(stored, files[`/d/f${index}`])).toBe(true);
  }
  expect([server.counters.dataOpened, server.counters.controlOpened]).toEqual([1, 1]);
});

test('a file that breaks off among many ends the connection: no other gets its bytes', async () => {
  const files = { ...filesOf(10), '/d/f4': patternBytes(500_000) };
  await using server = await startTestServer({
    personality: marking,
    files,
    faults: { cutBlockCode: 451 },
  });
  const profile = provedProfile();
  await using connection = await connectEngine(server.endpoint.port, {
    pipelineDepth: 64,
    profile,
  });
  profile.framing.listingCame('MLSD', 'framed');
  const outcomes = await Promise.allSettled(
    Object.keys(files).map((path) => readWhole(connection, path)),
  );
  for (const [index, path] of Object.keys(files).entries()) {
    const outcome = outcomes[index];
    if (outcome?.status === 'fulfilled') {
      expect(isSame(outcome.value, files[path as keyof typeof files])).toBe(true);
    } else expect(outcome?.reason).not.toMatchObject({ remedy: 'none' });
  }
});

test('a server that loses what is sent ahead is asked in lockstep from then on', async () => {
  // It takes one command from what it has received, and drops the rest.
  await using peer = await scriptedPeer({
    greeting: '220 Hi\r\n',
    answer: (line) => loginAnswers(line) ?? '213 7\r\n',
    takesOneOfEachChunk: true,
  });
  const profile = new ServerProfile(allRungs);
  profile.login.doubt();
  await using connection = await connectEngine(peer.port, { security: 'none', profile });
  const both = await Promise.allSettled(
    ['/a', '/b'].map((path) => connection.size(at(path), { signal: live })),
  );
  expect(both[0]).toMatchObject({ status: 'fulfilled', value: 7 });
  expect(both[1]).toMatchObject({ status: 'rejected', reason: { remedy: 'reconnect' } });
  expect(profile.pipelining.depth(Date.now())).toBe(1);
  await using next = await connectEngine(peer.port, { security: 'none', profile });
  expect(next.places('ask')).toBe(1);
  const all = ['/c', '/d', '/e'].map((path) => next.size(at(path), { signal: live }));
  expect(await Promise.all(all)).toEqual([7, 7, 7]);
});

test('a file whose end is not marked has the next one’s bytes: none of those behind it is believed', async () => {
  // A server that marks listings, and leaves out the mark of a file that fills its blocks exactly.
  const files: Record<string, Uint8Array> = filesOf(12);
  files['/d/f5'] = patternBytes(4096, 5);
  files['/d/f6'] = patternBytes(4096, 6);
  const personality: Personality = { endOfFile: 'missing', blockLength: 4096 };
  await using server = await startTestServer({ personality, files });
  const profile = provedProfile();
  await using connection = await connectEngine(server.endpoint.port, {
    pipelineDepth: 64,
    profile,
  });
  await begin(connection);
  // As one would believe who has seen the mark of another file.
  profile.framing.listingCame('MLSD', 'framed');
  Object.assign(profile.framing, { marksEnds: true });
  const read = async (path: string): Promise<Uint8Array> => {
    const { length: size } = files[path] ?? new Uint8Array(0);
    await using retrieval = await connection.retrieve(at(path), { signal: live, size });
    const pieces: Uint8Array[] = [];
    for await (const piece of retrieval.bytes) pieces.push(Uint8Array.from(piece));
    return Buffer.concat(pieces);
  };
  const outcomes = await Promise.allSettled(Object.keys(files).map(read));
  for (const [index, path] of Object.keys(files).entries()) {
    const outcome = outcomes[index];
    if (outcome?.status === 'fulfilled') expect(isSame(outcome.value, files[path])).toBe(true);
  }
  expect(outcomes[5]).toMatchObject({ status: 'rejected' });
  expect(outcomes.slice(6).every(({ status }) => status === 'rejected')).toBe(true);
  expect(profile.framing.marksEnds).toBe(false);
});
