import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually, openWorld, type World } from './world.ts';

const { fs } = vscode.workspace;

const text = ({ folder }: World, ...path: readonly string[]): Promise<string> =>
  readFile(join(folder, ...path), 'utf8');

/** Copies and moves from one site to another, as VS Code asks for them, and links. */
export function twoSites(): void {
  describe('two sites', () => {
    let here: World;
    let there: World;

    before(async () => {
      const files = { 'a.txt': 'a', 'tree/b.txt': 'b', 'tree/sub/c.txt': 'c' };
      here = await openWorld({ id: 'here', files });
      there = await openWorld({ id: 'there', files: { 'old.txt': 'old' }, beside: true });
    });

    after(async () => {
      await here[Symbol.asyncDispose]();
      await there[Symbol.asyncDispose]();
    });

    it('copy a file and a tree to each other, with their times', async () => {
      const time = new Date('2024-02-29T12:34:56Z');
      await utimes(join(here.folder, 'a.txt'), time, time);
      await fs.copy(here.uri('/a.txt'), there.uri('/a.txt'));
      await fs.copy(here.uri('/tree'), there.uri('/tree'));
      assert.equal(await text(there, 'a.txt'), 'a');
      assert.equal((await stat(join(there.folder, 'a.txt'))).mtimeMs, time.getTime());
      assert.equal(await text(there, 'tree', 'sub', 'c.txt'), 'c');
      assert.equal(await text(here, 'tree', 'sub', 'c.txt'), 'c');
    });

    it('write over nothing unless that is wanted', async () => {
      await assert.rejects(
        async () => fs.copy(here.uri('/a.txt'), there.uri('/old.txt')),
        (error: unknown) => error instanceof vscode.FileSystemError && error.code === 'FileExists',
      );
      assert.equal(await text(there, 'old.txt'), 'old');
      await fs.copy(here.uri('/a.txt'), there.uri('/old.txt'), { overwrite: true });
      assert.equal(await text(there, 'old.txt'), 'a');
    });

    it('move a tree to each other, by an edit of the workspace too', async () => {
      await fs.rename(here.uri('/tree'), there.uri('/moved'));
      assert.equal(await text(there, 'moved', 'sub', 'c.txt'), 'c');
      assert.deepEqual(await readdir(here.folder), ['a.txt']);
      const edit = new vscode.WorkspaceEdit();
      edit.renameFile(there.uri('/moved'), here.uri('/back'));
      assert.ok(await vscode.workspace.applyEdit(edit));
      assert.equal(await text(here, 'back', 'sub', 'c.txt'), 'c');
      assert.ok(!(await readdir(there.folder)).includes('moved'));
    });

    it('tell of a link what it leads to, and save through it without a question', async () => {
      await mkdir(join(here.folder, 'links'));
      await writeFile(join(here.folder, 'links', 'target.txt'), 'twelve bytes');
      await symlink('target.txt', join(here.folder, 'links', 'link.txt'));
      const uri = here.uri('/links/link.txt');
      // A listing that lacks it answers for a few seconds yet.
      await eventually('the link is seen', async () => void (await fs.stat(uri)));
      const told = await fs.stat(uri);
      assert.equal(told.type, vscode.FileType.File | vscode.FileType.SymbolicLink);
      assert.equal(told.size, 12);
      const { mtimeMs } = await stat(join(here.folder, 'links', 'target.txt'));
      assert.equal(Math.floor(told.mtime / 1000), Math.floor(mtimeMs / 1000));
      await fs.writeFile(uri, Buffer.from('through the link'));
      assert.equal(await text(here, 'links', 'target.txt'), 'through the link');
      const editor = await vscode.workspace.openTextDocument(uri);
      const edit = new vscode.WorkspaceEdit();
      edit.insert(uri, new vscode.Position(0, 0), 'edited ');
      assert.ok(await vscode.workspace.applyEdit(edit));
      assert.ok(await editor.save());
      assert.equal(await text(here, 'links', 'target.txt'), 'edited through the link');
    });

    it('find what somebody else has made, though it was not there before', async () => {
      const uri = here.uri('/made elsewhere.txt');
      await assert.rejects(async () => fs.stat(uri));
      await writeFile(join(here.folder, 'made elsewhere.txt'), 'x');
      await eventually(
        'the file is found',
        async () => {
          assert.equal((await fs.stat(uri)).size, 1);
        },
        { deadline: 10_000 },
      );
    });
  });
}
