import { describe, expect, it } from 'vitest';
import type { FileIdentity, RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer, type FakeServerOptions } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, settle } from '../fakeSession.ts';

const servers: readonly FakeServerOptions[] = [
  { hash: true },
  {},
  { mlst: false },
  { hash: true, mode: '0644' },
];

async function save(
  files: RemoteFileSystem,
  expected: FileIdentity,
  text: string,
): Promise<FileIdentity> {
  const rules = { create: true, overwrite: true, expected };
  const outcome = await files.writeFile(path('/a'), () => [bytes(text)], { ...calm(), ...rules });
  if (outcome.kind !== 'written') throw new Error('A save of our own was taken for another');
  return outcome.identity;
}

function verbsFrom(server: FakeServer, start: number): string {
  const verbs = server.commands.slice(start).map((command) => command.split(' ')[0] ?? '');
  // What is read beside the upload comes anywhere among its commands.
  return verbs.toSorted().join(' ');
}

/** One session, whose clock has been measured, and a file that is older than that. */
async function opened(
  options: FakeServerOptions,
  content: string,
): Promise<{ server: FakeServer; files: RemoteFileSystem; first: FileIdentity }> {
  const server = new FakeServer(options).file('/a', content);
  server.clock.advance(10_000);
  const files = openFake(server);
  const rules = { ...calm(), create: true, overwrite: true };
  await files.writeFile(path('/z'), () => [bytes('z')], rules);
  return { server, files, first: (await files.readFile(path('/a'), calm())).identity };
}

describe.each(servers)('the save after a save, on a server with %j', (options) => {
  it('costs what the first did, at once', async () => {
    const { server, files, first } = await opened(options, 'base');
    await using _files = files;
    const costs: string[] = [];
    let identity = first;
    for (const text of ['one', 'two', 'three']) {
      const start = server.commands.length;
      identity = await save(files, identity, text);
      costs.push(verbsFrom(server, start));
    }
    expect(new Set(costs).size).toBe(1);
    expect(server.text('/a')).toBe('three');
  });

  it('of a large file costs what the first did, once the clock has moved on', async () => {
    const { server, files, first } = await opened(options, 'x'.repeat(300_000));
    await using _files = files;
    const costs: string[] = [];
    let identity = first;
    for (const letter of ['a', 'b', 'c']) {
      const start = server.commands.length;
      identity = await save(files, identity, letter.repeat(300_000));
      costs.push(verbsFrom(server, start));
      const asked = server.commands.length;
      const settling = files.settle(path('/a'), identity, calm());
      await settle();
      server.clock.advance(4_000);
      const settled = await settling;
      expect(settled).toEqual({ ...identity, settled: true });
      expect(verbsFrom(server, asked)).toBe('MLST');
      identity = settled ?? identity;
    }
    expect(new Set(costs).size).toBe(1);
    expect(server.count('RETR')).toBe(1);
  });
});

describe('what has just been written', () => {
  it('does not settle when somebody else has written since', async () => {
    const { server, files, first } = await opened({}, 'x'.repeat(300_000));
    await using _files = files;
    const identity = await save(files, first, 'a'.repeat(300_000));
    const settling = files.settle(path('/a'), identity, calm());
    await settle();
    server.clock.advance(4_000);
    server.file('/a', 'b'.repeat(300_000));
    expect(await settling).toBeUndefined();
  });

  it('is asked for in the background, and no longer than anybody wants to know', async () => {
    const { server, files, first } = await opened({}, 'base');
    await using _files = files;
    const identity = await save(files, first, 'a'.repeat(300_000));
    const asked = server.commands.length;
    const cancelled = new AbortController();
    const settling = files.settle(path('/a'), identity, { signal: cancelled.signal });
    await settle();
    cancelled.abort(new Error('closed'));
    await expect(settling).rejects.toThrow('closed');
    expect(server.commands.length).toBe(asked);
  });

  it('never settles where the server tells days only', async () => {
    const options = { mlst: false, size: false, precision: 'day' } as const;
    const { files, first } = await opened(options, 'x'.repeat(300_000));
    await using _files = files;
    expect(await files.settle(path('/a'), first, calm())).toBeUndefined();
  });
});
