import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { portside } from './world.ts';

// The figure to reach is 50 ms on a machine that does nothing else; this one runs all of VS Code.
const slowestActivation = 500;

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}

/** What VS Code makes of our package.json. */
export function installation(): void {
  describe('the extension', () => {
    it('activates next to the files, in Node.js', async () => {
      const extension = vscode.extensions.getExtension('portside.portside');
      assert.ok(extension);
      await extension.activate();
      assert.ok(extension.isActive);
      assert.equal(extension.extensionKind, vscode.ExtensionKind.Workspace);
    });

    it('is quick to activate', async () => {
      const { activationTime } = await portside();
      assert.ok(activationTime < slowestActivation, `${activationTime} ms`);
    });

    it('registers every command that its package.json names', async () => {
      const extension = vscode.extensions.getExtension('portside.portside');
      assert.ok(extension);
      const { contributes } = extension.packageJSON as Manifest;
      const registered = new Set(await vscode.commands.getCommands(true));
      const missing = contributes.commands.filter(({ command }) => !registered.has(command));
      assert.deepEqual(missing, []);
    });

    it('lets VS Code write to its scheme', () => {
      assert.equal(vscode.workspace.fs.isWritableFileSystem('portside'), true);
    });
  });
}
