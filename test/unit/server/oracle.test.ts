import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { Client, FileType } from 'basic-ftp';
import { describe, expect, test } from 'vitest';
import { diskFolder } from '../../../src/server/folder/diskFolder.ts';
import { personalities } from '../../../src/server/personality.ts';
import { startTlsServer, withTempFolder } from './testServer.ts';

// A client that is not ours, in stream mode over EPSV: what it understands, others do too.
describe.each([
  ['standard', {}],
  ['iis', personalities.iis],
] as const)('basic-ftp with the personality %s', (_name, personality) => {
  test('lists, uploads, downloads, renames and removes over explicit TLS', async () => {
    await withTempFolder(async (root) => {
      await mkdir(join(root, 'sub'));
      await writeFile(join(root, 'sub', 'there.txt'), 'was there');
      const folder = await diskFolder(root);
      await using server = await startTlsServer({ folder, personality, requireSessionReuse: true });
      const client = new Client(5_000);
      try {
        await client.access({
          host: '127.0.0.1',
          port: server.endpoint.port,
          user: 'anna',
          password: 'secret',
          secure: true,
          secureOptions: { rejectUnauthorized: false, host: 'localhost', servername: 'localhost' },
        });
        await client.cd('sub');
        const big = Buffer.alloc(3_000_000, 'portside ');
        await client.uploadFrom(Readable.from([big]), 'big file.bin');
        await client.appendFrom(Readable.from([Buffer.from('tail')]), 'there.txt');
        const listed = await client.list();
        expect(
          listed
            .map(({ name, size, type }) => ({ name, size, type }))
            .toSorted((a, b) => a.size - b.size),
        ).toEqual([
          { name: 'there.txt', size: 13, type: FileType.File },
          { name: 'big file.bin', size: 3_000_000, type: FileType.File },
        ]);
        expect(await client.size('there.txt')).toBe(13);
        const pieces: Buffer[] = [];
        await client.downloadTo(
          new Writable({
            write: (chunk: Buffer, _encoding, done) => {
              pieces.push(chunk);
              done();
            },
          }),
          'big file.bin',
        );
        expect(Buffer.concat(pieces).equals(big)).toBe(true);
        await client.rename('big file.bin', 'renamed');
        expect((await readFile(join(root, 'sub', 'renamed'))).equals(big)).toBe(true);
        await client.remove('renamed');
        await client.ensureDir('deep/er');
        await client.cd('/');
        await client.removeDir('sub');
        expect(await readdir(root)).toEqual([]);
      } finally {
        client.close();
      }
      expect(server.counters.fullHandshakes).toBe(0);
      expect(server.counters.resumedHandshakes).toBeGreaterThan(4);
    });
  });
});
