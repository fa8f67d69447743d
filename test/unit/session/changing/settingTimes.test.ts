import { expect, test } from 'vitest';
import type { RemoteChange } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer } from '../fakeConnection.ts';
import { calm, openFake, path, reasonOf } from '../fakeSession.ts';

const time = new Date('2021-02-03T04:05:06Z');

test('a time that was set is told at once, and known without asking', async () => {
  const server = new FakeServer().file('/a', 'x');
  await using fs = openFake(server);
  await fs.readDirectory(path('/'), calm());
  const changes: RemoteChange[] = [];
  fs.onDidChange((each) => changes.push(...each));
  await fs.setModified(path('/a'), time, calm());
  expect(changes).toEqual([{ path: '/a', type: 'changed' }]);
  const asked = server.commands.length;
  expect((await fs.stat(path('/a'), calm())).modified).toEqual(time);
  expect(server.commands.length).toBe(asked);
});

test('the time of a link is that of its target', async () => {
  const server = new FakeServer().file('/dir/a', 'x').folder('/dir');
  server.link('/link', 'dir/a');
  await using fs = openFake(server);
  await fs.setModified(path('/link'), time, calm());
  expect(server.nodes.get(path('/dir/a'))?.modified).toBe(time.getTime());
});

test('a server that cannot is said to be one, and nothing is taken for changed', async () => {
  const server = new FakeServer({ mfmt: 'unknown' }).file('/a', 'x');
  await using fs = openFake(server);
  const before = await fs.stat(path('/a'), calm());
  expect(await reasonOf(fs.setModified(path('/a'), time, calm()))).toBe('unsupported');
  expect((await fs.stat(path('/a'), calm())).modified).toEqual(before.modified);
});

test('what is not there has no time', async () => {
  await using fs = openFake(new FakeServer());
  expect(await reasonOf(fs.setModified(path('/none'), time, calm()))).toBe('notFound');
});
