import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { eventually, openWorld, type World } from './world.ts';

const { fs } = vscode.workspace;
const leftOver = '.portside-0123456789ab-gone.html';

/** What saves of programs that were killed have left on a server. */
export function leftOvers(): void {
  describe('what a save has left', () => {
    let world: World;

    before(async () => {
      const files = { [`d/${leftOver}`]: 'all there is', 'd/.portside-notes': 'mine' };
      world = await openWorld({ id: 'leftovers', files });
    });

    after(async () => {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await world[Symbol.asyncDispose]();
    });

    it('is not shown as a file, and what a person named so is', async () => {
      const names = (await fs.readDirectory(world.uri('/d'))).map(([name]) => name);
      assert.deepEqual(names, ['.portside-notes']);
    });

    it('is put in the place of its file by keys alone', async () => {
      const folder = world.uri('/d');
      const done = vscode.commands.executeCommand('portside.showLeftOvers', folder, [folder]);
      // The first left-over, then the first thing to do with it: Restore.
      await eventually('the file is back', async () => {
        await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
        assert.deepEqual(await readdir(join(world.folder, 'd')), ['.portside-notes', 'gone.html']);
      });
      await done;
      assert.equal(await readFile(join(world.folder, 'd', 'gone.html'), 'utf8'), 'all there is');
    });

    it('goes with its folder', async () => {
      await fs.createDirectory(world.uri('/e'));
      await fs.writeFile(world.uri(`/e/${leftOver}`), Buffer.from('x'));
      await fs.delete(world.uri('/e'), { recursive: true });
      assert.deepEqual(await readdir(world.folder), ['d']);
    });
  });
}
