import { describe, expect, it } from 'vitest';
import type { FileIdentity, RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer, type FakeServerOptions } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf } from '../fakeSession.ts';

async function opened(
  options: FakeServerOptions = {},
): Promise<{ server: FakeServer; files: RemoteFileSystem; held: FileIdentity }> {
  const server = new FakeServer(options).file('/a', 'base');
  server.clock.advance(10_000);
  const files = openFake(server);
  const rules = { ...calm(), create: true, overwrite: true };
  await files.writeFile(path('/z'), () => [bytes('z')], rules);
  return { server, files, held: (await files.readFile(path('/a'), calm())).identity };
}

const changes: Readonly<Record<string, (server: FakeServer) => void>> = {
  longer: (server) => void server.file('/a', 'theirs'),
  'of equal size and older': (server) => void server.file('/a', 'BASE', { modified: 5_000 }),
  'of equal size and newer': (server) => void server.file('/a', 'BASE'),
  empty: (server) => void server.file('/a', ''),
};

describe('a file that somebody holds', () => {
  it('is the same while nothing has changed, for one question', async () => {
    const { server, files, held } = await opened();
    await using _files = files;
    const asked = server.commands.length;
    expect(await files.compare(path('/a'), held, calm())).toMatchObject({ kind: 'same' });
    expect(server.commands.slice(asked)).toEqual(['MLST /a']);
  });

  it('is the same when only its time has changed', async () => {
    const { server, files, held } = await opened();
    await using _files = files;
    server.file('/a', 'base');
    expect((await files.compare(path('/a'), held, calm())).kind).toBe('same');
  });

  it.each(Object.entries(changes))('is another one when it is %s', async (_, change) => {
    const { server, files, held } = await opened();
    await using _files = files;
    change(server);
    const told = await files.compare(path('/a'), held, calm());
    if (told.kind !== 'other') throw new Error('The change was not seen');
    // A write over exactly that goes on, and over nothing else.
    const rules = { ...calm(), create: true, overwrite: true, expected: told.found };
    expect((await files.writeFile(path('/a'), () => [bytes('ours')], rules)).kind).toBe('written');
    server.file('/a', 'once more');
    expect((await files.writeFile(path('/a'), () => [bytes('ours')], rules)).kind).toBe('conflict');
  });

  it('is another one by its hash, where the server offers that', async () => {
    const { server, files, held } = await opened({ hash: true });
    await using _files = files;
    server.file('/a', 'BASE', { modified: server.nodes.get(path('/a'))?.modified ?? 0 });
    expect((await files.compare(path('/a'), held, calm())).kind).toBe('other');
  });

  it('is not found when it has gone', async () => {
    const { server, files, held } = await opened();
    await using _files = files;
    server.nodes.delete(path('/a'));
    expect(await reasonOf(files.compare(path('/a'), held, calm()))).toBe('notFound');
  });

  it('is the target of a link, whose own facts say nothing', async () => {
    const server = new FakeServer().folder('/dir').file('/dir/a', 'base').link('/link', 'dir/a');
    server.clock.advance(10_000);
    await using files = openFake(server);
    await files.stat(path('/link'), calm());
    const { identity } = await files.readFile(path('/link'), calm());
    const same = await files.compare(path('/link'), identity, calm());
    expect(same).toMatchObject({
      kind: 'same',
      entry: { name: 'link', type: 'symlink', targetType: 'file', size: 4 },
    });
    const rules = { ...calm(), create: true, overwrite: true, expected: identity };
    expect((await files.writeFile(path('/link'), () => [bytes('ours')], rules)).kind).toBe(
      'written',
    );
    expect((await files.compare(path('/link'), identity, calm())).kind).toBe('other');
  });
});
