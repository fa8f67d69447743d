import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../../../src/ftp/errors.ts';
import { RemoteFileError } from '../../../../src/session/remoteFileError.ts';
import { FakeServer, type Fault } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf } from '../fakeSession.ts';
import { listeningLogger } from '../../../support/listeningLogger.ts';

/** The first command that begins so fails, once. */
function failOnce(server: FakeServer, start: string, fault: Fault): void {
  let failed = false;
  server.fault = (_, command) => {
    if (failed || !command.startsWith(start)) return undefined;
    failed = true;
    return fault;
  };
}

describe('delete', () => {
  const recursive = { recursive: true };

  it('deletes a tree, depth first', async () => {
    const server = new FakeServer()
      .folder('/a')
      .folder('/a/b')
      .file('/a/b/c', 'c')
      .file('/a/d', 'd');
    await using files = openFake(server);
    await files.delete(path('/a'), { ...calm(), ...recursive });
    expect(server.names('/')).toEqual([]);
    expect(await reasonOf(files.stat(path('/a/b'), calm()))).toBe('notFound');
  });

  it('leaves a folder that is not empty unless told otherwise', async () => {
    const server = new FakeServer().folder('/a').file('/a/d', 'd');
    await using files = openFake(server);
    const deleting = files.delete(path('/a'), { ...calm(), recursive: false });
    expect(await reasonOf(deleting)).toBe('notEmpty');
    expect(server.names('/a')).toEqual(['d']);
  });

  it('takes a link, and never what it leads to', async () => {
    const server = new FakeServer().folder('/keep').file('/keep/me', 'm').folder('/a');
    server.link('/a/link', '../keep').file('/a/b', 'b');
    await using files = openFake(server);
    await files.delete(path('/a'), { ...calm(), ...recursive });
    expect([server.names('/'), server.text('/keep/me')]).toEqual([['keep'], 'm']);
  });

  it('takes a link that is listed as a folder, and never what it leads to', async () => {
    const server = new FakeServer({ hidesLinks: true }).folder('/keep').file('/keep/me', 'm');
    server.link('/link', 'keep');
    await using files = openFake(server);
    await files.delete(path('/link'), { ...calm(), ...recursive });
    expect([server.names('/'), server.text('/keep/me')]).toEqual([['keep'], 'm']);
  });

  it('takes what a save left along with its folder, and the log names it', async () => {
    const name = '.portside-0123456789ab-b';
    const server = new FakeServer().folder('/a').file(`/a/${name}`, 'b').file('/a/c', 'c');
    const said: string[] = [];
    const logger = listeningLogger(['warn'], (line) => said.push(line));
    await using files = openFake(server, { logger });
    await files.delete(path('/a'), { ...calm(), ...recursive });
    expect([server.names('/'), said.join()]).toEqual([[], expect.stringContaining(name)]);
  });

  it('takes nothing while a save of this session sends its bytes into the folder', async () => {
    const server = new FakeServer().folder('/a').file('/a/c', 'c').file('/a/b', 'old');
    // Through a link the save has another path than the folder that is deleted.
    server.link('/link', '/a/b');
    let ids = 0;
    const newId = (): string => `${ids++}`.padStart(12, '0');
    await using files = openFake(server, { newId });
    let deleting = Promise.resolve('not begun');
    const source = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes('n');
      deleting = reasonOf(files.delete(path('/a'), { ...calm(), ...recursive }));
      await deleting;
      yield bytes('ew');
    };
    const rules = { ...calm(), create: false, overwrite: true };
    await files.writeFile(path('/link'), source, rules);
    expect(await deleting).toBe('notEmpty');
    expect([server.names('/a'), server.text('/a/b')]).toEqual([['b', 'c'], 'new']);
  });

  it('takes a link that is listed as a folder which nobody may see', async () => {
    const server = new FakeServer({ hidesLinks: true })
      .folder('/keep')
      .folder('/a')
      .file('/a/1', '1');
    server.link('/a/link', '/keep');
    server.fault = (_, command) => (command === 'MLSD /a/link' ? 'reply550' : undefined);
    await using files = openFake(server);
    await files.delete(path('/a'), { ...calm(), ...recursive });
    expect(server.names('/')).toEqual(['keep']);
  });

  it('takes nothing of a tree of which a part cannot be seen', async () => {
    const server = new FakeServer().folder('/a').file('/a/1', '1').folder('/a/b').folder('/a/b/c');
    server.fault = (_, command) => (command === 'MLSD /a/b/c' ? 'reply550' : undefined);
    await using files = openFake(server);
    const deleting = files.delete(path('/a'), { ...calm(), ...recursive });
    await expect(deleting).rejects.toThrow('/a/b/c');
    expect([server.names('/a'), server.names('/a/b')]).toEqual([['1', 'b'], ['c']]);
  });

  it.each<Fault>(['reply550', 'reply451'])(
    'goes on after what is refused with %s',
    async (fault) => {
      const server = new FakeServer().folder('/a').file('/a/1', '1').file('/a/2', '2');
      server
        .folder('/a/b')
        .file('/a/b/3', '3')
        .file('/a/b/4', '4')
        .folder('/a/c')
        .file('/a/c/5', '5');
      server.fault = (_, command) => (/^DELE .*\/[13]$/.test(command) ? fault : undefined);
      await using files = openFake(server);
      const error = await files
        .delete(path('/a'), { ...calm(), ...recursive })
        .catch((error: unknown) => error);
      if (!(error instanceof RemoteFileError)) throw error;
      expect(error.failures?.map(({ path }) => path)).toEqual(['/a/1', '/a/b/3']);
      expect(error.message).toContain('/a/b/3');
      expect([server.names('/a'), server.names('/a/b')]).toEqual([['1', 'b'], ['3']]);
    },
  );

  it('does not mind what somebody else deletes at the same time', async () => {
    const server = new FakeServer().folder('/a').file('/a/1', '1').file('/a/2', '2');
    server.before = (command) => {
      if (command === 'DELE /a/1') server.nodes.delete(path('/a/1'));
    };
    await using files = openFake(server);
    await files.delete(path('/a'), { ...calm(), ...recursive });
    expect(server.names('/')).toEqual([]);
  });

  it('does not try all that is left when the server is gone', async () => {
    const server = new FakeServer().folder('/a');
    for (let at = 0; at < 50; at++) server.file(`/a/${at}`, 'x');
    await using files = openFake(server, { maxConnections: 1 });
    server.before = (command) => {
      if (!command.startsWith('DELE /a/')) return;
      server.greet = async () => {
        throw new ConnectionError('control', 'Nobody answers');
      };
      for (const connection of server.connections) connection.drop();
    };
    const deleting = files.delete(path('/a'), { ...calm(), ...recursive });
    expect(await reasonOf(deleting)).toBe('unavailable');
    expect(server.count('DELE')).toBeLessThan(10);
  });

  it('can be cancelled in the middle', async () => {
    const server = new FakeServer().folder('/a');
    for (let at = 0; at < 100; at++) server.file(`/a/${at}`, 'x');
    await using files = openFake(server);
    const controller = new AbortController();
    server.before = (command) => {
      if (command === 'DELE /a/50') controller.abort(new Error('no more'));
    };
    const deleting = files.delete(path('/a'), { signal: controller.signal, ...recursive });
    await expect(deleting).rejects.toThrow('no more');
    expect(server.names('/a').length).toBeGreaterThan(40);
  });

  it('says what is not there, and refuses the root', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    const missing = files.delete(path('/a'), { ...calm(), ...recursive });
    expect(await reasonOf(missing)).toBe('notFound');
    const root = files.delete(path('/'), { ...calm(), ...recursive });
    expect(await reasonOf(root)).toBe('noPermissions');
  });

  it.each<Fault>(['lostBefore', 'lostAfter', 'reply451'])(
    'deletes once through %s',
    async (fault) => {
      const server = new FakeServer().file('/a', 'a').file('/b', 'b');
      failOnce(server, 'DELE /a', fault);
      await using files = openFake(server);
      await files.delete(path('/a'), { ...calm(), recursive: false });
      expect(server.names('/')).toEqual(['b']);
    },
  );
});

