import { afterEach, describe, expect, it, vi } from 'vitest';
import { TransferError } from '../../../../src/ftp/errors.ts';
import { SessionPool } from '../../../../src/session/connections/sessionPool.ts';
import type { RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import {
  FakeConnection,
  FakeServer,
  type FakeServerOptions,
  type Fault,
} from '../fakeConnection.ts';
import { bytes, calm, openFake, path } from '../fakeSession.ts';

const rules = { create: true, overwrite: true };

const save = async (files: RemoteFileSystem): Promise<unknown> =>
  files.writeFile(path('/d/a'), () => [bytes('new')], { ...calm(), ...rules });

/** A save over the very bytes that were read; the server is asked for them. */
async function saveAgain(files: RemoteFileSystem): Promise<unknown> {
  const { identity: expected } = await files.readFile(path('/d/a'), calm());
  return files.writeFile(path('/d/a'), () => [bytes('new')], { ...calm(), ...rules, expected });
}

const renameOver = async (files: RemoteFileSystem): Promise<unknown> =>
  files.rename(path('/d/a'), path('/d/b'), { ...calm(), overwrite: true });

const renameFolderOver = async (files: RemoteFileSystem): Promise<unknown> =>
  files.rename(path('/one'), path('/other'), { ...calm(), overwrite: true });

const operations = Object.entries({ save, saveAgain, renameOver, renameFolderOver });

const kinds: readonly FakeServerOptions[] = [
  {},
  { mlst: false },
  { mlst: false, size: false },
  { renameOver: false },
  { renames: 'confirmed' },
  { newNames: false },
  { longestName: 12 },
];

const faults: readonly Fault[] = ['reply550', 'reply451', 'lostBefore'];

function serverOf(options: FakeServerOptions): FakeServer {
  const server = new FakeServer(options).folder('/d').file('/d/a', 'a').file('/d/b', 'b');
  return server.folder('/one').file('/one/x', 'x').folder('/other').file('/other/y', 'y');
}

afterEach(() => void vi.restoreAllMocks());

describe('a connection that is held', () => {
  it('is the only one that a save or a rename takes', async () => {
    for (const operation of [save, renameOver]) {
      const server = serverOf({});
      await using files = openFake(server);
      await files.readDirectory(path('/d'), calm());
      const place = vi.spyOn(SessionPool.prototype, 'place');
      await operation(files);
      expect(place.mock.calls.map(([{ lane }]) => lane)).toEqual(['interactive']);
      place.mockRestore();
    }
  });

  it('leaves no temporary file where the save is cancelled while the old bytes are read', async () => {
    const server = serverOf({});
    await using files = openFake(server);
    await files.readDirectory(path('/d'), calm());
    const { identity: expected } = await files.readFile(path('/d/a'), calm());
    const read = server.count('RETR');
    const controller = new AbortController();
    const reason = new Error('called off');
    const { promise: sending, resolve } = Promise.withResolvers<void>();
    server.gate = async (command) => {
      if (command.startsWith('STOR')) resolve();
      if (!command.startsWith('RETR')) return;
      await sending;
      controller.abort(reason);
    };
    const { signal } = controller;
    const saving = files.writeFile(path('/d/a'), () => [bytes('new')], {
      ...rules,
      signal,
      expected,
    });
    await expect(saving).rejects.toBe(reason);
    expect([server.count('STOR'), server.count('RETR')]).toEqual([1, read + 1]);
    expect([server.names('/d'), server.text('/d/a')]).toEqual([['a', 'b'], 'a']);
  });
});

it('a temporary file is removed by another connection while the upload is taken back', async () => {
  const server = serverOf({});
  await using files = openFake(server);
  await files.readDirectory(path('/d'), calm());
  const taken = vi.spyOn(FakeConnection.prototype, 'deleteFile');
  const store = vi.spyOn(FakeConnection.prototype, 'store').mockImplementation(async function (
    this: FakeConnection,
    at,
  ) {
    server.file(at, 'half');
    // ABOR has gone out, and the server is silent.
    this.recovering = new Promise(() => {});
    throw new TransferError('STOR broke off', { bytes: 1, remedy: 'retry' });
  });
  await expect(save(files)).rejects.toThrow('broke off');
  expect(taken.mock.contexts).not.toContain(store.mock.contexts[0]);
  expect([server.names('/d'), server.text('/d/a')]).toEqual([['a', 'b'], 'a']);
});

describe.each(kinds)('a connection that is held is enough, whatever fails: on %o', (options) => {
  it.each(operations)('%s', async (_, operate) => {
    for (const fault of faults) {
      for (let at = 0; ; at++) {
        const server = serverOf(options);
        await using files = openFake(server, { maxConnections: 1 });
        server.fault = (index) => (index === at ? fault : undefined);
        await operate(files).catch(() => {});
        const hasFailed = server.commands.length > at;
        server.fault = () => undefined;
        // It has been given back.
        await files.readDirectory(path('/'), { ...calm(), fresh: true });
        expect(files.state).toMatchObject({ busy: 0 });
        if (!hasFailed) break;
      }
    }
  });
});
