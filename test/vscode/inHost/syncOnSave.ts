import assert from 'node:assert/strict';
import { mkdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { systemClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { RecordFolder } from '../../../src/base/recordFolder.ts';
import { LinkedFiles } from '../../../src/sync/linkedFiles.ts';
import { UploadQueue } from '../../../src/sync/uploadQueue.ts';
import { Activity } from '../../../src/workspace/activity.ts';
import { restoreOwedUploads } from '../../../src/workspace/sync/owedUploads.ts';
import { type SavedFile, uploadSavedFile } from '../../../src/workspace/sync/savedFile.ts';
import { type World, eventually, openWorld, portside } from './world.ts';

const atRest = { waiting: 0, running: 0, failed: 0 };

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

    afterEach(async () => {
      const { uploads } = (await portside()).sync;
      for (const { upload } of uploads.failures) uploads.discard(upload.key);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });

    after(async () => {
      await map(undefined);
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
      await mkdir(join(world.folder, 'htdocs', 'blocked.html'), { recursive: true });
      await save('blocked.html', 'at last');
      await failed(1);
      await rmdir(join(world.folder, 'htdocs', 'blocked.html'));
      await vscode.commands.executeCommand('portside.retryUploads');
      await onServer('blocked.html', 'at last');
      await nothingLeft();
    });

    it('asks nothing at the first save of files that both sides have', async () => {
      const names = Array.from({ length: 20 }, (_, at) => `both/${at}.html`);
      for (const name of names) await onBothSides(name, `before ${name}\n`);
      for (const name of names) await save(name, `after ${name}\n`);
      for (const name of names) await onServer(name, `after ${name}\n`);
      await nothingLeft();
    });

    it('asks before it replaces another file than the one that was here', async () => {
      await onBothSides('theirs.html', 'before\n');
      await theirs('theirs.html', 'theirs\n');
      await save('theirs.html', 'mine\n');
      const [failure] = await failed(1);
      assert.ok(failure?.error instanceof Error);
      assert.equal(failure.error.name, 'UploadConflictError');
      assert.match(failure.error.message, /not the file that was here before you edited it/);
      assert.equal(await textOnServer('theirs.html'), 'theirs\n');
    });

    it('sends nothing where the server has the same bytes already', async () => {
      await onBothSides('same.html', 'before\n');
      await theirs('same.html', 'mine\n');
      const sent = stored();
      await save('same.html', 'mine\n');
      await eventually('the server was asked', () => {
        assert.ok(world.commands.some((command) => command.endsWith('/same.html')));
      });
      await nothingLeft();
      assert.equal(stored(), sent);
    });

    it('uploads what VS Code saves by itself', async () => {
      const settings = vscode.workspace.getConfiguration('files');
      await settings.update('autoSave', 'afterDelay', vscode.ConfigurationTarget.Global);
      try {
        await onBothSides('auto.html', 'before\n');
        await edit('auto.html', 'by itself\n');
        await onServer('auto.html', 'by itself\n');
        await nothingLeft();
      } finally {
        await settings.update('autoSave', undefined, vscode.ConfigurationTarget.Global);
      }
    });

    it('uploads a notebook, its bytes from before the edit being the base', async () => {
      await onBothSides('book.ipynb', notebookText('before'));
      const uri = vscode.Uri.joinPath(local, 'book.ipynb');
      const notebook = await vscode.workspace.openNotebookDocument(uri);
      const change = new vscode.WorkspaceEdit();
      const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, 'after', 'python');
      const all = new vscode.NotebookRange(0, notebook.cellCount);
      change.set(uri, [vscode.NotebookEdit.replaceCells(all, [cell])]);
      assert.ok(await vscode.workspace.applyEdit(change));
      assert.ok(await notebook.save());
      await eventually('the notebook is on the server', async () => {
        assert.match(await textOnServer('book.ipynb'), /"after"/);
      });
      await nothingLeft();
    });

    it('takes up what failed when the server is back, upon what was here before all of it', async () => {
      const { connections } = await portside();
      await onBothSides('outage.html', 'before\n');
      await world.stop();
      await save('outage.html', 'first\n');
      await failed(1);
      await save('outage.html', 'second\n');
      await eventually('it was tried again', async () => {
        const { uploads } = (await portside()).sync;
        assert.deepEqual(uploads.state, { ...atRest, failed: 1 });
      });
      await world.start();
      await connections.connect('target');
      await onServer('outage.html', 'second\n');
      await nothingLeft();
      assert.deepEqual(await (await portside()).sync.linked.owed(), []);
    });

    it('remembers in the next window what failed in this one', async () => {
      await onBothSides('reload.html', 'before\n');
      await world.stop();
      await save('reload.html', 'mine\n');
      await failed(1);
      await world.start();
      await using next = await nextWindow();
      assert.equal(next.failures.length, 1);
      assert.match(String(next.failures[0]?.upload.local), /reload\.html$/);
      // A line that has just been lost may be refused for a moment: it is asked for again then.
      await eventually('the next window has nothing left', () => {
        const [failure] = next.failures;
        if (failure) next.retry();
        assert.equal(failure && String(failure.error), undefined);
        assert.deepEqual(next.state, atRest);
      });
      assert.equal(await textOnServer('reload.html'), 'mine\n');
      assert.deepEqual(await (await portside()).sync.linked.owed(), []);
    });

    it('uploads a file that was renamed meanwhile under its new name', async () => {
      await onBothSides('old-name.html', 'before\n');
      await world.stop();
      await save('old-name.html', 'mine\n');
      await failed(1);
      await world.start();
      const change = new vscode.WorkspaceEdit();
      const [from, to] = ['old-name.html', 'new-name.html'].map((name) =>
        vscode.Uri.joinPath(local, name),
      );
      assert.ok(from && to);
      change.renameFile(from, to);
      assert.ok(await vscode.workspace.applyEdit(change));
      await onServer('new-name.html', 'mine\n');
      await nothingLeft();
      assert.equal(await textOnServer('old-name.html'), 'before\n');
    });

    it('says that a mapping cannot be used, as long as that is so', async () => {
      const { troubles, linked } = (await portside()).sync;
      await map({ site: 'nobody', remotePath: '/htdocs' });
      await save('trouble.html', 'mine\n');
      await eventually('it is said', () => {
        assert.match(troubles.sentences.join(' '), /none of your sites has the id or the name/);
      });
      await map({ site: 'Site target', remotePath: '/htdocs' });
      await eventually('it is mended', () => assert.deepEqual(troubles.sentences, []));
      assert.deepEqual(await linked.owed(), []);
      await save('trouble.html', 'mine, again\n');
      await onServer('trouble.html', 'mine, again\n');
    });

    async function map(value: unknown): Promise<void> {
      const settings = vscode.workspace.getConfiguration('portside', local);
      await settings.update('sync', value, vscode.ConfigurationTarget.WorkspaceFolder);
    }

    async function save(path: string, text: string): Promise<void> {
      const document = await edit(path, text);
      assert.ok(await document.save());
    }

    async function edit(path: string, text: string): Promise<vscode.TextDocument> {
      const uri = vscode.Uri.joinPath(local, path);
      const exists = await stat(uri.fsPath).catch(() => undefined);
      if (!exists) await vscode.workspace.fs.writeFile(uri, Buffer.from('before\n'));
      const document = await vscode.workspace.openTextDocument(uri);
      const change = new vscode.WorkspaceEdit();
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      change.replace(uri, whole, text);
      assert.ok(await vscode.workspace.applyEdit(change));
      return document;
    }

    async function onBothSides(path: string, text: string): Promise<void> {
      await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(local, path), Buffer.from(text));
      await theirs(path, text);
    }

    async function theirs(path: string, text: string): Promise<void> {
      const target = join(world.folder, 'htdocs', path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }

    const stored = (): number =>
      world.commands.filter((command) => command.startsWith('STOR')).length;

    const textOnServer = (path: string): Promise<string> =>
      readFile(join(world.folder, 'htdocs', path), 'utf8');

    async function onServer(path: string, text: string): Promise<void> {
      await eventually(`${path} is on the server`, async () => {
        assert.equal(await textOnServer(path), text);
      });
    }
  });
}

