import { expect, test } from 'vitest';
import { allRungs } from '../../src/ftp/rung.ts';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { at, live, patternBytes, provedProfile, startTestServer } from '../support/engine.ts';
import { openSession } from '../support/session.ts';

const ten = Array.from({ length: 10 }, (_, index) => index);
const contentOf = (index: number): Uint8Array => patternBytes(1_000 + index * 37, index + 1);
const rules = { signal: live, create: true, overwrite: true };

/** On one connection, deep enough for all of them. */
function open(port: number): RemoteFileSystem {
  const engine = { pipelineDepth: 256, profile: provedProfile(allRungs) };
  return openSession(port, engine, { maxConnections: 1 });
}

test('the saves of ten files share one connection', async () => {
  await using server = await startTestServer({ files: { '/other': 'x' } });
  await using files = open(server.endpoint.port);
  await files.writeFile(at('/first'), () => [contentOf(0)], rules);
  const save = (index: number): Promise<unknown> =>
    files.writeFile(at(`/${index}`), () => [contentOf(index)], rules);
  await Promise.all(ten.map(save));
  for (const index of ten) {
    const { content } = await files.readFile(at(`/${index}`), { signal: live });
    expect([index, Buffer.compare(content, contentOf(index))]).toEqual([index, 0]);
  }
  expect([server.counters.controlOpened, server.counters.dataOpened]).toEqual([1, 1]);
});

test.each(ten)(
  'where the upload of file %d is refused, all ten are saved whole',
  async (refused) => {
    // The first save takes the first id.
    const folder = `/.portside-id${refused + 1}-${refused}`;
    const old = Object.fromEntries(ten.map((index) => [`/${index}`, `old ${index}`]));
    await using server = await startTestServer({ files: { ...old, [`${folder}/inside`]: '' } });
    await using files = open(server.endpoint.port);
    await files.writeFile(at('/first'), () => [contentOf(0)], rules);
    const identities = [];
    for (const index of ten) {
      identities.push((await files.readFile(at(`/${index}`), { signal: live })).identity);
    }
    const saves = identities.map((expected, index) =>
      files.writeFile(at(`/${index}`), () => [contentOf(index)], { ...rules, expected }),
    );
    const outcomes = await Promise.all(saves);
    expect(outcomes.map(({ kind }) => kind)).toEqual(ten.map(() => 'written'));
    await using another = open(server.endpoint.port);
    for (const index of ten) {
      const { content } = await another.readFile(at(`/${index}`), { signal: live });
      expect([index, Buffer.compare(content, contentOf(index))]).toEqual([index, 0]);
    }
    const names = (await another.readDirectory(at('/'), { signal: live })).map(({ name }) => name);
    const own = names.filter((name) => name.startsWith('.portside'));
    expect(own).toEqual([folder.slice(1)]);
  },
);
