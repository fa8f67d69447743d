import { describe, expect, it } from 'vitest';
import type { OldBytes } from '../../../../src/session/saving/oldBytes.ts';
import type { RemoteFileSystem, WriteOptions } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf, settle } from '../fakeSession.ts';

const over = (): WriteOptions => ({ ...calm(), create: true, overwrite: true });

function write(files: RemoteFileSystem, to: string, text: string): Promise<unknown> {
  return files.writeFile(path(to), () => [bytes(text)], over());
}

describe('writeFile', () => {
  it('puts the new bytes under the name by way of a temporary file', async () => {
    const server = new FakeServer().file('/index.html', 'old');
    await using files = openFake(server);
    const outcome = await files.writeFile(path('/index.html'), () => [bytes('new')], over());
    expect(outcome).toMatchObject({ kind: 'written', identity: { size: 3, settled: false } });
    expect(server.text('/index.html')).toBe('new');
    expect(server.names('/')).toEqual(['index.html']);
    expect(server.commands).toContain('STOR /.portside-id0-index.html');
  });

  it('creates, replaces and refuses as the options say', async () => {
    const server = new FakeServer().file('/a', 'old').folder('/dir');
    await using files = openFake(server);
    const write = (to: string, create: boolean, overwrite: boolean): Promise<string> =>
      reasonOf(files.writeFile(path(to), () => [bytes('new')], { ...calm(), create, overwrite }));
    expect(await write('/a', true, false)).toBe('exists');
    expect(await write('/b', false, true)).toBe('notFound');
    expect(await write('/dir', true, true)).toBe('isADirectory');
    expect(await write('/no/b', true, true)).toBe('notFound');
    expect(server.names('/')).toEqual(['a', 'dir']);
    expect(await write('/b', true, false)).toBe('nothing failed');
    expect(server.text('/b')).toBe('new');
  });

  it('refuses a file that appears while its bytes are on their way', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    server.before = (command) => {
      if (command.startsWith('STOR')) server.file('/a', 'theirs');
    };
    const writing = files.writeFile(path('/a'), () => [bytes('new')], {
      ...calm(),
      create: true,
      overwrite: false,
    });
    expect(await reasonOf(writing)).toBe('exists');
    expect([server.names('/'), server.text('/a')]).toEqual([['a'], 'theirs']);
  });

  it('calls a file damaged whose size is another after the upload, and leaves the old one', async () => {
    const server = new FakeServer().file('/a', 'old');
    server.before = (command) => {
      if (command.startsWith('MLST /.portside')) server.file(command.slice(5), 'ne');
    };
    await using files = openFake(server);
    expect(await reasonOf(write(files, '/a', 'new'))).toBe('damaged');
    expect([server.names('/'), server.text('/a')]).toEqual([['a'], 'old']);
  });

  it('calls a file damaged whose hash is another after the upload', async () => {
    const server = new FakeServer({ hash: true }).file('/a', 'old');
    server.before = (command) => {
      if (command.startsWith('MLST /.portside')) server.file(command.slice(5), 'nev');
    };
    await using files = openFake(server);
    expect(await reasonOf(write(files, '/a', 'new'))).toBe('damaged');
    expect([server.names('/'), server.text('/a')]).toEqual([['a'], 'old']);
  });

  it('keeps the mode bits', async () => {
    const server = new FakeServer({ mode: '0644' }).file('/a', 'old', { mode: '0755' });
    await using files = openFake(server);
    await write(files, '/a', 'new');
    expect(server.nodes.get(path('/a'))?.mode).toBe('0755');
    expect((await files.stat(path('/a'), calm())).mode).toBe('0755');
  });

  it('saves although the mode bits cannot be kept', async () => {
    const server = new FakeServer({ mode: '0644' }).file('/a', 'old', { mode: '0755' });
    server.fault = (_, command) => (command.startsWith('CHMOD') ? 'reply550' : undefined);
    await using files = openFake(server);
    await write(files, '/a', 'new');
    expect(server.text('/a')).toBe('new');
  });

  it('saves a symbolic link at its target', async () => {
    const server = new FakeServer().folder('/www').file('/www/real', 'old');
    server.link('/link', 'www/link').link('/www/link', 'real');
    await using files = openFake(server);
    await write(files, '/link', 'new');
    expect(server.text('/www/real')).toBe('new');
    expect(server.nodes.get(path('/link'))?.type).toBe('symlink');
    expect(server.names('/www')).toEqual(['link', 'real']);
  });

  it('saves a link at its target, although the server tells the target’s facts for it', async () => {
    const server = new FakeServer({ mlst: false }).file('/real', 'old').link('/link', 'real');
    await using files = openFake(server);
    await files.readFile(path('/link'), calm());
    const fresh = await files.stat(path('/link'), { ...calm(), fresh: true });
    expect(fresh).toMatchObject({ type: 'symlink', size: 3, targetType: 'file' });
    await write(files, '/link', 'new');
    expect([server.names('/'), server.text('/real')]).toEqual([['link', 'real'], 'new']);
    expect(server.nodes.get(path('/link'))?.type).toBe('symlink');
  });

  it('believes no old listing on a server that tells nothing of single names', async () => {
    const server = new FakeServer({ mlst: false, size: false }).file('/b', 'b').file('/c', 'c');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    server.file('/a', 'theirs');
    const rules = { ...calm(), create: true, overwrite: false };
    expect(await reasonOf(files.writeFile(path('/a'), () => [bytes('new')], rules))).toBe('exists');
    expect(server.text('/a')).toBe('theirs');
  });

  it('moves the old file aside where the server does not rename over it, and remembers that', async () => {
    const server = new FakeServer({ renameOver: false }).file('/a', 'old').file('/b', 'old');
    await using files = openFake(server);
    await write(files, '/a', 'new');
    expect(server.count('RNTO')).toBe(3);
    await write(files, '/b', 'new');
    expect(server.count('RNTO')).toBe(5);
    expect([server.text('/a'), server.text('/b')]).toEqual(['new', 'new']);
    expect(server.names('/')).toEqual(['a', 'b']);
  });

  it('moves the old file back when the new one cannot take its place, and writes it in place', async () => {
    const server = new FakeServer({ renameOver: false }).file('/a', 'old');
    server.fault = (_, command) =>
      command.startsWith('RNTO /.portside-id0-a /a') ? 'reply550' : undefined;
    let before: string | undefined;
    server.before = (command) => {
      if (command === 'STOR /a') before = server.text('/a');
    };
    await using files = openFake(server);
    await write(files, '/a', 'new');
    expect([before, server.names('/'), server.text('/a')]).toEqual(['old', ['a'], 'new']);
  });

  it('says so when nobody can tell whether the file was replaced, and keeps the new bytes', async () => {
    const server = new FakeServer().file('/a', 'old');
    let gone = false;
    server.fault = (_, command) => {
      gone ||= command.startsWith('RNTO');
      return gone ? 'lostBefore' : undefined;
    };
    await using files = openFake(server);
    await expect(write(files, '/a', 'new')).rejects.toThrow(
      /may or may not have been replaced.*\/\.portside-id0-a/,
    );
    expect([server.text('/a'), server.text('/.portside-id0-a')]).toEqual(['old', 'new']);
  });

  it('says so also to one who has cancelled meanwhile', async () => {
    const server = new FakeServer().file('/a', 'old');
    const controller = new AbortController();
    server.fault = (_, command) => {
      if (command.startsWith('RNTO')) controller.abort(new Error('no more'));
      return controller.signal.aborted ? 'lostAfter' : undefined;
    };
    await using files = openFake(server);
    const rules = { signal: controller.signal, create: true, overwrite: true };
    const writing = files.writeFile(path('/a'), () => [bytes('new')], rules);
    await expect(writing).rejects.toThrow('may or may not have been replaced');
  });

  it('moves nothing any more when nobody can tell whether the new file took the free name', async () => {
    const server = new FakeServer({ renameOver: false }).file('/a', 'old');
    let gone = false;
    server.fault = (_, command) => {
      gone ||= command.startsWith('RNTO') && server.text('/a') === undefined;
      return gone && !command.startsWith('RNTO /.portside-id1') ? 'lostAfter' : undefined;
    };
    await using files = openFake(server);
    await expect(write(files, '/a', 'new')).rejects.toThrow(/\.portside-id0-a.*\.portside-id1-a/);
    expect(server.commands).not.toContain('RNTO /.portside-id1-a /a');
    expect([server.text('/a'), server.text('/.portside-id1-a')]).toEqual(['new', 'old']);
  });

  it('does not send the bytes again when some had been stored', async () => {
    const server = new FakeServer().file('/a', 'old');
    server.fault = (_, command) => (command.startsWith('STOR') ? 'lostBefore' : undefined);
    await using files = openFake(server);
    expect(await reasonOf(write(files, '/a', 'new'))).toBe('unavailable');
    expect(server.count('STOR')).toBe(1);
  });

  it('serves two writes to one path in the order of the calls', async () => {
    const server = new FakeServer().file('/a', 'old');
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    server.gate = async (command) => {
      if (!command.startsWith('STOR /.portside-id0')) return;
      begun.resolve();
      await promise;
    };
    await using files = openFake(server);
    const first = write(files, '/a', 'first');
    const second = write(files, '/a', 'second');
    await begun.promise;
    await settle();
    expect(server.count('STOR')).toBe(1);
    resolve();
    await Promise.all([first, second]);
    expect(server.text('/a')).toBe('second');
    expect(server.commands.filter((command) => command.startsWith('STOR'))).toEqual([
      'STOR /.portside-id0-a',
      'STOR /.portside-id1-a',
    ]);
  });

  it('puts what has arrived in its place before many others begin', async () => {
    const server = new FakeServer();
    await using files = openFake(server, { maxConnections: 1 });
    let most = 0;
    server.before = () => {
      const arrived = server.names('/').filter((name) => name.startsWith('.portside'));
      most = Math.max(most, arrived.length);
    };
    await Promise.all(Array.from({ length: 20 }, (_, at) => write(files, `/${at}`, 'x')));
    expect(server.names('/')).toHaveLength(20);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('refuses everything on a read-only site', async () => {
    const server = new FakeServer().file('/a', 'old');
    await using files = openFake(server, { readOnly: true });
    expect(await reasonOf(write(files, '/a', 'new'))).toBe('noPermissions');
    expect(await reasonOf(files.delete(path('/a'), { ...calm(), recursive: true }))).toBe(
      'noPermissions',
    );
    expect(server.commands).toEqual([]);
  });

  it('costs no listing for each of many new files in a folder', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    await files.createDirectory(path('/new'), calm());
    for (let at = 0; at < 20; at++) await write(files, `/new/${at}`, 'x');
    expect(server.count('MLSD')).toBeLessThanOrEqual(2);
    expect(server.names('/new')).toHaveLength(20);
  });

  it('shows the new file to stat at once, and tells of it', async () => {
    const server = new FakeServer().file('/a', 'old');
    await using files = openFake(server);
    const told: string[] = [];
    files.onDidChange((changes) =>
      told.push(...changes.map(({ path, type }) => `${type} ${path}`)),
    );
    await files.readDirectory(path('/'), calm());
    server.clock.advance(60_000);
    await write(files, '/a', 'newer');
    await write(files, '/b', 'b');
    const asked = server.commands.length;
    const entry = await files.stat(path('/a'), calm());
    expect([entry.size, entry.modified?.getTime()]).toEqual([5, server.clock.now()]);
    expect(server.commands).toHaveLength(asked);
    expect(told).toContain('changed /a');
    expect(told).toContain('created /b');
  });
});

