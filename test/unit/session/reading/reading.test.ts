import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../../src/base/bytes.ts';
import { ConnectionError } from '../../../../src/ftp/errors.ts';
import type { RemoteFileError } from '../../../../src/session/remoteFileError.ts';
import { FakeServer, type FakeServerOptions } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf, settle } from '../fakeSession.ts';

describe('stat', () => {
  it('answers for the root without asking', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    expect((await files.stat(path('/'), calm())).type).toBe('directory');
    expect(server.commands).toEqual([]);
  });

  it('answers a storm over 1,000 files of a folder from one listing', async () => {
    const server = new FakeServer().folder('/www');
    for (let at = 0; at < 1_000; at++) server.file(`/www/${at}.txt`, `${at}`);
    await using files = openFake(server);
    const entries = await Promise.all(
      Array.from({ length: 1_000 }, (_, at) => files.stat(path(`/www/${at}.txt`), calm())),
    );
    expect(entries.map(({ name }) => name)).toEqual(entries.map((_, at) => `${at}.txt`));
    expect(server.commands).toEqual(['MLSD /www']);
  });

  it('refuses probes for names that a listing lacks without asking', async () => {
    const server = new FakeServer().folder('/www').file('/www/a', 'a').file('/www/b', 'b');
    await using files = openFake(server);
    await files.readDirectory(path('/www'), calm());
    const asked = server.commands.length;
    const names = ['.vscode/settings.json', '.vscode', '.git', '.git/HEAD', 'package.json'];
    for (let at = 0; at < 30; at++) {
      const probe = path(`/www/${names[at % names.length]}`);
      expect(await reasonOf(files.stat(probe, calm()))).toBe('notFound');
      expect(await reasonOf(files.readFile(probe, calm()))).toBe('notFound');
      expect(await reasonOf(files.readDirectory(probe, calm()))).toBe('notFound');
    }
    expect(server.commands.slice(asked)).toEqual([]);
  });

  it.each([{}, { mlst: false }])('finds what somebody else has made: %o', async (options) => {
    const server = new FakeServer(options).folder('/www').file('/www/a', 'a').file('/www/b', 'b');
    await using files = openFake(server);
    await files.readDirectory(path('/www'), calm());
    server.file('/www/new', 'new').folder('/www/sub').file('/www/sub/new', 'new');
    server.clock.advance(5_000);
    expect((await files.stat(path('/www/new'), calm())).size).toBe(3);
    expect(server.count('MLSD')).toBe(2);
    server.file('/www/newer', 'newer');
    server.clock.advance(5_000);
    expect((await files.readFile(path('/www/newer'), calm())).content).toHaveLength(5);
    expect((await files.stat(path('/www/sub/new'), calm())).size).toBe(3);
    server.folder('/www/dir').file('/www/dir/x', 'x');
    server.clock.advance(5_000);
    expect(await files.readDirectory(path('/www/dir'), calm())).toHaveLength(1);
  });

  it('asks the server anew when it is to be fresh', async () => {
    const server = new FakeServer().file('/a', 'old');
    await using files = openFake(server);
    await files.stat(path('/a'), calm());
    server.file('/a', 'longer');
    expect((await files.stat(path('/a'), calm())).size).toBe(3);
    expect((await files.stat(path('/a'), { ...calm(), fresh: true })).size).toBe(6);
    expect((await files.stat(path('/a'), calm())).size).toBe(6);
  });

  it('finds a fresh folder by its parent on a server without MLST', async () => {
    const server = new FakeServer({ mlst: false }).folder('/www');
    await using files = openFake(server);
    expect((await files.stat(path('/www'), { ...calm(), fresh: true })).type).toBe('directory');
    expect(await reasonOf(files.stat(path('/no'), { ...calm(), fresh: true }))).toBe('notFound');
  });

  it('tells the exact time to who asks for it, and leaves the known one as it is', async () => {
    const server = new FakeServer({ mlst: false, precision: 'minute' });
    server.clock.advance(27_000);
    server.file('/a', 'a');
    await using files = openFake(server);
    const listed = await files.stat(path('/a'), calm());
    const exact = await files.stat(path('/a'), { ...calm(), exact: true });
    expect([listed.precision, exact.precision]).toEqual(['minute', 'second']);
    expect(await files.stat(path('/a'), calm())).toEqual(listed);
  });

  it('keeps a time told to the minute when the exact one may be the same', async () => {
    const server = new FakeServer({ mlst: false, precision: 'minute' });
    server.clock.advance(27_000);
    server.file('/a', 'a');
    await using files = openFake(server);
    const listed = await files.stat(path('/a'), calm());
    const exact = await files.stat(path('/a'), { ...calm(), fresh: true });
    expect(exact.modified).toEqual(listed.modified);
  });

  it('asks for a name in a folder that may not be listed', async () => {
    const server = new FakeServer().folder('/home').file('/home/a', 'abc');
    server.fault = (_, command) => (command.startsWith('MLSD ') ? 'reply550' : undefined);
    await using files = openFake(server);
    expect((await files.stat(path('/home/a'), calm())).size).toBe(3);
  });

  it('tells the type of what a link leads to, through links and folders', async () => {
    const server = new FakeServer().folder('/www').folder('/www/sub').file('/a', 'a');
    server.link('/www/one', '../two').link('/two', 'a').link('/www/dir', 'sub');
    await using files = openFake(server);
    const one = await files.stat(path('/www/one'), calm());
    expect([one.type, one.target, one.targetType]).toEqual(['symlink', '../two', 'file']);
    expect((await files.stat(path('/www/dir'), calm())).targetType).toBe('directory');
  });

  it('does not follow links in circles or into nothing', async () => {
    const server = new FakeServer()
      .link('/a', 'b')
      .link('/b', 'a')
      .link('/c', 'c')
      .link('/d', 'no');
    await using files = openFake(server);
    const entries = await files.readDirectory(path('/'), calm());
    expect(entries.map(({ targetType }) => targetType)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('readDirectory', () => {
  it('shares one listing between those who ask at the same time', async () => {
    const server = new FakeServer().folder('/www').file('/www/a', 'a').file('/www/b', 'b');
    await using files = openFake(server);
    await Promise.all([
      files.readDirectory(path('/www'), calm()),
      files.readDirectory(path('/www'), calm()),
      files.stat(path('/www/a'), calm()),
    ]);
    expect(server.commands).toEqual(['MLSD /www']);
  });

  it('goes on for the others when one of those who wait gives up', async () => {
    const server = new FakeServer().folder('/www').file('/www/a', 'a').file('/www/b', 'b');
    const { promise, resolve } = Promise.withResolvers<void>();
    server.gate = () => promise;
    await using files = openFake(server);
    const controller = new AbortController();
    const first = files.readDirectory(path('/www'), { signal: controller.signal });
    const second = files.readDirectory(path('/www'), calm());
    await settle();
    controller.abort(new Error('no more'));
    await expect(first).rejects.toThrow('no more');
    resolve();
    expect(await second).toHaveLength(2);
    expect(server.commands).toEqual(['MLSD /www']);
  });

  it('hides the temporary files of saves, and deletes none', async () => {
    const server = new FakeServer().file('/a', 'a').file('/.portside-0123456789ab-a', 'b');
    await using files = openFake(server);
    expect((await files.readDirectory(path('/'), calm())).map(({ name }) => name)).toEqual(['a']);
    expect(server.names('/')).toEqual(['.portside-0123456789ab-a', 'a']);
  });

  it('says of a file that it is no folder, and of nothing that it is not there', async () => {
    const server = new FakeServer().file('/a', 'a');
    await using files = openFake(server);
    expect(await reasonOf(files.readDirectory(path('/a'), calm()))).toBe('notADirectory');
    expect(await reasonOf(files.readDirectory(path('/no/b'), calm()))).toBe('notFound');
  });
});

describe('readFile', () => {
  it('gives the bytes and says which file they are', async () => {
    const server = new FakeServer().file('/a', 'hello');
    await using files = openFake(server);
    const { content, identity } = await files.readFile(path('/a'), calm());
    expect(Buffer.from(content).toString()).toBe('hello');
    expect(identity).toMatchObject({ size: 5, settled: false });
    expect(identity.sha256).toMatch(/^2cf24dba/);
    expect(identity.modified).toBe(server.clock.now());
  });

  it('does not claim facts that belong to another version', async () => {
    const server = new FakeServer().file('/a', 'hello');
    server.before = (command) => {
      if (command.startsWith('RETR')) server.file('/a', 'hello, longer');
    };
    await using files = openFake(server);
    const { content, identity } = await files.readFile(path('/a'), calm());
    expect(identity).toMatchObject({ size: content.length, modified: undefined });
  });

  it('refuses what is larger than the limit', async () => {
    const server = new FakeServer().file('/a', new Uint8Array(5_000));
    await using files = openFake(server);
    expect(await reasonOf(files.readFile(path('/a'), { ...calm(), limit: 4_999 }))).toBe(
      'unsupported',
    );
  });

  it('reads a file once for all who ask for it meanwhile, and for each who asks after a change', async () => {
    const server = new FakeServer().file('/a', 'old');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    const read = async (signal = calm().signal): Promise<string> =>
      Buffer.from((await files.readFile(path('/a'), { signal })).content).toString();
    expect(await Promise.all([read(), read(), read()])).toEqual(['old', 'old', 'old']);
    expect(server.count('RETR')).toBe(1);
    const impatient = new AbortController();
    const { promise: held, resolve } = Promise.withResolvers<void>();
    server.late = (command) => (command.startsWith('RETR') ? held : Promise.resolve());
    const early = [read(impatient.signal), read()];
    impatient.abort(new Error('no more'));
    await expect(early[0]).rejects.toThrow('no more');
    const rules = { ...calm(), create: true, overwrite: true };
    await files.writeFile(path('/a'), () => [bytes('new')], rules);
    const late = read();
    resolve();
    expect([await early[1], await late]).toEqual(['old', 'new']);
    expect(server.count('RETR')).toBe(3);
  });

  it('reads a 550 by what is there', async () => {
    const server = new FakeServer().file('/secret', 's').folder('/dir');
    server.fault = (_, command) => (command === 'RETR /secret' ? 'reply550' : undefined);
    await using files = openFake(server);
    expect(await reasonOf(files.readFile(path('/secret'), calm()))).toBe('noPermissions');
    expect(await reasonOf(files.readFile(path('/dir'), calm()))).toBe('isADirectory');
    expect(await reasonOf(files.readFile(path('/no'), calm()))).toBe('notFound');
  });

  it('repeats by itself when the connection breaks', async () => {
    const server = new FakeServer().file('/a', 'hello');
    let broken = 0;
    server.fault = (_, command) =>
      command.startsWith('RETR') && broken++ < 2 ? 'lostAfter' : undefined;
    await using files = openFake(server);
    const { content } = await files.readFile(path('/a'), calm());
    expect(content).toEqual(bytes('hello'));
    expect(server.logins).toBe(3);
  });

  it('gives up after a few repetitions, and says that the server is not available', async () => {
    const server = new FakeServer().file('/a', 'hello');
    server.fault = (_, command) => (command.startsWith('RETR') ? 'lostAfter' : undefined);
    await using files = openFake(server);
    expect(await reasonOf(files.readFile(path('/a'), calm()))).toBe('unavailable');
    expect(server.logins).toBeLessThanOrEqual(8);
  });
});

describe('openRead', () => {
  it('gives a file in pieces, and the connection back', async () => {
    const server = new FakeServer().file('/a', new Uint8Array(200_000));
    await using files = openFake(server);
    let size = 0;
    for await (const piece of files.openRead(path('/a'), calm())) size += piece.length;
    expect(size).toBe(200_000);
    expect(files.state).toMatchObject({ connections: 1, busy: 0 });
  });

  it('gives the connection back when the loop is left early', async () => {
    const server = new FakeServer().file('/a', new Uint8Array(200_000));
    await using files = openFake(server);
    for await (const _piece of files.openRead(path('/a'), calm())) break;
    expect(files.state.busy).toBe(0);
  });

  it('ends in a typed error where there is no such file', async () => {
    const server = new FakeServer();
    await using files = openFake(server, { maxConnections: 1 });
    const read = async (): Promise<void> => {
      for await (const _piece of files.openRead(path('/a'), calm())) continue;
    };
    expect(await reasonOf(read())).toBe('notFound');
  });
});

describe('receive', () => {
  /** Loses the connection before the second piece, so many times. */
  const losing = (server: FakeServer, times: number): void => {
    let pieces = 0;
    server.piece = () => {
      pieces += 1;
      if (pieces % 2 !== 0 || times-- <= 0) return;
      for (const connection of server.connections) connection.drop();
      throw new ConnectionError('control', 'The connection broke');
    };
  };
  const take = async (source: () => ByteSource): Promise<number> => {
    let size = 0;
    for await (const piece of source()) size += piece.length;
    return size;
  };

  it.each([
    [2, 200_000],
    [3, 'unavailable'],
  ])('begins a file again that is lost in its middle %s times: %s', async (times, outcome) => {
    const server = new FakeServer().file('/a', new Uint8Array(200_000));
    losing(server, times);
    await using files = openFake(server);
    const received = files.receive(path('/a'), take, calm());
    expect(await received.catch(({ reason }: RemoteFileError) => reason)).toBe(outcome);
    expect(server.commands.filter((command) => command === 'RETR /a')).toHaveLength(3);
  });

  it('throws what its taker throws, and does not begin again', async () => {
    const server = new FakeServer().file('/a', 'hello');
    await using files = openFake(server);
    let calls = 0;
    const received = files.receive(
      path('/a'),
      async () => {
        calls += 1;
        throw new Error('The disk is full');
      },
      calm(),
    );
    await expect(received).rejects.toThrow('The disk is full');
    expect([calls, files.state.busy]).toEqual([1, 0]);
  });
});

describe('the exact facts of many names', () => {
  const names = Array.from({ length: 20 }, (_, at) => `/d/f${at}`);
  const many = (options: FakeServerOptions): FakeServer => {
    const server = new FakeServer(options).folder('/d');
    for (const name of names) server.file(name, 'x');
    return server;
  };

  it('cost one listing, where the server tells of no single name', async () => {
    const server = many({ mlst: false, size: false });
    await using files = openFake(server);
    await files.readDirectory(path('/d'), calm());
    const before = server.count('MLSD');
    for (const name of names) await files.stat(path(name), { ...calm(), exact: true });
    expect([before, server.count('MLSD')]).toEqual([1, 1]);
  });

  it('are asked of the server where it tells them, and no listing is believed against it', async () => {
    const server = many({ mlst: true });
    await using files = openFake(server);
    await files.readDirectory(path('/d'), calm());
    server.nodes.delete(path('/d/f3'));
    const gone = files.stat(path('/d/f3'), { ...calm(), exact: true });
    expect(await reasonOf(gone)).toBe('notFound');
  });
});
