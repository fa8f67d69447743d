import { beforeEach, expect, test, vi } from 'vitest';
import type { InputBoxOptions } from 'vscode';
import { CancelledError } from '../../../../src/base/abort.ts';
import type { RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { PermissionCommand } from '../../../../src/views/files/permissionCommand.ts';
import { Activity } from '../../../../src/workspace/activity.ts';
import type { Place } from '../../../../src/workspace/place.ts';
import type { SiteConnections } from '../../../../src/workspace/sites/siteConnections.ts';
import { FakeClock } from '../../session/fakeClock.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { openFake, path } from '../../session/fakeSession.ts';
import { someSite } from '../../workspace/someSite.ts';

const window = vi.hoisted(() => ({
  /** What the user types; it is checked as VS Code would. */
  typed: undefined as string | undefined,
  shown: [] as { title: string; value: string; explained: unknown }[],
}));

vi.mock('vscode', async () => ({
  ...(await import('../../../support/vscode.ts')),
  InputBoxValidationSeverity: { Info: 1, Warning: 2, Error: 3 },
  window: {
    showInputBox: async (options: InputBoxOptions) => {
      const { title = '', value = '' } = options;
      const explained = await options.validateInput?.(window.typed ?? '');
      window.shown.push({ title, value, explained });
      return window.typed;
    },
  },
}));

beforeEach(() => {
  window.shown.length = 0;
});

function commandOn(
  files: RemoteFileSystem,
  readOnly = false,
  activity = new Activity(new FakeClock()),
): PermissionCommand {
  const connections = {
    site: () => someSite({ readOnly }),
    files: () => files,
    allowQuestions: () => {},
  } as unknown as SiteConnections;
  return new PermissionCommand(connections, activity);
}

const places = (...names: readonly string[]): Place[] =>
  names.map((name) => ({ siteId: 'shop', path: path(name) }));

test('the box begins with the mode that is, and says in words what is typed', async () => {
  const server = new FakeServer().file('/a.sh', 'x', { mode: '0644' });
  await using files = openFake(server);
  window.typed = '4750';
  await commandOn(files).run(places('/a.sh'));
  expect(window.shown).toEqual([
    {
      title: 'Permissions of a.sh',
      value: '644',
      explained: {
        message:
          'rwsr-x---: Owner: read, write, execute. Group: read, execute. Others: nothing. Runs as its owner (setuid).',
        severity: 1,
      },
    },
  ]);
  expect(server.nodes.get(path('/a.sh'))?.mode).toBe('4750');
});

test('several get the same mode, and begin with the one that all have', async () => {
  const server = new FakeServer({ mode: '0644' }).file('/a', 'x').file('/b', 'y');
  server.file('/c', 'z', { mode: '0600' });
  await using files = openFake(server);
  window.typed = 'rw-r-----';
  await commandOn(files).run(places('/a', '/b'));
  await commandOn(files).run(places('/a', '/c'));
  expect(window.shown.map(({ title, value }) => [title, value])).toEqual([
    ['Permissions of 2 files and folders', '644'],
    ['Permissions of 2 files and folders', ''],
  ]);
  for (const name of ['/a', '/b', '/c']) expect(server.nodes.get(path(name))?.mode).toBe('0640');
});

test('a link begins with the mode of its target', async () => {
  const server = new FakeServer().folder('/dir').file('/dir/a', 'x', { mode: '0755' });
  server.link('/link', 'dir/a');
  await using files = openFake(server);
  window.typed = '700';
  await commandOn(files).run(places('/link'));
  expect(window.shown[0]?.value).toBe('755');
  expect(server.nodes.get(path('/dir/a'))?.mode).toBe('0700');
});

test('nothing is sent when the box is closed, or the site is read-only', async () => {
  const server = new FakeServer().file('/a', 'x', { mode: '0644' });
  await using files = openFake(server);
  window.typed = undefined;
  await commandOn(files).run(places('/a'));
  expect(server.count('CHMOD')).toBe(0);
  window.typed = '600';
  await expect(commandOn(files, true).run(places('/a'))).rejects.toThrow('read-only');
  await expect(commandOn(files).run([])).rejects.toThrow('First select files');
  expect(server.count('CHMOD')).toBe(0);
});

test('one that fails does not keep the others, and is told', async () => {
  const server = new FakeServer({ mode: '0644' }).file('/a', 'x').file('/b', 'y').file('/c', 'z');
  await using files = openFake(server);
  window.typed = '600';
  server.fault = (_, command) => (command === 'CHMOD /b' ? 'reply550' : undefined);
  const run = commandOn(files).run(places('/a', '/b', '/c'));
  await expect(run).rejects.toMatchObject({ reason: 'noPermissions', path: '/b' });
  expect(server.nodes.get(path('/c'))?.mode).toBe('0600');
  server.fault = (_, command) => (command.startsWith('CHMOD ') ? 'reply550' : undefined);
  const both = commandOn(files).run(places('/a', '/b'));
  await expect(both).rejects.toThrow('The permissions of 2 files and folders could not be changed');
});

test('who cancels means all the rest', async () => {
  const server = new FakeServer({ mode: '0644' }).file('/a', 'x').file('/b', 'y').file('/c', 'z');
  await using files = openFake(server);
  const activity = new Activity(new FakeClock());
  window.typed = '600';
  server.fault = (_, command) => {
    if (command === 'CHMOD /b') activity.cancel('shop');
    return undefined;
  };
  const run = commandOn(files, false, activity).run(places('/a', '/b', '/c'));
  await expect(run).rejects.toBeInstanceOf(CancelledError);
  expect(server.nodes.get(path('/c'))?.mode).toBe('0644');
});

test('what is no mode is refused as it is typed', async () => {
  const server = new FakeServer().folder('/dir');
  await using files = openFake(server);
  window.typed = '999';
  await commandOn(files).run(places('/dir'));
  expect(window.shown[0]?.explained).toMatchObject({ severity: 3 });
  expect(server.count('CHMOD')).toBe(0);
});
