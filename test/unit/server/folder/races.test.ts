import {
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { diskFolder } from '../../../../src/server/folder/diskFolder.ts';
import { resolveServedPath, servedRoot } from '../../../../src/server/folder/servedFolder.ts';
import { FtpPeer } from '../../../support/ftpPeer.ts';
import { startTestServer, withTempFolder } from '../testServer.ts';

// Without descriptor paths some of this cannot be held: SECURITY.md says so.
const onLinux = process.platform === 'linux';

const secret = 'nobody may read this';
const longAgo = new Date('2001-02-03T04:05:06Z');

/** A root with a folder "d" and a link "l" that leads out, changing places without end. */
async function whileSwapped(
  run: (root: string, outside: string) => Promise<void>,
  swaps = 'd',
): Promise<void> {
  await withTempFolder(async (base) => {
    const root = join(base, 'root');
    const outside = join(base, 'outside');
    await mkdir(join(root, 'd', 'sub'), { recursive: true });
    await mkdir(join(outside, 'sub'), { recursive: true });
    await symlink('../outside', join(root, 'l'));
    await writeFile(join(outside, 'victim'), secret, { mode: 0o600 });
    await symlink('../outside/victim', join(root, 'lf'));
    await writeFile(join(root, 'f'), 'mine');
    await utimes(join(outside, 'victim'), longAgo, longAgo);
    await chmod(join(outside, 'sub'), 0o700);
    const worker = swapper(root, swaps, swaps === 'd' ? 'l' : 'lf');
    try {
      await run(root, outside);
    } finally {
      await worker.terminate();
    }
  });
}

function swapper(root: string, name: string, link: string): Worker {
  const code = `
    const { renameSync } = require('node:fs');
    const { root, name, link } = require('node:worker_threads').workerData;
    const at = (name) => root + '/' + name;
    for (;;) {
      try {
        renameSync(at(name), at('aside'));
        renameSync(at(link), at(name));
        renameSync(at(name), at(link));
        renameSync(at('aside'), at(name));
      } catch {}
    }`;
  return new Worker(code, { eval: true, workerData: { root, name, link } });
}

/** Everything outside, as it is. */
async function stateOf(outside: string): Promise<unknown> {
  const names = (await readdir(outside, { recursive: true })).toSorted();
  const facts = names.map(async (name) => {
    const { mode, mtimeMs, size } = await stat(join(outside, name));
    return { name, mode, size, ...(name === 'victim' && { mtimeMs }) };
  });
  return { all: await Promise.all(facts), victim: await readFile(join(outside, 'victim'), 'utf8') };
}

const rounds = 240;

const insideFolder: readonly (readonly [string, readonly string[]])[] = [
  ['DELE', ['DELE d/victim']],
  ['MKD', ['MKD d/made', 'RMD d/made', 'MKD d/made']],
  ['XMKD and XRMD', ['XMKD d/made', 'XRMD d/sub']],
  ['RMD', ['RMD d/sub']],
  ['SITE CHMOD', ['SITE CHMOD 777 d/victim', 'SITE CHMOD 777 d/sub', 'SITE CHMOD 777 d']],
  ['MFMT', ['MFMT 20200101000000 d/victim']],
  ['RNFR', ['RNFR d/victim', 'RNTO stolen', 'RNFR d/sub', 'RNTO stolenFolder']],
  ['RNTO', ['RNFR f', 'RNTO d/f', 'RNFR d/f', 'RNTO f']],
  ['STOR', ['STOR d/new', 'STOR d/victim']],
  ['APPE', ['APPE d/new', 'APPE d/victim']],
  ['STOU', ['STOU d/new', 'STOU d/victim']],
  ['REST and STOR', ['REST 3', 'STOR d/victim']],
];

const onFile: readonly (readonly [string, readonly string[]])[] = [
  ['SITE CHMOD', ['SITE CHMOD 777 f']],
  ['MFMT', ['MFMT 20200101000000 f']],
  ['STOR', ['STOR f']],
  ['APPE', ['APPE f']],
];

/** Says the commands over and over, giving every upload a byte; what came back is all there is. */
async function stress(root: string, commands: readonly string[]): Promise<string> {
  await using server = await startTestServer({ folder: await diskFolder(root) });
  await using peer = await FtpPeer.dial(server.endpoint.port);
  await peer.login('S');
  const accept = await peer.listen();
  // Not awaited: it gives an upload its bytes whenever one comes.
  void (async () => {
    for (;;) (await accept()).stream.resume().end('x'.repeat(60));
  })();
  const all = Array.from({ length: rounds }, () => commands).flat();
  let said = '';
  for (const command of all) {
    const answer = await peer.say(command);
    said += answer.startsWith('1') ? await peer.reply() : `${answer}\n`;
  }
  return said;
}

test.runIf(onLinux).each(insideFolder)(
  '%s through a folder that is swapped for a link changes nothing outside',
  async (_verb, commands) => {
    await whileSwapped(async (root, outside) => {
      const before = await stateOf(outside);
      await stress(root, commands);
      expect(await stateOf(outside)).toEqual(before);
    });
  },
);

test.runIf(onLinux).each(onFile)(
  '%s of a file that is swapped for a link changes nothing outside',
  async (_verb, commands) => {
    await whileSwapped(async (root, outside) => {
      const before = await stateOf(outside);
      await stress(root, commands);
      expect(await stateOf(outside)).toEqual(before);
    }, 'f');
  },
);

test.runIf(onLinux)('SIZE, HASH, MDTM, MLST, MLSD and STAT tell nothing from outside', async () => {
  await whileSwapped(async (root) => {
    const reading = ['SIZE', 'HASH', 'MDTM', 'MLST', 'STAT'].map((verb) => `${verb} d/victim`);
    const said = await stress(root, [...reading, 'STAT d']);
    expect(said).not.toMatch(/^213 |victim|2001/m);
  });
});

test.runIf(onLinux)('RETR, LIST, NLST and MLSD send nothing from outside', async () => {
  await whileSwapped(async (root) => {
    await using server = await startTestServer({ folder: await diskFolder(root) });
    await using peer = await FtpPeer.dial(server.endpoint.port);
    await peer.login('S');
    const accept = await peer.listen();
    let sent = '';
    for (let round = 0; round < rounds; round++) {
      const verb = ['RETR d/victim', 'LIST d', 'NLST d', 'MLSD d'][round % 4] ?? '';
      const answer = await peer.say(verb);
      if (!answer.startsWith('150')) continue;
      sent += (await (await accept()).rest()).toString();
      await peer.reply();
    }
    expect(sent).not.toMatch(/nobody|victim|2001/);
  });
});

function openDescriptors(below: string): string[] {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return '';
    }
  });
  return links.filter((link) => link.startsWith(below));
}