describe('a folder that takes no new names', () => {
  it('has its files written in place, once their old bytes are in our hands', async () => {
    const server = new FakeServer({ newNames: false }).file('/a', 'old').file('/b', 'old');
    const warned: string[] = [];
    const logger = { ...console, warn: (text: string) => warned.push(text), debug: () => {} };
    const log = { ...logger, info: () => {}, error: () => {}, scope: () => log };
    await using files = openFake(server, { logger: log });
    await write(files, '/a', 'new');
    await write(files, '/b', 'new');
    expect([server.text('/a'), server.text('/b')]).toEqual(['new', 'new']);
    expect(warned.filter((text) => text.startsWith('Not atomic'))).toHaveLength(2);
    expect(server.commands.filter((command) => command.startsWith('STOR /.'))).toHaveLength(1);
  });

  it('has no change of somebody else overwritten', async () => {
    const server = new FakeServer({ newNames: false }).file('/a', 'old');
    await using files = openFake(server);
    const { identity } = await files.readFile(path('/a'), calm());
    server.before = (command) => {
      if (command.startsWith('STOR /.portside')) server.file('/a', 'theirs');
    };
    const rules = { ...over(), expected: identity };
    const outcome = await files.writeFile(path('/a'), () => [bytes('new')], rules);
    expect([outcome.kind, server.text('/a')]).toEqual(['conflict', 'theirs']);
  });

  it('gets the old bytes back when the new ones break off', async () => {
    const server = new FakeServer({ newNames: false }).file('/a', 'old');
    let broken = false;
    server.fault = (_, command) => {
      if (broken || command !== 'STOR /a') return undefined;
      broken = true;
      return 'lostBefore';
    };
    await using files = openFake(server);
    expect(await reasonOf(write(files, '/a', 'new bytes'))).toBe('unavailable');
    expect([broken, server.text('/a')]).toEqual([true, 'old']);
  });

  it('refuses a file that is too large to be kept meanwhile', async () => {
    const server = new FakeServer({ newNames: false }).file('/a', 'old');
    const oldBytes: OldBytes = { keep: () => Promise.reject(new RangeError('full')) };
    await using files = openFake(server, { oldBytes });
    await expect(write(files, '/a', 'new')).rejects.toMatchObject({
      reason: 'noPermissions',
      message: expect.stringMatching(/^Writing \/a failed: .*too large/) as unknown,
    });
    expect([server.count('STOR'), server.text('/a')]).toEqual([1, 'old']);
  });

  it('keeps the file whose old bytes cannot be read', async () => {
    const server = new FakeServer({ newNames: false, reads: false }).file('/a', 'old');
    await using files = openFake(server);
    await expect(write(files, '/a', 'new')).rejects.toMatchObject({
      reason: 'noPermissions',
      message: expect.stringMatching(/^Writing \/a failed: .*cannot be read/) as unknown,
    });
    expect([server.count('STOR'), server.text('/a')]).toEqual([1, 'old']);
  });
});
