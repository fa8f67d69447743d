import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskFolder } from '../../../../src/server/folder/diskFolder.ts';
import { memoryFolder } from '../../../../src/server/folder/memoryFolder.ts';
import type { ServedEntry, ServedFolder } from '../../../../src/server/folder/servedFolder.ts';
import { FtpPeer } from '../../../support/ftpPeer.ts';
import { changedFolder, listOf, startTestServer, withTempFolder } from '../testServer.ts';
import { servedRoot } from '../../../../src/server/folder/servedFolder.ts';

/** A folder whose listing goes on only when it is told to. */
function slowFolder(first: 'some' | 'none'): {
  folder: ServedFolder;
  goOn: () => void;
  closed: Promise<void>;
} {
  const folder = memoryFolder({ '/a': '1', '/b': '2' });
  const go = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const openList: ServedFolder['openList'] = async (path) => {
    const entries = await listOf(folder, path);
    const given = first === 'some' ? 1 : 0;
    return {
      entries: async function* (): AsyncGenerator<readonly ServedEntry[]> {
        yield entries.slice(0, given);
        await go.promise;
        yield entries.slice(given);
      },
      [Symbol.asyncDispose]: async () => closed.resolve(),
    };
  };
  return { folder: changedFolder(folder, { openList }), goOn: go.resolve, closed: closed.promise };
}

test.each(['MLSD', 'LIST', 'NLST'])(
  '%s says 150 and dials before the folder was read, and sends what there is',
  async (verb) => {
    const { folder, goOn, closed } = slowFolder('some');
    await using server = await startTestServer({ folder });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('S');
    const accept = await peer.listen();
    expect(await peer.say(verb)).toBe('150 Opening the data connection');
    const data = await accept();
    let line = '';
    while (!line.endsWith('\n')) line += (await data.take(1)).toString();
    expect(line).toMatch(/ ?a\r\n$/);
    goOn();
    expect((await data.rest()).toString()).toMatch(/b\r\n$/);
    expect((await peer.reply()).slice(0, 3)).toBe('226');
    await closed;
  },
);

test.each(['S', 'B'] as const)(
  'a folder that takes long is dialled for at once in mode %s too, and ABOR ends it',
  async (mode) => {
    const { folder, closed } = slowFolder('none');
    await using server = await startTestServer({ folder });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login(mode);
    const accept = await peer.listen();
    await peer.say('MLSD');
    const data = await accept();
    expect((await peer.say('STAT')).split('\n')).toContain(' A transfer is running');
    peer.write('ABOR\r\n');
    expect((await peer.reply()).slice(0, 3)).toBe('426');
    expect((await peer.reply()).slice(0, 3)).toBe('226');
    await data.closed;
    await closed;
  },
);

test.each(['MLSD absent', 'LIST absent', 'NLST absent', 'MLSD a'])(
  '%s is refused before anything is dialled',
  async (line) => {
    await using server = await startTestServer({ folder: slowFolder('some').folder });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('S');
    expect(await peer.say(line)).toMatch(/^5/);
    expect(server.counters.dataOpened).toBe(0);
  },
);

test('a folder on disk with more names than are read at a time is listed whole, each once', async () => {
  await withTempFolder(async (root) => {
    const names = Array.from({ length: 1_500 }, (_, at) => `ä${at}`);
    for (const name of names) await writeFile(join(root, name), name);
    const listed = await listOf(await diskFolder(root), servedRoot);
    const told = listed.map(({ name }) => Buffer.from(name, 'latin1').toString('utf8'));
    expect(told).toEqual(names.toSorted());
    expect(listed.every(({ name, size }) => size === name.length)).toBe(true);
  });
});
