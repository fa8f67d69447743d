import { describe, expect, it } from 'vitest';
import { FakeServer, type FakeServerOptions } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf } from '../fakeSession.ts';

const why = 'the server said "Output truncated to 1 matches"';

function cutServer(options: FakeServerOptions = {}): FakeServer {
  const server = new FakeServer(options).folder('/d').file('/d/a', 'a').file('/d/b', 'b');
  server.shownInPart.set(path('/d'), why);
  return server;
}

describe('a listing that is less than everything', () => {
  it('is told to whoever reads the folder, each time', async () => {
    await using files = openFake(cutServer());
    const told: string[] = [];
    using _listening = files.onDidListInPart((part) => told.push(`${part.path}: ${part.why}`));
    for (let at = 0; at < 2; at++) {
      const entries = await files.readDirectory(path('/d'), calm());
      expect(entries.map(({ name }) => name)).toEqual(['a']);
    }
    expect(told).toEqual(Array(2).fill(`/d: ${why}`));
  });

  it('hides no name of which the server itself can tell', async () => {
    for (const mlst of [true, false]) {
      await using files = openFake(cutServer({ mlst }));
      await files.readDirectory(path('/d'), calm());
      expect((await files.stat(path('/d/b'), calm())).size).toBe(1);
      expect((await files.readFile(path('/d/b'), calm())).content).toEqual(bytes('b'));
    }
  });

  it('proves no name absent, where the server tells of no single one', async () => {
    await using files = openFake(cutServer({ mlst: false, size: false }));
    await files.readDirectory(path('/d'), calm());
    expect(await reasonOf(files.stat(path('/d/c'), calm()))).toBe('unavailable');
  });

  it('lets MLST say that a name is absent', async () => {
    await using files = openFake(cutServer());
    expect(await reasonOf(files.stat(path('/d/c'), calm()))).toBe('notFound');
  });

  it('of a parent says nothing against a folder that can be entered', async () => {
    for (const mlst of [true, false]) {
      const server = new FakeServer({ mlst }).folder('/home').folder('/home/first');
      server.folder('/home/u').file('/home/u/a', 'a').file('/home/u/b', 'b');
      server.shownInPart.set(path('/home'), why);
      await using files = openFake(server);
      expect((await files.stat(path('/home/u'), calm())).type).toBe('directory');
      expect(await files.readDirectory(path('/home/u'), calm())).toHaveLength(2);
    }
  });

  it('leaves a folder there that is to be deleted with everything in it', async () => {
    const server = cutServer();
    await using files = openFake(server);
    const told: string[] = [];
    using _listening = files.onDidListInPart((part) => told.push(part.path));
    const deleting = files.delete(path('/d'), { ...calm(), recursive: true });
    expect(await reasonOf(deleting)).toBe('notEmpty');
    expect(server.names('/d')).toEqual(['b']);
    expect(told).toContain('/d');
  });
});
