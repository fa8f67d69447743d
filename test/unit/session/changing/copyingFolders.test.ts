import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../../src/ftp/errors.ts';
import type { RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { isTemporaryName } from '../../../../src/session/temporaryNames.ts';
import { FakeServer, type FakeServerOptions, type Fault } from '../fakeConnection.ts';
import { bytes, calm, openFake, path } from '../fakeSession.ts';

const contents: Readonly<Record<string, string>> = { a: 'one', b: 'the second', c: '', d: 'four' };

/** A folder of four files, on a server that is known to rename them. */
async function prepare(
  options: FakeServerOptions,
): Promise<{ readonly server: FakeServer; readonly files: RemoteFileSystem }> {
  const server = new FakeServer(options).folder('/from').folder('/from/sub');
  for (const [name, text] of Object.entries(contents)) server.file(`/from/${name}`, text);
  server.file('/from/sub/e', 'five');
  let ids = 0;
  const files = openFake(server, { newId: () => (ids++).toString(16).padStart(12, '0') });
  const rules = { ...calm(), create: true, overwrite: true };
  await files.writeFile(path('/warm'), () => [bytes('w')], rules);
  return { server, files };
}

/** What stands in the copy: whole copies, and what is none. */
function standing(server: FakeServer): { readonly whole: number; readonly others: string[] } {
  const others: string[] = [];
  let whole = 0;
  for (const at of server.nodes.keys()) {
    const name = at.slice('/to/'.length);
    if (!at.startsWith('/to/') || name === 'sub') continue;
    if (server.text(at) === server.text(`/from/${name}`)) whole++;
    else others.push(at);
  }
  return { whole, others };
}

const servers: Readonly<Record<string, FakeServerOptions>> = {
  'with modes': { mode: '0644' },
  'without MLST': { mlst: false },
  'that lists alone': { mlst: false, size: false },
};

describe.each(Object.entries(servers))('a folder copied on a server %s', (_name, options) => {
  it('costs four commands a file, and two listings a folder', async () => {
    const { server, files } = await prepare(options);
    await using _files = files;
    const asked = server.commands.length;
    await files.copy(path('/from'), path('/to'), { ...calm(), overwrite: false });
    expect(standing(server)).toEqual({ whole: 5, others: [] });
    const said = server.commands.slice(asked).filter((command) => command.includes(' /to'));
    const count = (verb: string): number =>
      said.filter((command) => command.startsWith(`${verb} /to`)).length;
    expect(['MKD', 'STOR', 'RNTO', 'MLSD'].map(count)).toEqual([2, 5, 5, 4]);
    expect(said.some((command) => /^(?:SIZE|HASH)/.test(command))).toBe(false);
  });

  it.each<Fault>(['reply550', 'reply451', 'lostBefore', 'lostAfter', 'cancel', 'cancelAfter'])(
    'has whole files alone and leaves no other name, whichever command meets %s',
    async (fault) => {
      const calmly = await prepare(options);
      const start = calmly.server.commands.length;
      await calmly.files.copy(path('/from'), path('/to'), { ...calm(), overwrite: false });
      const commands = calmly.server.commands.slice(start);
      for (const [at, command] of commands.entries()) {
        const { server, files } = await prepare(options);
        await using _files = files;
        const controller = new AbortController();
        const before = server.commands.length;
        server.cancel = () => controller.abort(new Error('The user has cancelled'));
        server.fault = (index) => (index === before + at ? fault : undefined);
        const { signal } = controller;
        const told = await files
          .copy(path('/from'), path('/to'), { signal, overwrite: false })
          .then(
            () => 'done',
            (error: unknown) => String(error),
          );
        const { whole, others } = standing(server);
        const what = `${fault} at ${command}: ${told}`;
        expect(others, what).toEqual([]);
        if (told === 'done') expect(whole, what).toBe(5);
        expect(server.names('/').some(isTemporaryName), what).toBe(false);
      }
    },
  );
});

describe('the files of a folder that is copied', () => {
  it('are not taken for whole where their sizes differ', async () => {
    const { server, files } = await prepare({});
    await using _files = files;
    server.before = (command) => {
      if (!command.startsWith('MLSD /to')) return;
      for (const [at, node] of server.nodes) if (at.endsWith('-b')) node.content = bytes('half');
    };
    const copying = files.copy(path('/from'), path('/to'), { ...calm(), overwrite: false });
    await expect(copying).rejects.toMatchObject({ reason: 'damaged' });
    expect(server.names('/to')).toEqual([]);
  });

  it('do not take the name of a file that another program makes meanwhile', async () => {
    const { server, files } = await prepare({});
    await using _files = files;
    server.before = (command) => {
      if (command.startsWith('STOR /to') && command.endsWith('-c')) server.file('/to/b', 'theirs');
    };
    const copying = files.copy(path('/from'), path('/to'), { ...calm(), overwrite: false });
    await expect(copying).rejects.toMatchObject({ reason: 'exists' });
    expect(server.text('/to/b')).toBe('theirs');
    expect(server.names('/to').some(isTemporaryName)).toBe(false);
  });

  it('are renamed again where the server has confirmed what it did not do', async () => {
    const { server, files } = await prepare({});
    await using _files = files;
    let feigned = 0;
    server.before = (command) => {
      const at = command.split(' ')[1] ?? '';
      const node = server.nodes.get(path(at));
      if (!command.startsWith('RNTO /to') || feigned++ > 0 || !node) return;
      // It is back when the next command comes.
      server.before = () => {
        server.nodes.delete(path('/to/a'));
        server.nodes.set(path(at), node);
        server.before = () => {};
      };
    };
    await files.copy(path('/from'), path('/to'), { ...calm(), overwrite: false });
    expect(standing(server)).toEqual({ whole: 5, others: [] });
    const shown = (await files.readDirectory(path('/to'), calm())).map(({ name }) => name);
    expect(shown.toSorted()).toEqual(['a', 'b', 'c', 'd', 'sub']);
  });

  it('are given up where the server is gone', async () => {
    const { server, files } = await prepare({});
    await using _files = files;
    server.fault = (_, command) => {
      if (!command.startsWith('STOR /to') || !command.endsWith('-c')) return undefined;
      server.greet = () => Promise.reject(new ConnectionError('control', 'The server is gone'));
      return 'lostBefore';
    };
    const copying = files.copy(path('/from'), path('/to'), { ...calm(), overwrite: false });
    await expect(copying).rejects.toMatchObject({ reason: 'unavailable' });
  });
});
