import { expect, test } from 'vitest';
import type { RemoteFileSystem } from '../../src/session/remoteFileSystem.ts';
import { at, connectEngine, live, startTestServer } from '../support/engine.ts';
import { openSession } from '../support/session.ts';

async function put(files: RemoteFileSystem, path: string, text: string): Promise<void> {
  const rules = { signal: live, create: true, overwrite: true };
  const { kind } = await files.writeFile(at(path), () => [Buffer.from(text)], rules);
  expect(kind).toBe('written');
}

async function textOf(files: RemoteFileSystem, path: string): Promise<string> {
  const { content } = await files.readFile(at(path), { signal: live });
  return Buffer.from(content).toString();
}

test.each([
  ['without RNFR', ['RNFR']],
  ['without RNFR and DELE', ['RNFR', 'DELE']],
  ['without RNTO', ['RNTO']],
  ['without RNFR, MLST, SIZE and MDTM', ['RNFR', 'MLST', 'MLSD', 'SIZE', 'MDTM']],
])('a server %s takes new bytes in place, and nothing else', async (_, unknown) => {
  const files = { '/a.txt': 'old', '/d/b.txt': 'old' };
  await using server = await startTestServer({ files, personality: { unknown } });
  await using fs = openSession(server.endpoint.port);
  for (const path of ['/a.txt', '/d/b.txt', '/d/new.txt', '/a.txt']) {
    await put(fs, path, `new ${path}`);
    expect(await textOf(fs, path)).toBe(`new ${path}`);
  }
  await using connection = await connectEngine(server.endpoint.port);
  const names = async (folder: string): Promise<string[]> => {
    const { entries } = await connection.list(at(folder), { signal: live });
    return entries.map(({ name }) => name).toSorted();
  };
  expect([await names('/'), await names('/d')]).toEqual([
    ['a.txt', 'd'],
    ['b.txt', 'new.txt'],
  ]);
});

test('whether a server renames is asked, and nothing is renamed by it', async () => {
  await using server = await startTestServer({ files: { '/a': 'one', '/b': 'two' } });
  await using connection = await connectEngine(server.endpoint.port);
  const options = { signal: live };
  expect(await connection.refusalToRename(at('/a'), options)).toBeUndefined();
  expect(await connection.refusalToRename(at('/none'), options)).toMatchObject({
    command: { verb: 'RNFR' },
    reply: { code: 550 },
  });
  expect(await connection.refusalToRename(at('/a'), options)).toBeUndefined();
  expect((await connection.rename(at('/b'), at('/c'), options)).refusal).toBeUndefined();
  const { entries } = await connection.list(at('/'), options);
  expect(entries.map(({ name }) => name).toSorted()).toEqual(['a', 'c']);
});
