import { describe, expect, test } from 'vitest';
import type { RemoteFileSystem } from '../../../../src/session/remoteFileSystem.ts';
import { KeptServersFileError, writeOrAsk } from '../../../../src/workspace/files/conflicts.ts';
import { FakeServer } from '../../session/fakeConnection.ts';
import { bytes, calm, openFake, path } from '../../session/fakeSession.ts';
import { ScriptedUser } from '../scriptedUser.ts';
import { someSite } from '../someSite.ts';

const at = path('/a.txt');

async function opened(): Promise<{
  server: FakeServer;
  files: RemoteFileSystem;
  user: ScriptedUser;
  save: (text: string) => Promise<unknown>;
}> {
  const server = new FakeServer().file('/a.txt', 'opened');
  server.clock.advance(60_000);
  const files = openFake(server);
  const user = new ScriptedUser();
  const { identity } = await files.readFile(at, calm());
  const save = (text: string): Promise<unknown> =>
    writeOrAsk(
      {
        site: someSite(),
        files,
        path: at,
        content: bytes(text),
        create: true,
        overwrite: true,
        expected: identity,
      },
      user,
      calm(),
    );
  return { server, files, user, save };
}

describe('a save', () => {
  test('asks nothing while the file is the one that was opened', async () => {
    const { server, user, save } = await opened();
    await save('mine');
    expect(server.text('/a.txt')).toBe('mine');
    expect(user.asked).toEqual([]);
  });

  test("does not touch a colleague's file unless the user says so", async () => {
    const { server, user, save } = await opened();
    server.file('/a.txt', 'theirs');
    await expect(save('mine')).rejects.toThrow(KeptServersFileError);
    expect(server.text('/a.txt')).toBe('theirs');
    expect(user.asked).toEqual(['conflict at /a.txt']);
    expect(user.conflicts[0]?.found).toMatchObject({ size: 6 });
  });

  test('overwrites what was shown when the user says so', async () => {
    const { server, user, save } = await opened();
    server.file('/a.txt', 'their longer text');
    user.choices = ['overwrite'];
    await save('mine');
    expect(server.text('/a.txt')).toBe('mine');
  });

  test('asks again when the file changes once more while the user thinks', async () => {
    const { server, user, save } = await opened();
    server.file('/a.txt', 'theirs, first');
    user.choices = ['overwrite', 'cancel'];
    user.think = async () => {
      server.clock.advance(60_000);
      if (user.asked.length === 1) server.file('/a.txt', 'theirs, second and longer');
    };
    await expect(save('mine')).rejects.toThrow(KeptServersFileError);
    expect(server.text('/a.txt')).toBe('theirs, second and longer');
    expect(user.asked).toHaveLength(2);
  });

  test('asks before it makes a file that was deleted on the server', async () => {
    const { server, user, save } = await opened();
    server.nodes.delete(at);
    await expect(save('mine')).rejects.toThrow(KeptServersFileError);
    expect(server.text('/a.txt')).toBeUndefined();
    user.choices = ['overwrite'];
    await save('mine');
    expect(user.conflicts.map(({ found }) => found)).toEqual(['absent', 'absent']);
    expect(server.text('/a.txt')).toBe('mine');
  });
});
