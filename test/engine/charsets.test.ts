import { expect, test } from 'vitest';
import { latin1 } from '../../src/ftp/grammar/charset/charset.ts';
import { memoryFolder } from '../../src/server/folder/memoryFolder.ts';
import type { ServedPath } from '../../src/server/folder/servedFolder.ts';
import { at, connectEngine, live, startTestServer } from '../support/engine.ts';
import { listeningLogger } from '../support/listeningLogger.ts';
import { openSession } from '../support/session.ts';

test('a server is asked for UTF-8, or to leave it where the site has another charset', async () => {
  await using server = await startTestServer();
  const said: string[] = [];
  const logger = listeningLogger(['debug'], (line) => said.push(line));
  await using _one = await connectEngine(server.endpoint.port, { logger });
  // This server refuses it, and everything works all the same.
  await using other = await connectEngine(server.endpoint.port, { logger, charset: latin1 });
  expect((await other.list(at('/'), { signal: live })).entries).toEqual([]);
  expect(said.filter((line) => line.includes('OPTS UTF8'))).toEqual([
    '> OPTS UTF8 ON',
    '> OPTS UTF8 OFF',
  ]);
});

test('names that are not in the charset of the site are told once', async () => {
  const folder = memoryFolder({ '/a/Grüße': 'x', '/a/b': 'x', '/b/c': 'x' });
  for (const path of ['/b/caf\xe9', '/b/na\xefve', '/c\xe4']) {
    await folder.makeDirectory(path as ServedPath);
  }
  await using server = await startTestServer({ folder });
  const warnings: string[] = [];
  const logger = listeningLogger(['warn'], (line) => warnings.push(line));
  await using files = openSession(server.endpoint.port, {}, { logger });
  await files.readDirectory(at('/a'), { signal: live });
  expect(warnings).toEqual([]);
  for (let time = 0; time < 2; time++) {
    await files.readDirectory(at('/b'), { signal: live, fresh: true });
    await files.readDirectory(at('/'), { signal: live, fresh: true });
  }
  expect(warnings).toEqual([
    'Names in /b are not in the charset of the site, which may need another: 2',
  ]);
});
