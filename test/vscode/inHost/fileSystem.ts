import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type World, openWorld, portside } from './world.ts';

const { fs } = vscode.workspace;
const everyByte = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256);
const oddNames = [
  ' begins with a blank',
  '-x',
  'a b+c&d=e.txt',
  'hash#percent%20question?.txt',
  'semi;colon, comma',
  'it\'s "quoted"',
  '[brackets] *star*',
  'back\\slash',
  'größe 日本語 🚢',
];

/** `workspace.fs` over a site: what VS Code asks of a file system, and what then stands on the disk. */
export function fileSystem(): void {
  describe('the file system of a site', () => {
    let world: World;
    const onDisk = (...path: readonly string[]): string => join(world.folder, ...path);
    const textOnDisk = (...path: readonly string[]): Promise<string> =>
      readFile(onDisk(...path), 'utf8');

    before(async () => {
      const files = {
        'hello.txt': 'hello\n',
        'every byte.bin': everyByte,
        'empty.txt': '',
        'sub/inner.txt': 'inner\n',
      };
      world = await openWorld({ id: 'files', files });
    });

    after(() => world[Symbol.asyncDispose]());

    it('connects to nobody before it is asked for something', async () => {
      const { connections } = await portside();
      assert.equal(connections.state('files').kind, 'disconnected');
      assert.deepEqual(world.commands, []);
    });

    it('lists a folder', async () => {
      assert.deepEqual(byName(await fs.readDirectory(world.uri('/'))), [
        ['empty.txt', vscode.FileType.File],
        ['every byte.bin', vscode.FileType.File],
        ['hello.txt', vscode.FileType.File],
        ['sub', vscode.FileType.Directory],
      ]);
    });

    it('tells true sizes and times', async () => {
      const time = new Date('2024-02-29T12:34:56Z');
      await utimes(onDisk('sub', 'inner.txt'), time, time);
      const told = await fs.stat(world.uri('/sub/inner.txt'));
      assert.equal(told.type, vscode.FileType.File);
      assert.equal(told.size, 6);
      assert.equal(told.mtime, time.getTime());
    });

    it('reads bytes as they are', async () => {
      assert.ok(Buffer.from(everyByte).equals(await fs.readFile(world.uri('/every byte.bin'))));
      assert.equal((await fs.readFile(world.uri('/empty.txt'))).length, 0);
    });

    it('writes a new file, then other bytes into it, and leaves no other name', async () => {
      const before = await readdir(world.folder);
      const uri = world.uri('/new.bin');
      for (const content of [everyByte, everyByte.subarray(1, 300), new Uint8Array()]) {
        await fs.writeFile(uri, content);
        assert.ok((await readFile(onDisk('new.bin'))).equals(content));
      }
      assert.deepEqual((await readdir(world.folder)).toSorted(), [...before, 'new.bin'].toSorted());
    });

    it('moves the time of a file on when it writes it', async () => {
      const uri = world.uri('/sub/inner.txt');
      const before = await fs.stat(uri);
      await fs.writeFile(uri, Buffer.from('other\n'));
      const after = await fs.stat(uri);
      assert.ok(after.mtime > before.mtime);
      assert.equal(
        inSeconds(after.mtime),
        inSeconds((await stat(onDisk('sub', 'inner.txt'))).mtimeMs),
      );
    });

    it('makes folders, also several at once', async () => {
      await fs.createDirectory(world.uri('/one/two/three'));
      assert.ok((await stat(onDisk('one', 'two', 'three'))).isDirectory());
    });

    it('renames a file into another folder', async () => {
      await writeFile(onDisk('old.txt'), 'moved\n');
      await fs.rename(world.uri('/old.txt'), world.uri('/sub/new name.txt'));
      assert.equal(await textOnDisk('sub', 'new name.txt'), 'moved\n');
      assert.ok(!(await readdir(world.folder)).includes('old.txt'));
    });

    it('renames over a file only where that is wanted', async () => {
      await fs.writeFile(world.uri('/a.txt'), Buffer.from('a'));
      await fs.writeFile(world.uri('/b.txt'), Buffer.from('b'));
      await rejects('FileExists', fs.rename(world.uri('/a.txt'), world.uri('/b.txt')));
      assert.equal(await textOnDisk('b.txt'), 'b');
      await fs.rename(world.uri('/a.txt'), world.uri('/b.txt'), { overwrite: true });
      assert.equal(await textOnDisk('b.txt'), 'a');
    });

    it('copies a file', async () => {
      await fs.copy(world.uri('/every byte.bin'), world.uri('/sub/copy.bin'));
      assert.ok((await readFile(onDisk('sub', 'copy.bin'))).equals(everyByte));
    });

    it('deletes a folder with all it holds, but only when asked to', async () => {
      await mkdir(onDisk('full', 'deep'), { recursive: true });
      await writeFile(onDisk('full', 'deep', 'file.txt'), 'x');
      await assert.rejects(async () => fs.delete(world.uri('/full')));
      assert.equal(await textOnDisk('full', 'deep', 'file.txt'), 'x');
      await fs.delete(world.uri('/full'), { recursive: true });
      assert.ok(!(await readdir(world.folder)).includes('full'));
    });

    it('says in the words of VS Code what cannot be done', async () => {
      await rejects('FileNotFound', fs.stat(world.uri('/none.txt')));
      await rejects('FileNotFound', fs.readFile(world.uri('/none.txt')));
      await rejects('FileNotFound', fs.readDirectory(world.uri('/none')));
      await rejects('FileNotFound', fs.delete(world.uri('/none.txt')));
      await rejects('FileNotFound', fs.rename(world.uri('/none.txt'), world.uri('/other.txt')));
      await rejects('FileIsADirectory', fs.readFile(world.uri('/sub')));
    });

    for (const name of oddNames) {
      it(`keeps the name ${JSON.stringify(name)} as it is`, async () => {
        const uri = vscode.Uri.joinPath(world.uri('/sub'), name);
        // VS Code takes a backslash for a separator when it joins; the URI itself may hold one.
        const exact = uri.with({ path: `/sub/${name}` });
        await fs.writeFile(exact, Buffer.from(name));
        assert.equal(await textOnDisk('sub', name), name);
        const listed = await fs.readDirectory(world.uri('/sub'));
        assert.ok(listed.some(([each]) => each === name));
        assert.equal(Buffer.from(await fs.readFile(exact)).toString(), name);
        await fs.delete(exact);
        assert.ok(!(await readdir(onDisk('sub'))).includes(name));
      });
    }

    it('did all this in block mode over the default data port', async () => {
      const { connections } = await portside();
      const state = connections.state('files');
      assert.equal(state.kind, 'connected');
      assert.match(state.session.rung ?? '', /^block mode · default data port · TLS 1\.3/);
      assert.ok(world.commands.includes('MODE B'));
      assert.ok(!world.commands.some((command) => /^(EPSV|PASV|EPRT|PORT)\b/.test(command)));
    });
  });
}

function inSeconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}

function byName(listed: readonly [string, vscode.FileType][]): [string, vscode.FileType][] {
  return listed.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

async function rejects(code: string, work: Thenable<unknown>): Promise<void> {
  await assert.rejects(
    async () => work,
    (error: unknown) => {
      assert.ok(error instanceof vscode.FileSystemError);
      assert.equal(error.code, code, error.message);
      return true;
    },
  );
}
