import { expect, test } from 'vitest';
import { RemoteFileError } from '../../../../src/session/remoteFileError.ts';
import type { RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { FakeServer } from '../fakeConnection.ts';
import { bytes, calm, openFake, path } from '../fakeSession.ts';

test('a link whose target the server does not tell is tried, once', async () => {
  const server = new FakeServer({ hidesTargets: true }).folder('/dir').file('/dir/a', 'abc');
  server.link('/to file', 'dir/a').link('/to folder', 'dir').link('/to nothing', 'nothing');
  await using fs = openFake(server);
  const types = async (): Promise<object> => {
    const entries = await fs.readDirectory(path('/'), { ...calm(), fresh: true });
    const links = entries.filter(({ type }) => type === 'symlink');
    return Object.fromEntries(links.map(({ name, targetType }) => [name, targetType]));
  };
  const expected = { 'to file': 'file', 'to folder': 'directory', 'to nothing': undefined };
  expect(await types()).toEqual(expected);
  const asked = server.count('SIZE');
  expect(asked).toBe(3);
  expect(await types()).toEqual(expected);
  expect(await fs.stat(path('/to folder'), calm())).toMatchObject({ targetType: 'directory' });
  // A file may be another by now: it alone is asked about again where that is wanted.
  expect(server.count('SIZE')).toBe(asked + 1);
  server.file('/nothing', 'x');
  server.clock.advance(6 * 60_000);
  expect(await types()).toEqual({ ...expected, 'to nothing': 'file' });
});

test('a folder full of links that lead nowhere costs few questions', async () => {
  const server = new FakeServer();
  for (let link = 0; link < 100; link++) server.link(`/link ${link}`, 'nothing');
  await using fs = openFake(server);
  expect(await fs.readDirectory(path('/'), calm())).toHaveLength(100);
  expect(server.count('SIZE')).toBe(8);
  expect(server.count('MLSD')).toBeLessThanOrEqual(9);
  await fs.stat(path('/link 99'), calm());
  expect(server.count('SIZE')).toBe(9);
});

test('links whose targets are told cost no question', async () => {
  const server = new FakeServer().file('/a', 'abc');
  for (let link = 0; link < 100; link++) server.link(`/link ${link}`, 'a');
  await using fs = openFake(server);
  const entries = await fs.readDirectory(path('/'), calm());
  expect(entries.filter(({ targetType }) => targetType === 'file')).toHaveLength(100);
  expect(server.commands).toEqual(['MLSD /']);
});

test('a file behind a link that only the server can follow is saved, and its link stays', async () => {
  const server = new FakeServer({ hidesTargets: true }).folder('/dir').file('/dir/a', 'old');
  server.link('/link', 'dir/a');
  await using fs = openFake(server);
  await fs.readDirectory(path('/'), calm());
  const { content, identity } = await fs.readFile(path('/link'), calm());
  expect(Buffer.from(content).toString()).toBe('old');
  expect(identity.size).toBe(3);
  const written = await fs.writeFile(path('/link'), () => [bytes('newer')], {
    ...calm(),
    create: true,
    overwrite: true,
    expected: identity,
  });
  expect(written.kind).toBe('written');
  expect(server.text('/dir/a')).toBe('newer');
  expect(server.nodes.get(path('/link'))?.type).toBe('symlink');
});

const identityOfLarge = {
  size: 1_000_000,
  modified: undefined,
  unique: undefined,
  sha256: '0'.repeat(64),
  settled: false,
};

test('a folder on the way of a link that cannot be listed is told in the words of a file system', async () => {
  const operations: readonly ((fs: RemoteFileSystem) => Promise<unknown>)[] = [
    (fs) => fs.readFile(path('/link'), calm()),
    (fs) => fs.compare(path('/link'), 'absent', calm()),
    (fs) => fs.settle(path('/link'), identityOfLarge, calm()),
    (fs) => fs.changeMode(path('/link'), '644', calm()),
    (fs) => fs.setModified(path('/link'), new Date(0), calm()),
    (fs) =>
      fs.writeFile(path('/link'), () => [bytes('new')], {
        ...calm(),
        create: true,
        overwrite: true,
      }),
  ];
  for (const operate of operations) {
    const server = new FakeServer().folder('/dir').file('/dir/a', 'old').link('/link', 'dir/a');
    await using fs = openFake(server);
    await fs.readDirectory(path('/'), calm());
    fs.forget(path('/dir'));
    server.fault = (_, command) => (command === 'MLSD /dir' ? 'lostBefore' : undefined);
    const error: unknown = await operate(fs).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteFileError);
    expect(error).toMatchObject({ reason: 'unavailable' });
  }
});
