import { describe, expect, test } from 'vitest';
import { type Personality, personalities } from '../../src/server/personality.ts';
import type { RemoteChange } from '../../src/session/remoteFileSystem.ts';
import { at, live, startTestServer } from '../support/engine.ts';
import { openSession } from '../support/session.ts';

const options = { signal: live };
const files = { '/a.txt': 'abc', '/dir/b [1].txt': 'x', '/dir/.hidden': 'y', '/empty/.keep': '' };

const kinds: Readonly<Record<string, Personality>> = {
  'a modern server': {},
  'a server without MLSD, in a zone of its own': personalities['local-time'],
};

for (const [kind, personality] of Object.entries(kinds)) {
  describe(`where no data connection can be had, ${kind}`, () => {
    test('folders are browsed and changed, and files tell why they cannot be read', async () => {
      const faults = { refusesData: true };
      await using server = await startTestServer({ files, personality, faults });
      await using fs = openSession(server.endpoint.port);
      const changes: RemoteChange[] = [];
      fs.onDidChange((each) => changes.push(...each));
      const names = async (folder: string): Promise<string[]> =>
        (await fs.readDirectory(at(folder), { ...options, fresh: true }))
          .map(({ name }) => name)
          .toSorted();

      expect(await names('/')).toEqual(['a.txt', 'dir', 'empty']);
      expect(await names('/dir')).toEqual(['.hidden', 'b [1].txt']);
      expect(await fs.stat(at('/a.txt'), options)).toMatchObject({ type: 'file', size: 3 });
      await expect(fs.readDirectory(at('/none'), options)).rejects.toMatchObject({
        reason: 'notFound',
      });
      const whole = { ...options, fresh: true, exact: true };
      const exact = await fs.stat(at('/dir/b [1].txt'), whole);
      expect(exact).toMatchObject({ precision: 'second', size: 1 });
      expect(changes).toEqual([]);
      expect(fs.state.rung).toMatch(/^control connection · TLS 1\.\d$/);

      await expect(fs.readFile(at('/a.txt'), options)).rejects.toThrow(
        /Reading \/a\.txt failed: no data port that may be used .*No data connection could be opened/s,
      );
      const save = fs.writeFile(at('/a.txt'), () => [Buffer.from('new')], {
        ...options,
        create: true,
        overwrite: true,
      });
      await expect(save).rejects.toThrow(/No data connection could be opened/);

      await fs.createDirectory(at('/made'), options);
      await fs.rename(at('/a.txt'), at('/made/c.txt'), { ...options, overwrite: false });
      expect(await names('/made')).toEqual(['c.txt']);
      await fs.delete(at('/dir'), { ...options, recursive: true });
      expect(await names('/')).toEqual(['empty', 'made']);
      await fs.setModified(at('/made/c.txt'), new Date('2020-02-03T04:05:06Z'), options);
      const { modified } = await fs.stat(at('/made/c.txt'), { ...options, exact: true });
      expect(modified?.toISOString()).toBe('2020-02-03T04:05:06.000Z');
      expect(server.counters.dataOpened).toBe(0);
    });
  });
}

test('a second save tries the data ports again, though the folder is listed without them before', async () => {
  const faults = { refusesData: true };
  await using server = await startTestServer({ files, faults });
  await using fs = openSession(server.endpoint.port);
  const save = async (): Promise<unknown> =>
    fs.writeFile(at('/a.txt'), () => [Buffer.from('new')], {
      ...options,
      create: true,
      overwrite: true,
    });
  await fs.readDirectory(at('/'), options);
  await expect(save()).rejects.toThrow(/No data connection could be opened/);
  faults.refusesData = false;
  await expect(save()).resolves.toMatchObject({ kind: 'written' });
});
