import { expect, test } from 'vitest';
import type { FileIdentity } from '../../src/session/remoteFileSystem.ts';
import {
  at,
  connectEngine,
  live,
  readWhole,
  startTestServer,
  storeWhole,
} from '../support/engine.ts';
import { openSession } from '../support/session.ts';

test.each([
  [['MLST']],
  [['SIZE', 'MDTM']],
  [['MLST', 'SIZE', 'MDTM', 'HASH']],
  [['FEAT', 'STAT', 'PWD']],
])('what is not asked for is not taken for absent: without %j', async (skipCommands) => {
  await using server = await startTestServer({ files: { '/a': 'one' } });
  const { port } = server.endpoint;
  await using files = openSession(port, { skipCommands });
  const save = (path: string, text: string, expected: FileIdentity | 'absent') =>
    files.writeFile(at(path), () => [Buffer.from(text)], {
      signal: live,
      create: true,
      overwrite: true,
      expected,
    });
  // The session knows that the name is absent, and that the file is what it was.
  await files.readDirectory(at('/'), { signal: live });
  const { identity } = await files.readFile(at('/a'), { signal: live });
  await using other = await connectEngine(port);
  await storeWhole(other, '/new', Buffer.from('of somebody else'));
  await storeWhole(other, '/a', Buffer.from('of somebody else'));
  expect((await save('/new', 'ours', 'absent')).kind).toBe('conflict');
  expect((await save('/a', 'ours', identity)).kind).toBe('conflict');
  for (const path of ['/new', '/a']) {
    expect(Buffer.from(await readWhole(other, path)).toString()).toBe('of somebody else');
  }
});
