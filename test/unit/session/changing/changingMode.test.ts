import { expect, test } from 'vitest';
import type { RemoteChange, RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer } from '../fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf } from '../fakeSession.ts';

function heard(fs: RemoteFileSystem): RemoteChange[] {
  const changes: RemoteChange[] = [];
  fs.onDidChange((each) => changes.push(...each));
  return changes;
}

test('a changed mode is told at once, known without asking, and kept by the next save', async () => {
  const server = new FakeServer({ mode: '0644' }).file('/a.sh', 'x');
  await using fs = openFake(server);
  await fs.readDirectory(path('/'), calm());
  const changes = heard(fs);
  await fs.changeMode(path('/a.sh'), '750', calm());
  expect(changes).toEqual([{ path: '/a.sh', type: 'changed' }]);
  const asked = server.commands.length;
  expect((await fs.stat(path('/a.sh'), calm())).mode).toBe('0750');
  expect(server.commands.length).toBe(asked);
  await fs.writeFile(path('/a.sh'), () => [bytes('y')], {
    ...calm(),
    create: true,
    overwrite: true,
  });
  expect(server.nodes.get(path('/a.sh'))?.mode).toBe('0750');
});

test('where single names tell no mode, what the server said yes to is known', async () => {
  const server = new FakeServer({ mlst: false, size: false, mode: '0644' }).file('/a.sh', 'x');
  await using fs = openFake(server);
  await fs.readDirectory(path('/'), calm());
  await fs.changeMode(path('/a.sh'), '4755', calm());
  expect((await fs.stat(path('/a.sh'), calm())).mode).toBe('4755');
});

test('the mode of a link is that of its target', async () => {
  const server = new FakeServer({ mode: '0644' }).file('/dir/a.sh', 'x').folder('/dir');
  server.link('/link', 'dir/a.sh');
  await using fs = openFake(server);
  const changes = heard(fs);
  await fs.changeMode(path('/link'), '755', calm());
  expect(server.nodes.get(path('/dir/a.sh'))?.mode).toBe('0755');
  expect(server.nodes.get(path('/link'))?.mode).toBeUndefined();
  expect(changes).toEqual([
    { path: '/link', type: 'changed' },
    { path: '/dir/a.sh', type: 'changed' },
  ]);
});

test('a folder is changed with what it holds left alone', async () => {
  const server = new FakeServer({ mode: '0644' }).folder('/dir').file('/dir/a', 'x');
  await using fs = openFake(server);
  await fs.readDirectory(path('/dir'), calm());
  await fs.changeMode(path('/dir'), '700', calm());
  expect(server.nodes.get(path('/dir'))?.mode).toBe('0700');
  expect(server.nodes.get(path('/dir/a'))?.mode).toBe('0644');
});

test('a server without SITE CHMOD, and a name that is not there, are told as that', async () => {
  const server = new FakeServer({ chmod: 'unknown' }).file('/a', 'x');
  await using fs = openFake(server);
  expect(await reasonOf(fs.changeMode(path('/a'), '644', calm()))).toBe('unsupported');
  await using other = openFake(new FakeServer());
  expect(await reasonOf(other.changeMode(path('/a'), '644', calm()))).toBe('notFound');
});

test('a server that says yes and does nothing is found out', async () => {
  const server = new FakeServer({ chmod: 'ignored', mode: '0644' }).file('/a', 'x');
  await using fs = openFake(server);
  const failed = fs.changeMode(path('/a'), '600', calm());
  await expect(failed).rejects.toMatchObject({ reason: 'noPermissions' });
  await expect(failed).rejects.toThrow('its mode is still 0644');
  expect((await fs.stat(path('/a'), calm())).mode).toBe('0644');
});

test('what is no mode is refused before anything is sent', async () => {
  const server = new FakeServer().file('/a', 'x');
  await using fs = openFake(server);
  for (const mode of ['', '64', '888', '+x', '0644 /etc', '00644']) {
    await expect(fs.changeMode(path('/a'), mode, calm())).rejects.toThrow(RangeError);
  }
  expect(server.commands).toEqual([]);
});
