import { describe, expect, it } from 'vitest';
import type { WriteOptions } from '../../../src/session/remoteFileSystem.ts';
import { FakeServer } from './fakeConnection.ts';
import { bytes, calm, openFake, path, reasonOf } from './fakeSession.ts';

const over = (): WriteOptions => ({ ...calm(), create: true, overwrite: true });

describe('writeFile', () => {
  it('puts the new bytes under the name by way of a neighbour', async () => {
    const server = new FakeServer().file('/index.html', 'old');
    await using files = openFake(server);
    const outcome = await files.writeFile(path('/index.html'), () => [bytes('new')], over());
    expect(outcome).toMatchObject({ kind: 'written', identity: { size: 3, settled: false } });
    expect(server.text('/index.html')).toBe('new');
    expect(server.names('/')).toEqual(['index.html']);
    expect(server.commands).toContain('STOR /.portside-id0-index.html');
  });

  it('creates, replaces and refuses as the options say', async () => {
    const server = new FakeServer().file('/a', 'old').folder('/dir');
    await using files = openFake(server);
    const write = (to: string, create: boolean, overwrite: boolean): Promise<string> =>
      reasonOf(files.writeFile(path(to), () => [bytes('new')], { ...calm(), create, overwrite }));
    expect(await write('/a', true, false)).toBe('exists');
    expect(await write('/b', false, true)).toBe('notFound');
    expect(await write('/dir', true, true)).toBe('isADirectory');
    expect(await write('/no/b', true, true)).toBe('notFound');
    expect(server.names('/')).toEqual(['a', 'dir']);
    expect(await write('/b', true, false)).toBe('nothing failed');
    expect(server.text('/b')).toBe('new');
  });
});
