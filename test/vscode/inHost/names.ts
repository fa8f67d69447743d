import assert from 'node:assert/strict';
import { chmod, readdir, readFile, readlink, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as fc from 'fast-check';
import * as vscode from 'vscode';
import { charsetNamed } from '../../../src/ftp/grammar/charset/charsets.ts';
import { utf8 } from '../../../src/ftp/grammar/charset/charset.ts';
import { isEntryName } from '../../../src/base/paths.ts';
import { oddBytes, oddNames } from '../../support/oddNames.ts';
import { eventually, openWorld, type World } from './world.ts';

const { fs } = vscode.workspace;

/** Names of every kind, links and permissions, through VS Code's own addresses and commands. */
export function names(): void {
  describe('names, links and permissions', () => {
    let world: World;
    const onDisk = (name: string): string => join(world.folder, name);

    before(async () => {
      world = await openWorld({ id: 'names', files: { 'sub/file': 'x', 'run.sh': 'run' } });
      await symlink('sub/file', onDisk('to file'));
      await symlink('sub', onDisk('to folder'));
      await symlink('nothing', onDisk('to nothing'));
      await chmod(onDisk('run.sh'), 0o750);
    });

    after(() => world[Symbol.asyncDispose]());

    it('keeps every odd name as it is', async () => {
      for (const name of Object.values(oddNames)) {
        const uri = world.uri(`/sub/${name}`);
        await fs.writeFile(uri, Buffer.from(name));
        assert.equal(await readFile(onDisk(`sub/${name}`), 'utf8'), name);
        assert.equal(Buffer.from(await fs.readFile(uri)).toString(), name);
      }
      const listed = (await fs.readDirectory(world.uri('/sub'))).map(([name]) => name);
      assert.deepEqual(listed.toSorted(), ['file', ...Object.values(oddNames)].toSorted());
      for (const name of Object.values(oddNames)) await fs.delete(world.uri(`/sub/${name}`));
      assert.deepEqual(await readdir(onDisk('sub')), ['file']);
    });

    it('keeps the bytes of names that are no UTF-8', async () => {
      for (const bytes of Object.values(oddBytes)) {
        const uri = world.uri(`/sub/${utf8.decode(bytes)}`);
        await fs.writeFile(uri, Buffer.from('bytes'));
        const listed = await readdir(onDisk('sub'), { encoding: 'buffer' });
        assert.ok(listed.some((name) => name.equals(bytes)));
        await fs.delete(uri);
      }
      assert.deepEqual(await readdir(onDisk('sub')), ['file']);
    });

    it('brings the bytes of any name through an address and back, in any charset', async () => {
      for (const name of ['utf-8', 'windows-1251', 'shift_jis', 'gb18030', 'big5']) {
        const charset = await charsetNamed(name);
        assert.ok(charset);
        const anyName = fc
          .uint8Array({ minLength: 1, maxLength: 24 })
          .filter((bytes) => isEntryName(charset.decode(bytes)))
          // VS Code takes "/A:" at the beginning of any path for a drive, and writes it "/a:".
          .filter((bytes) => !/^[A-Z]:/.test(charset.decode(bytes)));
        fc.assert(
          fc.property(anyName, (bytes) => {
            const uri = world.uri(`/${charset.decode(bytes)}`);
            for (const again of [
              uri,
              vscode.Uri.parse(uri.toString(), true),
              vscode.Uri.from(uri),
            ]) {
              assert.deepEqual([...charset.encode(again.path.slice(1))], [...bytes]);
            }
          }),
          { numRuns: 500 },
        );
      }
    });

    it('shows links as such, and saves at their targets', async () => {
      const { Directory, File, SymbolicLink } = vscode.FileType;
      const type = async (path: string): Promise<number> => (await fs.stat(world.uri(path))).type;
      assert.equal(await type('/to file'), SymbolicLink | File);
      assert.equal(await type('/to folder'), SymbolicLink | Directory);
      assert.equal(await type('/to nothing'), SymbolicLink);
      await fs.readFile(world.uri('/to file'));
      await fs.writeFile(world.uri('/to file'), Buffer.from('saved'));
      assert.equal(await readFile(onDisk('sub/file'), 'utf8'), 'saved');
      assert.equal(await readlink(onDisk('to file')), 'sub/file');
      await fs.delete(world.uri('/to folder'), { recursive: true });
      assert.deepEqual(await readdir(onDisk('sub')), ['file']);
    });

    it('keeps the mode of what it saves', async () => {
      await fs.readFile(world.uri('/run.sh'));
      await fs.writeFile(world.uri('/run.sh'), Buffer.from('run again'));
      assert.equal((await stat(onDisk('run.sh'))).mode & 0o777, 0o750);
    });

    it('changes permissions by the command, which begins with those that are', async () => {
      const changing = vscode.commands.executeCommand(
        'portside.changePermissions',
        world.uri('/run.sh'),
      );
      await chmod(onDisk('run.sh'), 0o600);
      let changed = false;
      void Promise.resolve(changing).then(() => (changed = true));
      await eventually('the box is accepted', async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        assert.ok(changed);
      });
      assert.ok(world.commands.includes('SITE CHMOD 750 /run.sh'), world.commands.join('\n'));
      assert.equal((await stat(onDisk('run.sh'))).mode & 0o777, 0o750);
    });
  });
}
