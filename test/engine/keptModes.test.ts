import { expect, test } from 'vitest';
import { memoryFolder } from '../../src/server/folder/memoryFolder.ts';
import { type Personality, personalities } from '../../src/server/personality.ts';
import { resolveServedPath, servedRoot } from '../../src/server/folder/servedFolder.ts';
import { at, live, startTestServer } from '../support/engine.ts';
import { openSession } from '../support/session.ts';

const kinds: Readonly<Record<string, Personality>> = {
  'MLST tells modes': {},
  'LIST alone tells modes': { unknown: ['MLST', 'MLSD'] },
  'STAT tells modes': personalities['local-time'],
};

test.each(Object.entries(kinds))('a save keeps the mode of a file where %s', async (_, kind) => {
  const folder = memoryFolder({ '/script.sh': 'old', '/other': 'x' });
  const script = resolveServedPath(servedRoot, '/script.sh') ?? servedRoot;
  await folder.setMode(script, 0o750);
  await using server = await startTestServer({ folder, personality: kind });
  await using fs = openSession(server.endpoint.port);
  const options = { signal: live };
  // Twice: STAT is tried against LIST before it stands in for it.
  for (const content of ['new', 'newer']) {
    await fs.readDirectory(at('/'), { ...options, fresh: true });
    expect((await fs.stat(at('/script.sh'), options)).mode).toBe('0750');
    await fs.writeFile(at('/script.sh'), () => [Buffer.from(content)], {
      ...options,
      create: true,
      overwrite: true,
    });
    expect((await folder.entry(script)).mode.toString(8)).toBe('750');
    expect((await folder.entry(script)).size).toBe(content.length);
  }
});
