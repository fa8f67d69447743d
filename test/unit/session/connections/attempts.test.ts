import { describe, expect, it } from 'vitest';
import type { RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { sessionDefaults } from '../../../../src/session/sessionOptions.ts';
import { FakeServer, type FakeServerOptions, type Fault } from '../fakeConnection.ts';
import { bytes, calm, openFake, path } from '../fakeSession.ts';

// What one operation may meet: three attempts of its own, and as many for finding out what became of it
// and for cleaning up.
const mostAttempts = 3;
const mostFailures = 2 * mostAttempts;

// The steps of a walk down the ladder, and those for cleaning up.
const mostSteps = 6 + mostAttempts;

const rules = { create: true, overwrite: true };

const operations: Readonly<Record<string, (files: RemoteFileSystem) => Promise<unknown>>> = {
  read: (files) => files.readFile(path('/d/a'), calm()),
  'read as a stream': (files) => Array.fromAsync(files.openRead(path('/d/a'), calm())),
  'folder’s listing': (files) => files.readDirectory(path('/d'), calm()),
  save: async (files) =>
    files.writeFile(path('/d/a'), () => [bytes('new')], { ...calm(), ...rules }),
  'save of a new file': (files) =>
    files.writeFile(path('/d/new'), () => [bytes('new')], { ...calm(), ...rules }),
  rename: (files) => files.rename(path('/d/a'), path('/d/z'), { ...calm(), overwrite: false }),
  'rename over a file': (files) =>
    files.rename(path('/d/a'), path('/d/b'), { ...calm(), overwrite: true }),
  delete: (files) => files.delete(path('/d/a'), { ...calm(), recursive: false }),
  'new folder': (files) => files.createDirectory(path('/d/new'), calm()),
  'change of a mode': (files) => files.changeMode(path('/d/a'), '644', calm()),
};

const kinds: readonly FakeServerOptions[] = [
  {},
  { mlst: false },
  { mlst: false, size: false },
  { renameOver: false },
  { renames: 'confirmed' },
  { newNames: false },
];

function serverOf(options: FakeServerOptions): FakeServer {
  const server = new FakeServer(options).folder('/d').file('/d/a', 'a').file('/d/b', 'b');
  server.folder('/links').folder('/else');
  for (let at = 0; at < 9; at++) server.link(`/links/${at}`, `/else${at}/f`);
  return server;
}

/** The most connections that an operation costs, over all the commands from which on some fail. */
async function mostLosses(
  operation: (files: RemoteFileSystem) => Promise<unknown>,
  options: FakeServerOptions,
  fault: (command: string) => Fault | undefined,
): Promise<number> {
  let most = 0;
  for (let from = 0; ; from++) {
    const server = serverOf(options);
    await using files = openFake(server);
    await files.connect(calm());
    server.fault = (index, command) => (index >= from ? fault(command) : undefined);
    await operation(files).catch(() => {});
    most = Math.max(most, server.losses);
    if (from > server.commands.length) return most;
  }
}

const movesData = (command: string): boolean => /^(?:MLSD|RETR|STOR) /.test(command);
const changes = (command: string): boolean => /^(?:STOR|RNTO|DELE|RMD|MKD) /.test(command);

describe.each(Object.entries(operations))('the attempts of one operation: %s', (_, operation) => {
  it('are few where the server drops each connection from some command on', async () => {
    for (const options of kinds) {
      for (const fault of ['lostBefore', 'lostAfter'] as const) {
        expect(await mostLosses(operation, options, () => fault)).toBeLessThanOrEqual(mostFailures);
      }
    }
  });

  it('are few where only changes break off', async () => {
    for (const options of kinds) {
      const fault = (command: string): Fault | undefined =>
        changes(command) ? 'lostBefore' : undefined;
      expect(await mostLosses(operation, options, fault)).toBeLessThanOrEqual(mostFailures);
    }
  });

  it('walk the ladder once where no data port leads to the server', async () => {
    for (const options of kinds) {
      const fault = (command: string): Fault | undefined =>
        movesData(command) ? 'noDataPort' : undefined;
      expect(await mostLosses(operation, options, fault)).toBeLessThanOrEqual(mostSteps);
    }
  });

  it('outlive an idle connection that was closed and one that breaks', async () => {
    for (const options of kinds.filter(({ renames, newNames }) => !renames && newNames !== false)) {
      let index = 0;
      const faultAt = (): Fault | undefined => (index++ < 2 ? 'lostBefore' : undefined);
      const server = serverOf(options);
      await using files = openFake(server);
      await files.connect(calm());
      server.fault = faultAt;
      await expect(operation(files)).resolves.not.toThrow();
    }
  });
});

const listing = (files: RemoteFileSystem): Promise<unknown> =>
  files.readDirectory(path('/links'), calm());

it('the attempts of one operation are those for all the links in a folder', async () => {
  for (const options of kinds) {
    const worst = await mostLosses(listing, options, () => 'lostBefore');
    // Those that are under way on the other connections fail as well.
    expect(worst).toBeLessThanOrEqual(mostFailures + sessionDefaults.maxConnections);
  }
});

it('a folder is deleted with all that is in it, though each file costs a connection', async () => {
  const server = new FakeServer().folder('/d');
  for (let at = 0; at < 9; at++) server.file(`/d/${at}`, 'x');
  const tried = new Set<string>();
  server.fault = (_, command) => {
    if (!command.startsWith('DELE /d/') || tried.has(command)) return undefined;
    tried.add(command);
    return 'lostBefore';
  };
  await using files = openFake(server);
  await files.delete(path('/d'), { ...calm(), recursive: true });
  expect([server.losses, server.names('/')]).toEqual([9, []]);
});

it('a folder is deleted with all that is in it, though the listing of each folder costs a connection', async () => {
  const server = new FakeServer().folder('/d');
  for (let at = 0; at < 9; at++) server.folder(`/d/${at}`).file(`/d/${at}/f`, 'x');
  const tried = new Set<string>();
  server.fault = (_, command) => {
    if (!command.startsWith('MLSD /d/') || tried.has(command)) return undefined;
    tried.add(command);
    return 'lostBefore';
  };
  await using files = openFake(server);
  await files.delete(path('/d'), { ...calm(), recursive: true });
  expect([server.losses, server.names('/')]).toEqual([9, []]);
});