async function failed(count: number): Promise<UploadQueue<SavedFile>['failures']> {
  const { uploads } = (await portside()).sync;
  await eventually('the upload has failed', () => {
    assert.deepEqual(uploads.state, { ...atRest, failed: count });
  });
  return uploads.failures;
}

/** Whatever was saved has gone up; a save that is not queued yet is owed a moment later. */
async function nothingLeft(): Promise<void> {
  const { uploads, linked } = (await portside()).sync;
  await eventually('nothing is left to do', async () => {
    assert.deepEqual(uploads.state, atRest);
    assert.deepEqual(await linked.owed(), []);
  });
}

/** What a window that is opened later makes of the same storage. */
async function nextWindow(): Promise<UploadQueue<SavedFile> & AsyncDisposable> {
  const { connections, storage, sync } = await portside();
  const folder = (name: string): RecordFolder =>
    new RecordFolder(join(storage.fsPath, 'sync', name));
  const linked = new LinkedFiles({ bases: folder('bases'), owed: folder('owed') });
  const activity = new Activity(systemClock);
  const parts = { connections, activity, linked, targets: sync.targets, logger: silentLogger };
  const queue = new UploadQueue<SavedFile>((saved, signal) =>
    uploadSavedFile(parts, saved, signal),
  );
  await restoreOwedUploads(queue, linked);
  return Object.assign(queue, {
    [Symbol.asyncDispose]: async () => {
      queue[Symbol.dispose]();
      activity[Symbol.dispose]();
    },
  });
}

function notebookText(source: string): string {
  const cell = { cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source };
  return JSON.stringify({ cells: [cell], metadata: {}, nbformat: 4, nbformat_minor: 5 });
}
