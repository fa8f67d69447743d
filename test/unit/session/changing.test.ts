import { describe, expect, it } from 'vitest';
import { FakeServer } from './fakeConnection.ts';
import { calm, openFake, path, reasonOf } from './fakeSession.ts';

describe('delete', () => {
  it('deletes a tree, depth first', async () => {
    const server = new FakeServer()
      .folder('/a')
      .folder('/a/b')
      .file('/a/b/c', 'c')
      .file('/a/d', 'd');
    await using files = openFake(server);
    await files.delete(path('/a'), { ...calm(), recursive: true });
    expect(server.names('/')).toEqual([]);
    expect(await reasonOf(files.stat(path('/a/b'), calm()))).toBe('notFound');
  });

  it('leaves a folder that is not empty unless told otherwise', async () => {
    const server = new FakeServer().folder('/a').file('/a/d', 'd');
    await using files = openFake(server);
    const deleting = files.delete(path('/a'), { ...calm(), recursive: false });
    expect(await reasonOf(deleting)).toBe('notEmpty');
    expect(server.names('/a')).toEqual(['d']);
  });
});

describe('rename', () => {
  it('renames, and knows the new name', async () => {
    const server = new FakeServer().file('/a', 'a');
    await using files = openFake(server);
    await files.rename(path('/a'), path('/b'), { ...calm(), overwrite: false });
    expect(server.names('/')).toEqual(['b']);
    expect((await files.stat(path('/b'), calm())).size).toBe(1);
    expect(await reasonOf(files.stat(path('/a'), calm()))).toBe('notFound');
  });
});

describe('createDirectory', () => {
  it('makes a folder, once', async () => {
    const server = new FakeServer();
    await using files = openFake(server);
    await files.createDirectory(path('/a'), calm());
    expect(await files.readDirectory(path('/a'), calm())).toEqual([]);
    expect(await reasonOf(files.createDirectory(path('/a'), calm()))).toBe('exists');
    expect(await reasonOf(files.createDirectory(path('/x/y'), calm()))).toBe('notFound');
  });
});