test.runIf(onLinux)('no descriptor stays open, whatever was refused', async () => {
  await withTempFolder(async (root) => {
    await mkdir(join(root, 'd', 'e'), { recursive: true });
    await writeFile(join(root, 'd', 'f'), 'f');
    await symlink('..', join(root, 'd', 'up'));
    await symlink('../../..', join(root, 'd', 'out'));
    await symlink('nothing', join(root, 'd', 'dangling'));
    const folder = await diskFolder(root);
    for (const text of [
      '/',
      '/d',
      '/d/e',
      '/d/f',
      '/d/f/x',
      '/no',
      '/d/up/d',
      '/d/out',
      '/d/dangling',
    ]) {
      const path = resolveServedPath(servedRoot, text) ?? servedRoot;
      const opening = [folder.openRead(path), folder.openList(path)];
      for (const start of ['replace', 'append', 'create'] as const) {
        opening.push(folder.openWrite(path, { kind: start }) as never);
      }
      opening.push(folder.openWrite(path, { kind: 'offset', bytes: 99 }) as never);
      for (const opened of await Promise.allSettled(opening)) {
        if (opened.status === 'fulfilled') await opened.value[Symbol.asyncDispose]();
      }
      const acts = [folder.entry(path), folder.followed(path), folder.makeDirectory(path)];
      await Promise.allSettled(acts as Promise<unknown>[]);
      await Promise.allSettled([folder.setMode(path, 0o755), folder.setModified(path, longAgo)]);
      await Promise.allSettled([folder.rename(path, path), folder.removeFile(path)]);
      await rm(join(root, 'no'), { recursive: true, force: true });
    }
    await expect.poll(() => openDescriptors(root)).toEqual([]);
  });
});
