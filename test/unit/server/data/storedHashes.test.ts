import { createHash } from 'node:crypto';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskFolder } from '../../../../src/server/folder/diskFolder.ts';
import { memoryFolder } from '../../../../src/server/folder/memoryFolder.ts';
import { StoredHashes } from '../../../../src/server/data/storedHashes.ts';
import {
  type FileReader,
  resolveServedPath,
  type ServedFolder,
  servedRoot,
} from '../../../../src/server/folder/servedFolder.ts';
import { FtpPeer } from '../../../support/ftpPeer.ts';
import { changedFolder, startTestServer, withTempFolder } from '../testServer.ts';

const hashOf = (content: string): string => createHash('sha256').update(content).digest('hex');

/** The same folder, and how often its files were read. */
function counted(folder: ServedFolder): { folder: ServedFolder; reads: () => number } {
  let reads = 0;
  const openRead: ServedFolder['openRead'] = async (path) => {
    const file = await folder.openRead(path);
    const reader: FileReader = {
      entry: file.entry,
      read: (...args) => {
        reads += 1;
        return file.read(...args);
      },
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
    return reader;
  };
  return { folder: changedFolder(folder, { openRead }), reads: () => reads };
}

/** Stores files one after the other over one data connection. */
async function store(peer: FtpPeer, ...files: readonly [string, string][]): Promise<void> {
  await peer.login('B');
  const accept = await peer.listen();
  peer.write(files.map(([name]) => `STOR ${name}\r\n`).join(''));
  const data = await accept();
  for (const [, content] of files) data.sendBlock(content);
  for (const _ of files) {
    expect((await peer.reply()).slice(0, 1)).toBe('1');
    expect((await peer.reply()).slice(0, 1)).toBe('2');
  }
}

const saidHash = async (peer: FtpPeer, name: string): Promise<string> =>
  (await peer.say(`HASH ${name}`)).split(' ')[3] ?? '';

test('HASH after STOR reads nothing, under the new name neither', async () => {
  await withTempFolder(async (root) => {
    for (const served of [await diskFolder(root), memoryFolder()]) {
      const { folder, reads } = counted(served);
      await using server = await startTestServer({ folder });
      await using peer = await FtpPeer.dial(server.endpoint.port);
      await store(peer, ['a', 'content of a'], ['b', ''], ['c', 'content of c']);
      expect(await saidHash(peer, 'a')).toBe(hashOf('content of a'));
      expect(await saidHash(peer, 'b')).toBe(hashOf(''));
      await peer.codes('RNFR c', 'RNTO d');
      expect(await saidHash(peer, 'd')).toBe(hashOf('content of c'));
      expect(reads()).toBe(0);
    }
  });
});

test('a file that was changed since is hashed anew: by its size, its time, or by another STOR', async () => {
  await withTempFolder(async (root) => {
    const { folder, reads } = counted(await diskFolder(root));
    await using server = await startTestServer({ folder });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await store(peer, ['a', 'one'], ['b', 'one'], ['c', 'one'], ['c', 'two']);
    await writeFile(join(root, 'a'), 'longer');
    await writeFile(join(root, 'b'), 'two');
    await utimes(join(root, 'b'), new Date(), new Date(Date.now() + 5_000));
    expect(await saidHash(peer, 'a')).toBe(hashOf('longer'));
    expect(await saidHash(peer, 'b')).toBe(hashOf('two'));
    expect(await saidHash(peer, 'c')).toBe(hashOf('two'));
    expect(reads()).toBe(3);
  });
});

test('of two that write one new file at a time, none says what stands there', async () => {
  await withTempFolder(async (root) => {
    await using server = await startTestServer({ folder: await diskFolder(root) });
    await using one = await FtpPeer.dial(server.endpoint.port);
    await using two = await FtpPeer.dial(server.endpoint.port);
    await store(one, ['x', '']);
    await store(two, ['y', '']);
    const [dataOne, dataTwo] = [await one.listen(0), await two.listen(0)];
    const begin = async (
      peer: FtpPeer,
      accept: () => ReturnType<typeof dataOne>,
    ): ReturnType<typeof dataOne> => {
      await peer.say('TYPE I');
      const port = peer.listenedPort;
      await peer.say(`PORT 127,0,0,1,${port >> 8},${port & 255}`);
      await peer.say('STOR f');
      return accept();
    };
    const first = await begin(one, dataOne);
    const second = await begin(two, dataTwo);
    second.sendBlock('second');
    expect((await two.reply()).slice(0, 1)).toBe('2');
    first.sendBlock('1st');
    expect((await one.reply()).slice(0, 1)).toBe('2');
    expect(await saidHash(one, 'f')).toBe(hashOf('1stond'));
  });
});

test('whoever begins or ends first, of several writers none says what stands there', async () => {
  const folder = memoryFolder({ '/f': 'x' });
  const entry = await folder.entry(resolveServedPath(servedRoot, 'f') ?? servedRoot);
  const hashes = new StoredHashes();
  const one = hashes.begin(entry);
  const two = hashes.begin(entry);
  one.keep(entry, 'of one');
  one[Symbol.dispose]();
  two.keep(entry, 'of two');
  expect(hashes.of(entry)).toBeUndefined();
  two[Symbol.dispose]();
  const three = hashes.begin(entry);
  three.keep(entry, 'of three');
  three[Symbol.dispose]();
  expect(hashes.of(entry)).toBe('of three');
  expect(hashes.of({ ...entry, size: 2 })).toBeUndefined();
  expect(hashes.of({ ...entry, modifiedNs: entry.modifiedNs + 1n })).toBeUndefined();
  hashes.begin(entry);
  expect(hashes.of(entry)).toBeUndefined();
});

test('so many hashes are kept, the newest', async () => {
  const folder = memoryFolder({ '/f': 'x' });
  const entry = await folder.entry(resolveServedPath(servedRoot, 'f') ?? servedRoot);
  const hashes = new StoredHashes();
  const at = (number: number): typeof entry => ({ ...entry, unique: `${number}` });
  for (let number = 0; number < 5_000; number++) hashes.begin(at(number)).keep(at(number), 'hash');
  const kept = Array.from({ length: 5_000 }, (_, number) => hashes.of(at(number)));
  expect(kept.filter((hash) => hash !== undefined)).toHaveLength(4_096);
  expect(kept.at(-1)).toBe('hash');
});

test('an upload that broke off is hashed as it stands', async () => {
  await withTempFolder(async (root) => {
    await using server = await startTestServer({ folder: await diskFolder(root) });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('B');
    const accept = await peer.listen();
    peer.write('STOR a\r\n');
    const data = await accept();
    data.sendBlock('half', 0);
    data.stream.end();
    expect([(await peer.reply()).slice(0, 3), (await peer.reply()).slice(0, 3)]).toEqual([
      '150',
      '426',
    ]);
    expect(await saidHash(peer, 'a')).toBe(hashOf('half'));
  });
});
