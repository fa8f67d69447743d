import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { diskFolder } from '../../../../src/server/folder/diskFolder.ts';
import { bytesOfFile } from '../../../../src/server/data/fileBytes.ts';
import { type Ground, PathGround } from '../../../../src/server/folder/diskGround.ts';
import {
  resolveServedPath,
  type ServedPath,
  servedRoot,
} from '../../../../src/server/folder/servedFolder.ts';
import { FtpPeer } from '../../../support/ftpPeer.ts';
import { listOf, startTestServer, withTempFolder } from '../testServer.ts';

/** A root with links of every kind, beside a folder that no client may reach. */
async function withLinks(run: (root: string, outside: string) => Promise<void>): Promise<void> {
  await withTempFolder(async (base) => {
    const root = join(base, 'root');
    const outside = join(base, 'root-outside');
    await mkdir(join(root, 'sub'), { recursive: true });
    await mkdir(join(outside, 'deep'), { recursive: true });
    await writeFile(join(root, 'inside.txt'), 'inside');
    await writeFile(join(outside, 'secret.txt'), 'secret');
    await symlink('inside.txt', join(root, 'good'));
    await symlink('sub', join(root, 'goodFolder'));
    await symlink('../root-outside', join(root, 'away'));
    await symlink(outside, join(root, 'absolute'));
    await symlink('../root-outside/secret.txt', join(root, 'file'));
    await symlink('../root-outside/new.txt', join(root, 'dangling'));
    await symlink('away', join(root, 'twice'));
    await symlink('loop', join(root, 'loop'));
    await run(root, outside);
  });
}

const byPaths = (root: string): Ground => new PathGround(root);

async function codesOf(
  root: string,
  lines: readonly string[],
  ground?: (root: string) => Ground,
): Promise<string[]> {
  await using server = await startTestServer({ folder: await diskFolder(root, ground) });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('B');
  await peer.listen();
  return await peer.codes(...lines);
}

test.each([
  ['by descriptors', undefined],
  ['by paths', byPaths],
])('%s: links out of the root are refused to every command', async (_name, ground) => {
  await withLinks(async (root, outside) => {
    const targets = ['away/secret.txt', 'absolute/secret.txt', 'twice/secret.txt', 'file', 'loop'];
    const reading = ['RETR', 'SIZE', 'MDTM', 'HASH', 'STAT', 'LIST', 'NLST', 'CWD'];
    const writing = ['STOR', 'APPE', 'STOU away/x', 'DELE away/secret.txt', 'RMD away/deep'];
    const lines = [
      ...targets.flatMap((target) => reading.map((verb) => `${verb} ${target}`)),
      ...targets.flatMap((target) => writing.slice(0, 2).map((verb) => `${verb} ${target}`)),
      ...writing.slice(2),
      'MLSD away',
      'MLST away/secret.txt',
      'MKD away/new',
      'MKD dangling',
      'STOR dangling',
      'STOR away/new.txt',
      'RNFR away/secret.txt',
      'SITE CHMOD 777 file',
      'SITE CHMOD 777 away',
      'MFMT 20200101000000 file',
    ];
    const codes = await codesOf(root, lines, ground);
    expect(lines.filter((_, at) => codes[at] !== '550')).toEqual([]);
    expect(await readdir(outside)).toEqual(['deep', 'secret.txt']);
    expect(await readFile(join(outside, 'secret.txt'), 'utf8')).toBe('secret');
  });
});

test('a rename cannot carry anything out of the root or in', async () => {
  await withLinks(async (root, outside) => {
    const codes = await codesOf(root, [
      'RNFR inside.txt',
      'RNTO away/stolen.txt',
      'RNFR inside.txt',
      'RNTO ../../../../moved.txt',
      'SIZE moved.txt',
    ]);
    // ".." ends at the root: the last rename stays inside.
    expect(codes).toEqual(['350', '550', '350', '250', '213']);
    expect(await readdir(outside)).toEqual(['deep', 'secret.txt']);
    expect(await readdir(join(root, '..'))).toEqual(['root', 'root-outside']);
  });
});

