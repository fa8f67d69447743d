import { expect, test } from 'vitest';
import { ServerProfile } from '../../src/ftp/profile/serverProfile.ts';
import { allRungs } from '../../src/ftp/rung.ts';
import { memoryFolder } from '../../src/server/folder/memoryFolder.ts';
import { newTemporaryId } from '../../src/session/temporaryNames.ts';
import type { FoundLeftOvers } from '../../src/session/remoteFileSystem.ts';
import { at, connectEngine, live, startTestServer } from '../support/engine.ts';
import { listeningLogger } from '../support/listeningLogger.ts';
import { openSession } from '../support/session.ts';

const options = { signal: live };

test('what a save left whose program was killed is told, restored, and goes with its folder', async () => {
  const folder = memoryFolder({ '/d/page.html': 'old', '/d/.portside-notes': 'mine' });
  await using server = await startTestServer({ folder });
  const { port } = server.endpoint;
  // Nothing is cleaned up by a program that is killed: its file is there, and nobody knows of it.
  const killed = await connectEngine(port, { profile: new ServerProfile(allRungs) });
  const temporary = at(`/d/.portside-${newTemporaryId()}-page.html`);
  await killed.store(temporary, [Buffer.from('new bytes')], options);
  await killed[Symbol.asyncDispose]();

  const said: string[] = [];
  const logger = listeningLogger(['warn'], (line) => said.push(line));
  await using files = openSession(port, {}, { logger, newId: newTemporaryId });
  const found: FoundLeftOvers[] = [];
  files.onDidFindLeftOvers((each) => found.push(each));
  const names = (await files.readDirectory(at('/d'), options)).map(({ name }) => name);
  expect(names.toSorted()).toEqual(['.portside-notes', 'page.html']);
  const [leftOver] = found[0]?.leftOvers ?? [];
  expect([leftOver?.path, leftOver?.file, leftOver?.entry.size, leftOver?.standing?.size]).toEqual([
    temporary,
    '/d/page.html',
    9,
    3,
  ]);

  await files.copy(at('/d'), at('/copy'), { ...options, overwrite: false });
  const copied = (await files.readDirectory(at('/copy'), options)).map(({ name }) => name);
  expect(copied.toSorted()).toEqual(['.portside-notes', 'page.html']);
  expect(said).toEqual([`${temporary}, left by a save, was not copied`]);

  await files.rename(temporary, at('/copy/page.html'), { ...options, overwrite: true });
  const { content } = await files.readFile(at('/copy/page.html'), options);
  expect(Buffer.from(content).toString()).toBe('new bytes');

  await files.writeFile(temporary, () => [Buffer.from('again')], {
    ...options,
    create: true,
    overwrite: true,
  });
  await files.delete(at('/d'), { ...options, recursive: true });
  expect((await files.readDirectory(at('/'), options)).map(({ name }) => name)).toEqual(['copy']);
  expect(said.at(-1)).toBe(`${temporary}, left by a save, is deleted as well`);
});
