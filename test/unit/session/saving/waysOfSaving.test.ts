import { describe, expect, it } from 'vitest';
import { TransferError } from '../../../../src/ftp/errors.ts';
import { FakeServer, replyError } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf } from '../fakeSession.ts';
import { listeningLogger } from '../../../support/listeningLogger.ts';

async function put(server: FakeServer, names: readonly string[]): Promise<unknown[]> {
  await using files = openFake(server);
  const ends: unknown[] = [];
  for (const name of names) {
    const rules = { ...calm(), create: true, overwrite: true };
    ends.push(await reasonOf(files.writeFile(path(name), () => [bytes('new')], rules)));
  }
  return ends;
}

function temporaryFiles(server: FakeServer): string[] {
  return server.commands.filter((command) => command.startsWith('STOR /.portside'));
}

const done = 'nothing failed';

it('tells in the log what it put aside and may not delete', async () => {
  const server = new FakeServer({ renameOver: false, deletes: false }).file('/a', 'old');
  const warnings: string[] = [];
  const logger = listeningLogger(['warn'], (line) => warnings.push(line));
  await using files = openFake(server, { logger });
  const rules = { ...calm(), create: true, overwrite: true };
  await files.writeFile(path('/a'), () => [bytes('new')], rules);
  const [backup = ''] = server.names('/').filter((name) => name !== 'a');
  expect([server.text('/a'), server.text(`/${backup}`)]).toEqual(['new', 'old']);
  expect(warnings.join('\n')).toContain(backup);
});

describe('a server without renames', () => {
  it('is asked once, and never sent a temporary file', async () => {
    const server = new FakeServer({ renames: false }).file('/a', 'old').file('/b', 'old');
    expect(await put(server, ['/a', '/b', '/new'])).toEqual([done, done, done]);
    expect(['/a', '/b', '/new'].map((name) => server.text(name))).toEqual(['new', 'new', 'new']);
    expect([temporaryFiles(server), server.count('RNFR')]).toEqual([[], 1]);
  });

  it('keeps nothing else where nothing is deleted either', async () => {
    for (const more of [{}, { mlst: false }, { mlst: false, size: false }, { reads: false }]) {
      const server = new FakeServer({ renames: false, deletes: false, ...more }).file('/a', 'old');
      expect(await put(server, ['/new', '/new2'])).toEqual([done, done]);
      expect(server.names('/')).toEqual(['a', 'new', 'new2']);
    }
  });

  it('is sent nothing where nobody can tell what would be written over', async () => {
    const server = new FakeServer({ renames: false, deletes: false, mlst: false, size: false });
    server.before = (command) => {
      if (command.startsWith('MLSD')) throw replyError(command, 550);
    };
    expect(await put(server, ['/new'])).toEqual(['noPermissions']);
    expect(server.count('STOR')).toBe(0);
  });

  it('keeps nothing else in a folder that is empty', async () => {
    for (const more of [{}, { mlst: false }, { mlst: false, size: false }]) {
      const server = new FakeServer({ renames: false, deletes: false, ...more });
      expect(await put(server, ['/new', '/new2'])).toEqual([done, done]);
      expect(server.names('/')).toEqual(['new', 'new2']);
    }
  });

  it('is found out too where it confirms what it does not do', async () => {
    const server = new FakeServer({ renames: 'confirmed' }).file('/a', 'old');
    expect(await put(server, ['/a', '/a'])).toEqual([done, done]);
    expect([server.text('/a'), server.names('/'), temporaryFiles(server).length]).toEqual([
      'new',
      ['a'],
      1,
    ]);
  });

  it('loses no old byte that cannot be read before', async () => {
    const server = new FakeServer({ renames: false, reads: false }).file('/a', 'old');
    expect(await put(server, ['/a'])).toEqual(['noPermissions']);
    expect(server.text('/a')).toBe('old');
  });

  it('is not found in a file that is gone meanwhile', async () => {
    const server = new FakeServer().file('/a', 'old').file('/b', 'old');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    server.nodes.delete(path('/a'));
    const rules = { ...calm(), create: true, overwrite: true };
    await files.writeFile(path('/new'), () => [bytes('new')], rules);
    expect([temporaryFiles(server).length, server.names('/')]).toEqual([1, ['b', 'new']]);
  });

  it('is not found in the file itself, where that is gone meanwhile', async () => {
    const server = new FakeServer().file('/a', 'old').file('/b', 'old');
    await using files = openFake(server);
    await files.readDirectory(path('/'), calm());
    server.nodes.delete(path('/a'));
    const rules = { ...calm(), create: true, overwrite: true };
    await files.writeFile(path('/a'), () => [bytes('new')], rules);
    expect([server.text('/a'), server.count('STOR'), temporaryFiles(server).length]).toEqual([
      'new',
      temporaryFiles(server).length,
      temporaryFiles(server).length,
    ]);
  });

  it('is not found in one that is busy now', async () => {
    const server = new FakeServer().file('/a', 'old');
    server.fault = (_, command) => (command === 'RNFR /a' ? 'reply451' : undefined);
    expect(await put(server, ['/a'])).toEqual([done]);
    expect(temporaryFiles(server)).toHaveLength(1);
  });
});

