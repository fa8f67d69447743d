import assert from 'node:assert/strict';
import { mkdir, readFile, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type World, eventually, openWorld, portside } from './world.ts';

/** A local folder that is kept in step with a site. */
export function syncOnSave(): void {
  describe('sync on save', () => {
    let world: World;
    let local: vscode.Uri;

    before(async () => {
      const [folder] = vscode.workspace.workspaceFolders ?? [];
      assert.ok(folder);
      assert.equal(folder.uri.scheme, 'file');
      local = folder.uri;
      world = await openWorld({ id: 'target' });
      await map({ site: 'target', remotePath: '/htdocs' });
    });

    after(async () => {
      await map(undefined);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await world[Symbol.asyncDispose]();
    });

    it('uploads a saved file to its place, with the folders that it needs', async () => {
      await save('blog/today.html', '<p>first</p>\n');
      await onServer('blog/today.html', '<p>first</p>\n');
      await save('blog/today.html', '<p>second</p>\n');
      await onServer('blog/today.html', '<p>second</p>\n');
    });

    it('leaves what is excluded where it is', async () => {
      await save('node_modules/dependency.js', 'no');
      await save('after.html', 'yes');
      await onServer('after.html', 'yes');
      await assert.rejects(() => textOnServer('node_modules/dependency.js'));
    });

    it('keeps a failure in sight, and repeats it when asked', async () => {
      const { uploads } = await portside();
      await mkdir(join(world.folder, 'htdocs', 'blocked.html'), { recursive: true });
      await save('blocked.html', 'at last');
      await eventually('the upload has failed', () => assert.equal(uploads.state.failed, 1));
      await rmdir(join(world.folder, 'htdocs', 'blocked.html'));
      await vscode.commands.executeCommand('portside.retryUploads');
      await onServer('blocked.html', 'at last');
      await eventually('nothing is left to do', () => {
        assert.deepEqual(uploads.state, { waiting: 0, running: 0, failed: 0 });
      });
    });

    async function map(value: unknown): Promise<void> {
      const settings = vscode.workspace.getConfiguration('portside', local);
      await settings.update('sync', value, vscode.ConfigurationTarget.WorkspaceFolder);
    }

    async function save(path: string, text: string): Promise<void> {
      const uri = vscode.Uri.joinPath(local, path);
      const exists = await stat(uri.fsPath).catch(() => undefined);
      if (!exists) await vscode.workspace.fs.writeFile(uri, Buffer.from('before\n'));
      const document = await vscode.workspace.openTextDocument(uri);
      const edit = new vscode.WorkspaceEdit();
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      edit.replace(uri, whole, text);
      assert.ok(await vscode.workspace.applyEdit(edit));
      assert.ok(await document.save());
    }

    const textOnServer = (path: string): Promise<string> =>
      readFile(join(world.folder, 'htdocs', path), 'utf8');

    async function onServer(path: string, text: string): Promise<void> {
      await eventually(`${path} is on the server`, async () => {
        assert.equal(await textOnServer(path), text);
      });
    }
  });
}
