// What VS Code loads first. It has Node keep the compiled code of all the rest, and loads that.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import type * as vscode from 'vscode';
import { systemClock } from './base/clock.ts';
import type { PortsideForTests } from './extension.ts';

/** Called by VS Code when something of ours is first needed. Makes no connection. */
export async function activate(
  context: vscode.ExtensionContext,
): Promise<PortsideForTests | undefined> {
  const start = systemClock.now();
  // Not where Node would put it: what stands below /tmp may be another user's, and it is run.
  enableCompileCache(join(context.globalStorageUri.fsPath, 'compiled'));
  const { openPortside } = await import('./extension.ts');
  return openPortside(context, start);
}

/** Called by VS Code as it ends; it gives us a few seconds to close the connections properly. */
export async function deactivate(): Promise<void> {
  const { closePortside } = await import('./extension.ts');
  await closePortside();
  flushCompileCache();
}