describe('a name that is refused', () => {
  it.each([500, 501, 502, 504, 550, 553])('with %i gives way to the file’s own', async (code) => {
    const server = new FakeServer().file('/a', 'old');
    server.before = (command) => {
      if (command.startsWith('STOR /.portside')) throw replyError(command, code);
    };
    expect(await put(server, ['/a', '/b'])).toEqual([done, done]);
    expect([server.text('/a'), server.text('/b')]).toEqual(['new', 'new']);
    expect([temporaryFiles(server).length, server.names('/')]).toEqual([1, ['a', 'b']]);
  });

  it.each([
    [452, 'noSpace'],
    [552, 'noSpace'],
    [530, 'unavailable'],
    [534, 'noPermissions'],
  ])(
    'with %i for another reason leaves the old file, and is told of that',
    async (code, reason) => {
      const server = new FakeServer().file('/a', 'old');
      server.before = (command) => {
        if (command.startsWith('STOR /.portside')) throw replyError(command, code);
      };
      await using files = openFake(server);
      const rules = { ...calm(), create: true, overwrite: true };
      const writing = files.writeFile(path('/a'), () => [bytes('new')], rules);
      await expect(writing).rejects.toMatchObject({
        reason,
        message: expect.not.stringContaining('.portside') as unknown,
      });
      expect([server.count('STOR'), server.text('/a'), server.names('/')]).toEqual([
        code === 452 ? 3 : 1,
        'old',
        ['a'],
      ]);
    },
  );

  it.each([
    [553, 'new'],
    [550, 'old'],
  ])('with %i only after its bytes leaves a file that is %s', async (code, text) => {
    const server = new FakeServer().file('/a', 'old');
    server.before = (command) => {
      if (!command.startsWith('STOR /.portside')) return;
      const cause = replyError(command, code);
      throw new TransferError(cause.message, { bytes: 3, remedy: 'none', cause });
    };
    await put(server, ['/a']);
    expect([server.text('/a'), server.names('/')]).toEqual([text, ['a']]);
  });

  it('only as it takes the file’s place does so too', async () => {
    const server = new FakeServer().file('/a', 'old');
    server.fault = (_, command) => (command.startsWith('RNTO') ? 'reply550' : undefined);
    expect(await put(server, ['/a', '/a', '/b'])).toEqual([done, done, done]);
    expect([temporaryFiles(server).length, server.names('/')]).toEqual([1, ['a', 'b']]);
  });
});

describe('names that are cut short', () => {
  it.each([8, 12, 14])('to %i letters leave nothing behind', async (longestName) => {
    const server = new FakeServer({ longestName }).file('/a', 'old').file('/.portside', 'mine');
    expect(await put(server, ['/a', '/b'])).toEqual([done, done]);
    expect([server.text('/a'), server.text('/b')]).toEqual(['new', 'new']);
    expect([temporaryFiles(server).length, server.names('/')]).toEqual([
      1,
      ['.portside', 'a', 'b'],
    ]);
  });

  it.each([12, 14])(
    'to %i letters leave nothing behind where a hash was to prove the file, and its old bytes are kept',
    async (longestName) => {
      const server = new FakeServer({ hash: true, longestName }).file('/a', 'old').file('/b', 'b');
      await using files = openFake(server);
      await files.readDirectory(path('/'), calm());
      const { identity: expected } = await files.readFile(path('/a'), calm());
      const read = server.count('RETR');
      const rules = { ...calm(), create: true, overwrite: true, expected };
      const outcome = await files.writeFile(path('/a'), () => [bytes('new')], rules);
      expect([outcome.kind, server.text('/a'), server.names('/')]).toEqual([
        'written',
        'new',
        ['a', 'b'],
      ]);
      expect(server.count('RETR')).toBe(read + 1);
    },
  );

  it('are said to be so where it is the file’s own', async () => {
    const server = new FakeServer({ longestName: 12 }).file('/a', 'old');
    expect(await put(server, ['/a', '/a-very-long-name'])).toEqual([done, 'damaged']);
    expect(server.names('/')).toEqual(['a']);
  });
});

describe('what goes wrong with a temporary file', () => {
  it.each(['MLST', 'CHMOD', 'RNTO'])('at %s is told of the user’s file', async (verb) => {
    const server = new FakeServer({ mode: '0600' }).file('/a', 'old', { mode: '0644' });
    server.before = (command) => {
      if (!command.startsWith(`${verb} /.portside`)) return;
      if (verb === 'MLST') server.file(command.slice(5), 'ne');
      else throw replyError(command, verb === 'RNTO' ? 452 : 451);
    };
    await using files = openFake(server);
    const rules = { ...calm(), create: true, overwrite: true };
    const writing = files.writeFile(path('/a'), () => [bytes('new')], rules);
    const failed: unknown = await writing.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect([String(failed), server.text('/a'), server.names('/')]).toEqual([
      expect.stringMatching(/^RemoteFileError: Writing \/a failed: (?!.*portside)/),
      'old',
      ['a'],
    ]);
  });
});
