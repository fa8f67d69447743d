import { describe, expect, it } from 'vitest';
import type { RemoteFileSystem } from '../../../src/session/remoteFileSystem.ts';
import { FakeServer, type FakeServerOptions } from './fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf } from './fakeSession.ts';

const rules = { create: true, overwrite: true };

function write(files: RemoteFileSystem, text: string): Promise<unknown> {
  return files.writeFile(path('/a'), () => [bytes(text)], { ...calm(), ...rules });
}

/** Closes the session right before or right after the server obeys a command of that number. */
function closeAt(
  server: FakeServer,
  files: RemoteFileSystem,
  { verb, number, moment }: { verb: string; number: number; moment: 'gate' | 'late' },
): () => PromiseLike<void> | undefined {
  let seen = 0;
  let closing: PromiseLike<void> | undefined;
  server[moment] = async (command) => {
    if (command.startsWith(verb) && seen++ === number) closing = files[Symbol.asyncDispose]();
  };
  return () => closing;
}

interface Saver {
  readonly options: FakeServerOptions;
  /** How often it is asked for a rename in a save, and how often it does it. */
  readonly renames: Readonly<Record<'gate' | 'late', number>>;
}

const savers: Readonly<Record<string, Saver>> = {
  'renames over a file': { options: {}, renames: { gate: 1, late: 1 } },
  'does not rename over a file': { options: { renameOver: false }, renames: { gate: 3, late: 2 } },
};

describe.each(Object.entries(savers))('closing in a save on a server that %s', (_, saver) => {
  const moments = (['gate', 'late'] as const).flatMap((moment) =>
    Array.from({ length: saver.renames[moment] }, (_, number) => ({ number, moment })),
  );

  it.each(moments)('leaves a whole file at RNTO $number ($moment)', async (at) => {
    const server = new FakeServer(saver.options).file('/a', 'the old bytes');
    const files = openFake(server);
    const closing = closeAt(server, files, { verb: 'RNTO', ...at });
    const told = await reasonOf(write(files, 'the new ones'));
    expect(closing(), 'that rename was never sent').toBeDefined();
    await closing();
    expect(server.text('/a')).toBe(told === 'nothing failed' ? 'the new ones' : 'the old bytes');
    expect(server.names('/')).toEqual(['a']);
    expect(server.connections.size).toBe(0);
  });
});

describe('closing', () => {
  it.each(['gate', 'late'] as const)(
    'puts the old bytes back that were being written over in place (%s)',
    async (moment) => {
      const server = new FakeServer({ newNames: false }).file('/a', 'the old bytes');
      const files = openFake(server);
      const closing = closeAt(server, files, { verb: 'STOR /a', number: 0, moment });
      expect(await reasonOf(write(files, 'the new ones'))).toBe('unavailable');
      expect(closing(), 'nothing was written in place').toBeDefined();
      await closing();
      expect([server.names('/'), server.text('/a')]).toEqual([['a'], 'the old bytes']);
    },
  );

  it('takes no new work while it waits for a replacement, and ends what may break off', async () => {
    const server = new FakeServer().file('/a', 'old').file('/b', 'b');
    const files = openFake(server);
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    server.gate = async (command) => {
      if (!/^(?:RNTO|RETR)/.test(command)) return;
      if (command.startsWith('RNTO')) begun.resolve();
      await held.promise;
    };
    const reading = reasonOf(files.readFile(path('/b'), calm()));
    const writing = reasonOf(write(files, 'new'));
    await begun.promise;
    const closing = files[Symbol.asyncDispose]();
    expect(await reading).toBe('unavailable');
    expect(await reasonOf(files.readFile(path('/a'), calm()))).toBe('unavailable');
    expect(await reasonOf(write(files, 'newer'))).toBe('unavailable');
    held.resolve();
    await closing;
    expect([await writing, server.text('/a')]).toEqual(['nothing failed', 'new']);
  });

  it('does not wait for ever for a replacement that never ends', async () => {
    const server = new FakeServer().file('/a', 'old');
    const files = openFake(server);
    const begun = Promise.withResolvers<void>();
    server.gate = (command) => {
      if (!command.startsWith('RNTO')) return Promise.resolve();
      begun.resolve();
      return new Promise(() => {});
    };
    const writing = reasonOf(write(files, 'new'));
    await begun.promise;
    const closing = files[Symbol.asyncDispose]();
    server.clock.advance(10_000);
    await closing;
    expect(await writing).toBe('unavailable');
    expect(server.text('/a')).toBe('old');
  });
});
