import * as vscode from 'vscode';
import type { ToldConflicts } from '../../workspace/files/conflicts.ts';
import { type Place, placeKey } from '../../workspace/place.ts';
import { siteUri } from '../../workspace/siteUri.ts';

/** The answers in the title of the comparison between an editor's text and the server's file. */
export class ConflictCommands {
  readonly #conflicts: ToldConflicts;

  constructor(conflicts: ToldConflicts) {
    this.#conflicts = conflicts;
  }

  /** Overwrites the file that was shown. If it has changed since, VS Code asks about the newer one. */
  async useMine(place: Place | undefined): Promise<void> {
    const document = documentOf(place);
    if (!place || !document) return;
    this.#conflicts.agree(placeKey(place));
    if (await document.save()) await leaveComparison(document);
  }

  /** Loads the server's file into the editor. The editor's own changes are lost. */
  async useServers(place: Place | undefined): Promise<void> {
    const document = documentOf(place);
    if (!document) return;
    await vscode.commands.executeCommand('workbench.action.files.revert', document.uri);
    if (!document.isDirty) await leaveComparison(document);
  }
}

function documentOf(place: Place | undefined): vscode.TextDocument | undefined {
  const name = place && siteUri(place.siteId, place.path).toString();
  return vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === name);
}

async function leaveComparison(document: vscode.TextDocument): Promise<void> {
  const { activeTab } = vscode.window.tabGroups.activeTabGroup;
  if (activeTab?.input instanceof vscode.TabInputTextDiff) {
    await vscode.window.tabGroups.close(activeTab);
  }
  await vscode.window.showTextDocument(document);
}
