import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { type World, openWorld } from './world.ts';

const { fs } = vscode.workspace;

/** So many files of a folder. */
function manyFiles(folder: string, count: number): Record<string, string> {
  const names = Array.from({ length: count }, (_, index) => `${folder}/${index}.txt`);
  return Object.fromEntries(names.map((name) => [name, `This is ${name}.\n`]));
}

/** How often each verb was said. */
function counted(commands: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const command of commands) {
    const verb = command.split(' ')[0] ?? '';
    counts[verb] = (counts[verb] ?? 0) + 1;
  }
  return counts;
}

/** What the server is asked, command by command, for what a user does. */
export function commands(): void {
  describe('the commands to the server', () => {
    let world: World;
    const page = (): vscode.Uri => world.uri('/page.html');
    const saidFrom = async (act: () => Promise<void>): Promise<readonly string[]> => {
      const start = world.commands.length;
      await act();
      return world.commands.slice(start);
    };

    before(async () => {
      const many = { ...manyFiles('big', 1_000), ...manyFiles('from', 96) };
      world = await openWorld({ id: 'commands', files: { 'page.html': '<p>one</p>\n', ...many } });
    });

    after(async () => {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await world[Symbol.asyncDispose]();
    });

    it('are one login, one listing and one proof for files that are read in vain', async () => {
      const missing = ['settings', 'tasks', 'launch', 'extensions', 'mcp'];
      const names = missing.map((name) => `/.vscode/${name}.json`);
      names.push('/.github/copilot/settings.json', '/.mcp.json', '/.local/share/a', '/eclipse/b');
      const said = await saidFrom(async () => {
        const reads = await Promise.allSettled(
          [...names, ...names].map((name) => fs.readFile(world.uri(name))),
        );
        assert.ok(reads.every(({ status }) => status === 'rejected'));
      });
      const login = {
        AUTH: 1,
        USER: 1,
        PASS: 1,
        PBSZ: 1,
        PROT: 1,
        FEAT: 1,
        OPTS: 1,
        TYPE: 1,
        MODE: 1,
      };
      assert.deepEqual(counted(said), { ...login, MLSD: 1, PWD: 1 });
    });

    it('are eight for a save after another one', async () => {
      await fs.readFile(page());
      await fs.writeFile(page(), Buffer.from('<p>two</p>\n'));
      const said = await saidFrom(async () => fs.writeFile(page(), Buffer.from('<p>three</p>\n')));
      assert.deepEqual(
        said.map((command) => command.replace(/\.portside-[0-9a-f]{12}-/, '~')),
        [
          'STOR /~page.html',
          // Whether all of it arrived, and what it replaces.
          'MLST /~page.html',
          'HASH /~page.html',
          'MLST /page.html',
          'HASH /page.html',
          'RNFR /~page.html',
          'RNTO /page.html',
          // The very file that was sent stands there.
          'MLST /page.html',
        ],
      );
    });

    it('are those, and what VS Code asks before and behind them, for an editor', async () => {
      const document = await vscode.workspace.openTextDocument(page());
      const editor = await vscode.window.showTextDocument(document);
      const type = (text: string): Thenable<boolean> =>
        editor.edit((edit) => edit.insert(new vscode.Position(0, 0), text));
      await type('<p>four</p>\n');
      assert.ok(await document.save());
      await type('<p>five</p>\n');
      const said = await saidFrom(async () => assert.ok(await document.save()));
      assert.deepEqual(counted(said), { MLST: 5, HASH: 4, STOR: 1, RNFR: 1, RNTO: 1 });
    });

    it('are one for each file of a known folder that is deleted', async () => {
      await fs.readDirectory(world.uri('/big'));
      const names = Array.from({ length: 20 }, (_, index) => `/big/${index * 13}.txt`);
      const said = await saidFrom(async () => {
        for (const name of names) await fs.delete(world.uri(name), { recursive: true });
      });
      const [first, ...others] = names.map((name) => `DELE ${name}`);
      // The first one shows that the server's confirmations are true.
      assert.deepEqual(said, [first, `MLST ${names[0]}`, 'PWD', ...others]);
      assert.equal((await readdir(join(world.folder, 'big'))).length, 980);
    });

    it('are four for each file of a folder that is copied, and few for the folder', async () => {
      const said = await saidFrom(async () => fs.copy(world.uri('/from'), world.uri('/to')));
      const { SIZE = 0, MLSD = 0, ...others } = counted(said);
      const each = { RETR: 96, STOR: 96, RNFR: 96, RNTO: 96 };
      // MLST of both folders, and of the new one, whose confirmation is seen to be true with PWD.
      assert.deepEqual(others, { ...each, MKD: 1, MLST: 3, PWD: 1 });
      // What is copied, what has arrived, what has taken its name; and VS Code looks whether /to is there.
      assert.ok(MLSD <= 4);
      // Of the first file that no hash has proved.
      assert.ok(SIZE <= 1);
      assert.ok(said.length <= 400);
      assert.equal((await readdir(join(world.folder, 'to'))).length, 96);
    });
  });
}