describe('rename', () => {
  const keep = { overwrite: false };
  const over = { overwrite: true };

  it('renames, and knows the new name', async () => {
    const server = new FakeServer().file('/a', 'a');
    await using files = openFake(server);
    await files.rename(path('/a'), path('/b'), { ...calm(), ...keep });
    expect(server.names('/')).toEqual(['b']);
    expect((await files.stat(path('/b'), calm())).size).toBe(1);
    expect(await reasonOf(files.stat(path('/a'), calm()))).toBe('notFound');
  });

  it('moves a folder with what is in it', async () => {
    const server = new FakeServer().folder('/a').file('/a/x', 'x').folder('/c');
    await using files = openFake(server);
    await files.readDirectory(path('/a'), calm());
    await files.rename(path('/a'), path('/c/b'), { ...calm(), ...keep });
    expect(server.names('/c/b')).toEqual(['x']);
    expect((await files.stat(path('/c/b/x'), calm())).size).toBe(1);
    expect(await reasonOf(files.stat(path('/a/x'), calm()))).toBe('notFound');
  });

  it('refuses a name that is there, also one that came since the last listing', async () => {
    const server = new FakeServer().file('/a', 'a').file('/c', 'c');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    server.file('/b', 'b');
    const renaming = files.rename(path('/a'), path('/b'), { ...calm(), ...keep });
    expect(await reasonOf(renaming)).toBe('exists');
    expect(server.text('/b')).toBe('b');
  });

  it.each([true, false])(
    'replaces a file with `overwrite` (renames over: %s)',
    async (renameOver) => {
      const server = new FakeServer({ renameOver }).file('/a', 'new').file('/b', 'old');
      await using files = openFake(server);
      await files.rename(path('/a'), path('/b'), { ...calm(), ...over });
      expect([server.names('/'), server.text('/b')]).toEqual([['b'], 'new']);
    },
  );

  it('replaces a folder by a folder, and no file by a folder', async () => {
    const server = new FakeServer({ renameOver: false }).folder('/a').file('/a/new', 'n');
    server.folder('/b').file('/b/old', 'o').file('/c', 'c');
    await using files = openFake(server);
    await files.rename(path('/a'), path('/b'), { ...calm(), ...over });
    expect([server.names('/'), server.names('/b')]).toEqual([['b', 'c'], ['new']]);
    const wrong = files.rename(path('/b'), path('/c'), { ...calm(), ...over });
    expect(await reasonOf(wrong)).toBe('notADirectory');
    const other = files.rename(path('/c'), path('/b'), { ...calm(), ...over });
    expect(await reasonOf(other)).toBe('isADirectory');
  });

  it('asks to rename over a file although renaming over a folder was refused', async () => {
    const server = new FakeServer().folder('/a').folder('/b').file('/c', 'new').file('/d', 'old');
    failOnce(server, 'RNTO /a /b', 'reply550');
    await using files = openFake(server);
    await files.rename(path('/a'), path('/b'), { ...calm(), ...over });
    const before = server.count('RNTO');
    await files.rename(path('/c'), path('/d'), { ...calm(), ...over });
    expect([server.text('/d'), server.count('RNTO') - before]).toEqual(['new', 1]);
  });

  it('changes the case of a name on a server that ignores it', async () => {
    const server = new FakeServer().file('/readme', 'r');
    await using files = openFake(server);
    const { nodes } = server;
    const get = nodes.get.bind(nodes);
    nodes.get = (key) => get(key) ?? (key === '/README' ? get(path('/readme')) : undefined);
    await files.rename(path('/readme'), path('/README'), { ...calm(), ...keep });
    expect(server.names('/')).toEqual(['README']);
  });

  it('refuses to move a folder into itself, and what is not there', async () => {
    const server = new FakeServer().folder('/a');
    await using files = openFake(server);
    const inside = files.rename(path('/a'), path('/a/b'), { ...calm(), ...keep });
    expect(await reasonOf(inside)).toBe('invalidName');
    const missing = files.rename(path('/x'), path('/y'), { ...calm(), ...keep });
    expect(await reasonOf(missing)).toBe('notFound');
    expect(await reasonOf(files.rename(path('/a'), path('/a'), { ...calm(), ...keep }))).toBe(
      'nothing failed',
    );
  });

  it.each<Fault>(['lostBefore', 'lostAfter', 'reply451'])(
    'renames once through %s',
    async (fault) => {
      const server = new FakeServer().file('/a', 'a');
      failOnce(server, 'RNTO', fault);
      await using files = openFake(server);
      await files.rename(path('/a'), path('/b'), { ...calm(), ...keep });
      expect(server.names('/')).toEqual(['b']);
    },
  );
});

