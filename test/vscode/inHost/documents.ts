import assert from 'node:assert/strict';
import { readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ConflictQuestion } from '../../../src/workspace/questions.ts';
import { type World, eventually, openWorld, portside } from './world.ts';

/** Editors over a site: what is saved, and what is not overwritten. */
export function documents(): void {
  describe('a document of a site', () => {
    let world: World;
    let worlds = 0;
    const path = (): string => join(world.folder, 'page.html');
    const text = (): Promise<string> => readFile(path(), 'utf8');

    beforeEach(async () => {
      // VS Code keeps documents for a while: a site of its own gives each test documents of its own.
      world = await openWorld({ id: `editor-${++worlds}`, files: { 'page.html': '<p>one</p>\n' } });
    });

    afterEach(async () => {
      (await portside()).questions.script = {};
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await world[Symbol.asyncDispose]();
    });

    it('is saved, again and again, without a question and without another name left', async () => {
      const asked = await scriptConflict('cancel');
      const document = await open(world);
      for (const line of ['two', 'three', 'four']) {
        await prepend(document, `<p>${line}</p>\n`);
        assert.ok(await document.save());
        assert.equal(await text(), document.getText());
      }
      assert.equal(document.isDirty, false);
      assert.deepEqual(asked, []);
      assert.deepEqual(await readdir(world.folder), ['page.html']);
    });

    it('does not overwrite what somebody else wrote: same size, older time', async () => {
      const asked = await scriptConflict('cancel');
      const document = await open(world);
      await prepend(document, '<p>mine</p>\n');
      await writeTheirs(path(), '<p>two</p>\n');
      assert.equal(await document.save(), false);
      assert.equal(await text(), '<p>two</p>\n');
      assert.ok(document.isDirty);
      assert.deepEqual(
        asked.map((question) => question.path),
        ['/page.html'],
      );
      await revert();
    });

    it('overwrites what somebody else wrote when that is what the user wants', async () => {
      const asked = await scriptConflict('overwrite');
      const document = await open(world);
      await prepend(document, '<p>mine</p>\n');
      await writeTheirs(path(), '<p>two</p>\n');
      assert.ok(await document.save());
      assert.equal(await text(), '<p>mine</p>\n<p>one</p>\n');
      assert.equal(asked.length, 1);
    });

    it('is shown anew when it changes on the server and nobody edits it', async () => {
      const document = await open(world);
      await writeFile(path(), '<p>from elsewhere</p>\n');
      await vscode.commands.executeCommand('workbench.action.files.revert');
      await eventually('the editor shows the new text', () => {
        assert.equal(document.getText(), '<p>from elsewhere</p>\n');
      });
    });
  });
}

async function open(world: World): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(world.uri('/page.html'));
  await vscode.window.showTextDocument(document);
  return document;
}

async function prepend(document: vscode.TextDocument, text: string): Promise<void> {
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, new vscode.Position(0, 0), text);
  assert.ok(await vscode.workspace.applyEdit(edit));
  assert.ok(document.isDirty);
}

/** Leaves nothing behind by which VS Code's own check would see that the file is another one. */
async function writeTheirs(path: string, text: string): Promise<void> {
  const { size } = await stat(path);
  assert.equal(Buffer.byteLength(text), size);
  await writeFile(path, text);
  const before = new Date('2021-03-04T05:06:07Z');
  await utimes(path, before, before);
}

async function scriptConflict(answer: 'overwrite' | 'cancel'): Promise<ConflictQuestion[]> {
  const asked: ConflictQuestion[] = [];
  (await portside()).questions.script = {
    conflict: (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
  };
  return asked;
}

async function revert(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.files.revert');
}