test.each([
  ['by descriptors', undefined],
  ['by paths', byPaths],
])('%s: links inside are followed, written through, removed as such', async (_name, ground) => {
  await withLinks(async (root) => {
    const folder = await diskFolder(root, ground);
    expect(await folder.followed(served('/good'))).toMatchObject({ type: 'file', size: 6 });
    {
      await using writer = await folder.openWrite(served('/good'), { kind: 'replace' });
      await writer.begin();
      await writer.write([Buffer.from('through')]);
    }
    expect(await readFile(join(root, 'inside.txt'), 'utf8')).toBe('through');
    {
      await using writer = await folder.openWrite(served('/goodFolder/new'), { kind: 'replace' });
      await writer.begin();
    }
    expect(await readdir(join(root, 'sub'))).toEqual(['new']);
    await folder.removeFile(served('/good'));
    await folder.removeFile(served('/away'));
    expect(await readdir(root)).not.toContain('good');
    expect(await readFile(join(root, 'inside.txt'), 'utf8')).toBe('through');
  });
});

test('links that lead inside are followed however they say so', async () => {
  await withLinks(async (root) => {
    await writeFile(join(root, 'sub', 'f'), 'four');
    await symlink(root, join(root, 'sub', 'whole'));
    await symlink('../../root/sub', join(root, 'sub', 'around'));
    await symlink('../sub/around/whole/goodFolder/f', join(root, 'sub', 'far'));
    await symlink(join(root, '..'), join(root, '..', 'root-outside', 'back'));
    await symlink('../root-outside/back/root/sub', join(root, 'throughOutside'));
    const folder = await diskFolder(root);
    const paths = ['/sub/whole/sub/f', '/sub/around/around/f', '/sub/far', '/throughOutside/f'];
    for (const path of paths) expect(await readText(folder, path)).toBe('four');
    await expect(folder.setMode(served('/sub/whole'), 0o700)).rejects.toThrow('denied');
    await folder.setMode(served('/sub/far'), 0o600);
    expect((await folder.followed(served('/sub/f'))).mode).toBe(0o600);
  });
});

test('links are listed with their targets, also those that lead away', async () => {
  await withLinks(async (root) => {
    const entries = await listOf(await diskFolder(root), servedRoot);
    const links = entries
      .filter((entry) => entry.type === 'symlink')
      .map((entry) => `${entry.name} -> ${entry.target}`);
    expect(links).toContain('good -> inside.txt');
    expect(links).toContain('away -> ../root-outside');
    expect(links).toHaveLength(8);
  });
});

test('a folder swapped for a link in the middle of things never gives a byte from outside', async () => {
  await withLinks(async (root, outside) => {
    await writeFile(join(root, 'sub', 'secret.txt'), 'mine');
    const folder = await diskFolder(root);
    for (let round = 0; round < 200; round++) {
      const swapped = (async () => {
        await rename(join(root, 'sub'), join(root, 'aside'));
        await symlink(outside, join(root, 'sub'));
      })();
      const content = await readText(folder, '/sub/secret.txt');
      expect(content ?? 'mine').toBe('mine');
      await swapped;
      await rename(join(root, 'sub'), join(root, `gone${round}`));
      await rename(join(root, 'aside'), join(root, 'sub'));
    }
    expect(await readText(folder, '/sub/secret.txt')).toBe('mine');
  });
});

test('a pipe is no file, and does not hold the server up', async () => {
  await withTempFolder(async (root) => {
    execFileSync('mkfifo', [join(root, 'pipe')]);
    expect(await codesOf(root, ['RETR pipe', 'STOR pipe', 'SIZE pipe', 'NOOP'])).toEqual([
      '550',
      '550',
      '550',
      '200',
    ]);
  });
});

test('names with a line break never stand in a listing', async () => {
  await withTempFolder(async (root) => {
    await writeFile(join(root, 'two\nlines'), '');
    await writeFile(join(root, 'carriage\rreturn'), '');
    await writeFile(join(root, 'tab\there'), '');
    const entries = await listOf(await diskFolder(root), servedRoot);
    expect(entries.map((entry) => entry.name)).toEqual(['tab\there']);
  });
});

function served(text: string): ServedPath {
  return resolveServedPath(servedRoot, text) ?? servedRoot;
}

async function readText(
  folder: Awaited<ReturnType<typeof diskFolder>>,
  path: string,
): Promise<string | undefined> {
  try {
    await using reader = await folder.openRead(served(path));
    const pieces: Uint8Array[] = [];
    for await (const piece of bytesOfFile(reader, 0)) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  } catch {
    return undefined;
  }
}
