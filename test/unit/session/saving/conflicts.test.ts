import { describe, expect, it } from 'vitest';
import type {
  Expected,
  RemoteFileSystem,
  WriteOutcome,
} from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer, type FakeServerOptions } from '../fakeConnection.ts';
import { bytes, calm, openFake, path } from '../fakeSession.ts';

async function read(files: RemoteFileSystem): Promise<Expected> {
  return (await files.readFile(path('/a'), calm())).identity;
}

function write(files: RemoteFileSystem, expected: Expected, text = 'ours'): Promise<WriteOutcome> {
  const rules = { create: true, overwrite: true, expected };
  return files.writeFile(path('/a'), () => [bytes(text)], { ...calm(), ...rules });
}

/** A server whose clock has been measured by an upload, and a file that is older than that. */
async function settledFile(
  options: FakeServerOptions = {},
  content = 'base',
): Promise<{ server: FakeServer; files: RemoteFileSystem; expected: Expected }> {
  const server = new FakeServer(options).file('/a', content);
  server.clock.advance(10_000);
  const files = openFake(server);
  await files.writeFile(path('/z'), () => [bytes('z')], {
    ...calm(),
    create: true,
    overwrite: true,
  });
  return { server, files, expected: await read(files) };
}

describe('a write that expects what was read', () => {
  it('goes on while that is still there, without reading a large file that has settled', async () => {
    const { server, files, expected } = await settledFile({}, 'x'.repeat(300_000));
    await using _files = files;
    expect(expected).toMatchObject({ settled: true });
    const asked = server.count('RETR');
    expect((await write(files, expected)).kind).toBe('written');
    expect([server.text('/a'), server.count('RETR')]).toEqual(['ours', asked]);
  });

  it.each([
    [{ mode: '0644' }, 'MLST RETR STOR MLST MLST RNTO MLST MLST', 4],
    [{ mode: '0644', hash: true }, 'STOR MLST HASH MLST HASH RNTO MLST MLST', 3],
    [{ mode: '0644', hash: true, unique: true }, 'STOR MLST HASH MLST HASH RNTO MLST', 3],
  ])(
    'costs three turns, of which the STOR takes two round trips: %j',
    async (options, said, turns) => {
      const { server, files, expected } = await settledFile(options);
      await using _files = files;
      const [rounds, asked] = [server.rounds, server.commands.length];
      expect((await write(files, expected)).kind).toBe('written');
      const verbs = server.commands.slice(asked).map((command) => command.split(' ')[0]);
      expect(verbs.join(' ')).toBe(said);
      expect(server.rounds - rounds).toBe(turns);
    },
  );

  it('sends no byte when the answer that comes with the STOR forbids it', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    server.file('/a', 'theirs');
    let asked = 0;
    const rules = { create: true, overwrite: true, expected };
    const source = (): Uint8Array[] => {
      asked++;
      return [bytes('ours')];
    };
    const outcome = await files.writeFile(path('/a'), source, { ...calm(), ...rules });
    expect([outcome.kind, asked, server.names('/')]).toEqual(['conflict', 0, ['a', 'z']]);
  });

  it('sees a change of size, and says what is there', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    server.file('/a', 'theirs');
    const outcome = await write(files, expected);
    expect(outcome).toMatchObject({ kind: 'conflict', found: { size: 6 } });
    expect([server.text('/a'), server.names('/')]).toEqual(['theirs', ['a', 'z']]);
  });

  it('sees a change of equal size and older time', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    server.file('/a', 'BASE', { modified: server.clock.now() - 86_400_000 });
    expect((await write(files, expected)).kind).toBe('conflict');
    expect(server.text('/a')).toBe('BASE');
  });

  it.each([{ hash: true }, { hash: false }, { mlst: false }])(
    'sees a change that left size and time as they were: %j',
    async (options) => {
      const { server, files, expected } = await settledFile(options);
      await using _files = files;
      expect(expected).toMatchObject({ settled: true });
      const modified = server.nodes.get(path('/a'))?.modified ?? 0;
      server.file('/a', 'BASE', { modified });
      const outcome = await write(files, expected);
      expect(outcome).toMatchObject({ kind: 'conflict', found: { size: 4 } });
      expect([server.text('/a'), server.names('/')]).toEqual(['BASE', ['a', 'z']]);
    },
  );

  it('reads what stands there while its own bytes are on their way, by another connection', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    const { promise: stored, resolve } = Promise.withResolvers<void>();
    server.late = (command) => (command.startsWith('STOR') ? stored : Promise.resolve());
    server.before = (command) => {
      if (command.startsWith('RETR')) resolve();
    };
    expect((await write(files, expected)).kind).toBe('written');
    expect(server.text('/a')).toBe('ours');
  });

  it('reads it before the rename where there is one connection only', async () => {
    const server = new FakeServer({ maxLogins: 1 }).file('/a', 'base');
    server.clock.advance(10_000);
    await using files = openFake(server, { maxConnections: 1 });
    await files.readDirectory(path('/'), calm());
    expect((await write(files, await read(files))).kind).toBe('written');
    expect(server.text('/a')).toBe('ours');
  });

  it('takes the closer look when what stands there cannot be read', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    let refused = 0;
    server.fault = (_, command) =>
      command.startsWith('RETR') && refused++ === 0 ? 'reply550' : undefined;
    expect((await write(files, expected)).kind).toBe('written');
    expect([server.text('/a'), server.names('/')]).toEqual(['ours', ['a', 'z']]);
  });

  it('sees a change of equal size within the same second', async () => {
    const server = new FakeServer().file('/a', 'base');
    await using files = openFake(server);
    const expected = await read(files);
    server.file('/a', 'BASE');
    expect(expected).toMatchObject({ settled: false });
    expect((await write(files, expected)).kind).toBe('conflict');
    expect(server.text('/a')).toBe('BASE');
  });

  it('goes on when only the time has changed and the bytes have not', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    server.file('/a', 'base');
    expect((await write(files, expected)).kind).toBe('written');
    expect(server.text('/a')).toBe('ours');
  });

  it('compares hashes where the server offers them, and reads nothing', async () => {
    const server = new FakeServer({ hash: true }).file('/a', 'base');
    await using files = openFake(server);
    const expected = await read(files);
    const asked = server.count('RETR');
    server.file('/a', 'BASE');
    expect((await write(files, expected)).kind).toBe('conflict');
    expect(server.count('RETR')).toBe(asked);
  });

  it('sees that the file has gone', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    server.nodes.delete(path('/a'));
    expect(await write(files, expected)).toEqual({ kind: 'conflict', found: 'absent' });
    expect(server.names('/')).toEqual(['z']);
  });

  it('sees a change that comes while its bytes are on their way', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    server.before = (command) => {
      if (command.startsWith('STOR')) server.file('/a', 'theirs');
    };
    expect((await write(files, expected)).kind).toBe('conflict');
    expect([server.text('/a'), server.names('/')]).toEqual(['theirs', ['a', 'z']]);
  });

  it('may be made over exactly what was found, and over nothing newer', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    server.file('/a', 'theirs');
    const first = await write(files, expected);
    if (first.kind !== 'conflict') throw new Error('There was no conflict');
    server.file('/a', 'THEIRS');
    const second = await write(files, first.found);
    if (second.kind !== 'conflict') throw new Error('The second change was not seen');
    expect((await write(files, second.found)).kind).toBe('written');
    expect(server.text('/a')).toBe('ours');
  });

  it('knows its own save, and what somebody wrote over it within the same second', async () => {
    const server = new FakeServer().file('/a', 'base');
    await using files = openFake(server);
    const first = await write(files, await read(files), 'ours');
    if (first.kind !== 'written') throw new Error('The first save failed');
    const second = await write(files, first.identity, 'more');
    if (second.kind !== 'written') throw new Error('Our own save was taken for another');
    server.file('/a', 'MORE');
    expect((await write(files, second.identity, 'last')).kind).toBe('conflict');
  });

  it('tells of doubt where the name shows another file right after its own was put there', async () => {
    const { server, files, expected } = await settledFile();
    await using _files = files;
    let renamed = false;
    server.before = (command) => {
      if (renamed && command === 'MLST /a') server.file('/a', 'theirs, longer');
      renamed ||= command.startsWith('RNTO');
    };
    await expect(write(files, expected)).rejects.toThrow('may or may not have been replaced');
    expect(server.text('/a')).toBe('theirs, longer');
  });

  it('sees a racy change on a server that tells minutes only', async () => {
    const { server, files } = await settledFile({ mlst: false, size: false, precision: 'minute' });
    await using _files = files;
    server.clock.advance(50_000);
    const expected = await read(files);
    expect(expected).toMatchObject({ settled: false });
    server.file('/a', 'BASE');
    expect((await write(files, expected)).kind).toBe('conflict');
  });
});

describe('a write that expects nothing to be there', () => {
  it('makes the file, or says what is there', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    expect((await write(files, 'absent')).kind).toBe('written');
    const outcome = await write(files, 'absent', 'again');
    expect(outcome).toMatchObject({ kind: 'conflict', found: { size: 4 } });
    expect(server.text('/a')).toBe('ours');
  });

  it('sees a file that appears while its bytes are on their way', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    server.before = (command) => {
      if (command.startsWith('STOR')) server.file('/a', 'theirs');
    };
    expect((await write(files, 'absent')).kind).toBe('conflict');
    expect([server.text('/a'), server.names('/')]).toEqual(['theirs', ['a']]);
  });
});
