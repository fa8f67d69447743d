import assert from 'node:assert/strict';
import * as vscode from 'vscode';

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
  });
}
