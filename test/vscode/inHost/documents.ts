import assert from 'node:assert/strict';
import { readFile, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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

    it('does not overwrite what somebody else wrote: VS Code asks, and we do not', async () => {
      const asked = await scriptConflict('overwrite');
      const document = await open(world);
      for (const write of [writeTheirs, writeLonger]) {
        await prepend(document, '<p>mine</p>\n');
        await write(path(), '<p>two</p>\n');
        const saved = await document.save();
        assert.deepEqual([write.name, saved, asked], [write.name, false, []]);
        assert.ok(document.isDirty);
        assert.ok((await text()).startsWith('<p>two</p>\n'));
        await revert();
        await eventually('the editor shows theirs', async () => {
          assert.equal(document.getText(), await text());
        });
        await write(path(), '<p>one</p>\n');
        await revert();
      }
      assert.deepEqual(asked, []);
    });

    it('overwrites what somebody else wrote when that is what the user wants', async () => {
      const asked = await scriptConflict('cancel');
      const document = await open(world);
      await prepend(document, '<p>mine</p>\n');
      await writeTheirs(path(), '<p>two</p>\n');
      assert.equal(await document.save(), false);
      await vscode.commands.executeCommand('portside.useMine', document.uri);
      await eventually('mine is there', async () => {
        assert.equal(await text(), '<p>mine</p>\n<p>one</p>\n');
      });
      assert.equal(document.isDirty, false);
      await prepend(document, '<p>and more</p>\n');
      assert.ok(await document.save());
      assert.deepEqual(asked, []);
    });

    it("takes the server's file when that is what the user wants", async () => {
      const document = await open(world);
      await prepend(document, '<p>mine</p>\n');
      await writeTheirs(path(), '<p>two</p>\n');
      assert.equal(await document.save(), false);
      await vscode.commands.executeCommand('portside.useServers', document.uri);
      assert.equal(document.getText(), '<p>two</p>\n');
      assert.equal(await text(), '<p>two</p>\n');
    });

    it('shows the second of two writes in one second, and saves over that', async () => {
      const asked = await scriptConflict('cancel');
      const document = await open(world);
      for (const [first, second] of [
        ['<p>AAA</p>\n', '<p>BBB</p>\n'],
        ['<p>CCC</p>\n', '<p>DDD</p>\n'],
        ['<p>EEE</p>\n', '<p>FFF</p>\n'],
      ] as const) {
        await vscode.workspace.fs.writeFile(document.uri, Buffer.from(first));
        await sleep(150);
        await vscode.workspace.fs.writeFile(document.uri, Buffer.from(second));
        await eventually('the editor shows the second', () => {
          assert.equal(document.getText(), second);
        });
        await taken(document);
        await prepend(document, '<p>mine</p>\n');
        assert.ok(await document.save());
        assert.equal(await text(), `<p>mine</p>\n${second}`);
      }
      assert.deepEqual(asked, []);
    });

    it('does not save over what was written here behind its back', async () => {
      const document = await open(world);
      await prepend(document, '<p>mine</p>\n');
      await document.save();
      await prepend(document, '<p>more</p>\n');
      await writeTheirs(path(), '<p>HERS</p>\n<p>one</p>\n');
      assert.equal(await document.save(), false);
      assert.equal(await text(), '<p>HERS</p>\n<p>one</p>\n');
      await revert();
    });

    for (const [kind, encoding, before, after] of encodings) {
      it(`takes a newer file with ${kind} for what it is, and saves without a question`, async () => {
        const asked = await scriptConflict('cancel');
        const name = join(world.folder, 'odd.txt');
        await writeFile(name, before);
        const document = await vscode.workspace.openTextDocument(world.uri('/odd.txt'), {
          encoding,
        });
        await vscode.window.showTextDocument(document);
        const shown = document.getText();
        await writeFile(name, after);
        await revert();
        await eventually('the newer text', () => assert.notEqual(document.getText(), shown));
        await taken(document);
        await prepend(document, 'mine\n');
        assert.ok(await document.save(), 'not saved');
        assert.deepEqual(asked, []);
        assert.notDeepEqual(await readFile(name), Buffer.from(after));
      });
    }

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

// As they stand on the disk: none of them is what its text encodes to, or not in UTF-8.
const encodings: readonly (readonly [string, string, Uint8Array, Uint8Array])[] = [
  ['a byte order mark', 'utf8bom', Buffer.from('\uFEFFé\n'), Buffer.from('\uFEFFéé\n')],
  ['UTF-16', 'utf16le', Buffer.from('\uFEFFé\n', 'utf16le'), Buffer.from('\uFEFFéé\n', 'utf16le')],
  ['another encoding', 'windows1252', Buffer.from('é\n', 'latin1'), Buffer.from('éé\n', 'latin1')],
  ['mixed line ends', 'utf8', Buffer.from('a\r\nb\nc\r\n'), Buffer.from('a\r\nb\nd\r\n')],
  [
    'bytes that are no text',
    'utf8',
    Buffer.from([97, 0xff, 10]),
    Buffer.from([98, 0xff, 0xc3, 10]),
  ],
];

/** What an editor has taken is found out by decoding: a later answer comes after that. */
async function taken({ uri, encoding }: vscode.TextDocument): Promise<void> {
  const content = await vscode.workspace.fs.readFile(uri);
  await vscode.workspace.decode(content, { encoding });
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

async function writeLonger(path: string, text: string): Promise<void> {
  await writeFile(path, `${text}<p>and more</p>\n`);
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