describe('createDirectory', () => {
  it('makes a folder, once', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    await files.createDirectory(path('/a'), calm());
    expect(await files.readDirectory(path('/a'), calm())).toEqual([]);
    expect(await reasonOf(files.createDirectory(path('/a'), calm()))).toBe('exists');
    expect(await reasonOf(files.createDirectory(path('/x/y'), calm()))).toBe('notFound');
  });

  it.each<Fault>(['lostBefore', 'lostAfter'])('makes it once through %s', async (fault) => {
    const server = new FakeServer();
    failOnce(server, 'MKD', fault);
    await using files = openFake(server);
    await files.createDirectory(path('/a'), calm());
    expect(server.names('/')).toEqual(['a']);
  });
});

describe('a folder whose making is refused though it was made', () => {
  it('is made, where it was known not to be there before', async () => {
    const server = new FakeServer().file('/x', 'x');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    failOnce(server, 'MKD', 'denied');
    await files.createDirectory(path('/a'), calm());
    expect(server.names('/')).toEqual(['a', 'x']);
  });

  it('is told to be there, and perhaps made just now, where nothing was known', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    failOnce(server, 'MKD', 'denied');
    await expect(files.createDirectory(path('/a'), calm())).rejects.toMatchObject({
      reason: 'exists',
      message: expect.stringMatching(/552.*may have been made/),
    });
  });
});

describe('a folder made while the connection broke', () => {
  it('is found by a new listing, where the server tells nothing of single folders', async () => {
    const server = new FakeServer({ mlst: false }).file('/x', 'x').file('/y', 'y');
    failOnce(server, 'MKD', 'lostAfter');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    await files.createDirectory(path('/a'), calm());
    expect(server.count('MKD')).toBe(1);
  });
});

describe('copy', () => {
  const over = { overwrite: true };
  const keep = { overwrite: false };

  it('copies a file, and refuses one that is there', async () => {
    const server = new FakeServer().file('/a', 'a').file('/b', 'b');
    await using files = openFake(server);
    await files.copy(path('/a'), path('/c'), { ...calm(), ...keep });
    expect(await reasonOf(files.copy(path('/a'), path('/b'), { ...calm(), ...keep }))).toBe(
      'exists',
    );
    await files.copy(path('/a'), path('/b'), { ...calm(), ...over });
    expect([server.text('/a'), server.text('/b'), server.text('/c')]).toEqual(['a', 'a', 'a']);
  });

  it('copies a folder with what is in it, links to files as files', async () => {
    const server = new FakeServer().folder('/a').folder('/a/b').file('/a/b/c', 'c').file('/x', 'x');
    server.link('/a/link', '../x');
    await using files = openFake(server);
    await files.copy(path('/a'), path('/copy'), { ...calm(), ...keep });
    expect([server.text('/copy/b/c'), server.text('/copy/link')]).toEqual(['c', 'x']);
  });

  it('keeps the modes of what it copies, and asks for none that is right already', async () => {
    const server = new FakeServer({ mode: '0644' }).folder('/a');
    server.file('/a/run', 'r', { mode: '0755' }).file('/a/plain', 'p').link('/a/l', 'run');
    await using files = openFake(server);
    await files.copy(path('/a'), path('/b'), { ...calm(), ...keep });
    const modes = ['run', 'plain', 'l'].map((name) => server.nodes.get(path(`/b/${name}`))?.mode);
    expect(modes).toEqual(['0755', '0644', '0755']);
    expect(server.commands.filter((command) => command.includes('CHMOD'))).toHaveLength(2);
  });

  it('says which links lead to no file before it copies anything', async () => {
    const server = new FakeServer()
      .folder('/a')
      .file('/a/c', 'c')
      .folder('/x')
      .link('/a/l', '../x');
    await using files = openFake(server);
    const copying = files.copy(path('/a'), path('/copy'), { ...calm(), ...keep });
    await expect(copying).rejects.toThrow('/a/l');
    expect(server.names('/')).toEqual(['a', 'x']);
  });

  it('refuses to copy a folder into itself', async () => {
    const server = new FakeServer().folder('/a');
    await using files = openFake(server);
    const copying = files.copy(path('/a'), path('/a/b'), { ...calm(), ...keep });
    expect(await reasonOf(copying)).toBe('invalidName');
  });

  it('passes a large file from one connection to another', async () => {
    const large = new Uint8Array(17 * 1024 * 1024).fill(7);
    const server = new FakeServer().file('/a', new Uint8Array(0));
    server.nodes.set(path('/a'), { type: 'file', content: large, modified: 0, mode: undefined });
    // In whole pieces, for the fake puts them together anew each time.
    await using files = openFake(server, { maxConnections: 2 });
    await files.copy(path('/a'), path('/b'), { ...calm(), ...keep });
    expect(server.nodes.get(path('/b'))?.content.length).toBe(large.length);
    expect(server.peak).toBe(2);
  });

  it('refuses a large file where there is one connection only', async () => {
    const server = new FakeServer().file('/a', new Uint8Array(17 * 1024 * 1024));
    await using files = openFake(server, { maxConnections: 1 });
    const copying = files.copy(path('/a'), path('/b'), { ...calm(), ...keep });
    expect(await reasonOf(copying)).toBe('unsupported');
    expect(server.names('/')).toEqual(['a']);
  });
});
