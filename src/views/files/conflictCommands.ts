import * as vscode from 'vscode';
import type { ToldConflicts } from '../../workspace/files/conflicts.ts';
import { type Place, placeKey } from '../../workspace/place.ts';
import { siteUri } from '../../workspace/siteUri.ts';

/** The answers that the title of a comparison offers, of an editor's text and the server's file. */
export class ConflictCommands {
  readonly #conflicts: ToldConflicts;

  constructor(conflicts: ToldConflicts) {
    this.#conflicts = conflicts;
  }

  /** Overwrites what was shown; when that has changed since, VS Code asks about the newer file. */
  async useMine(place: Place | undefined): Promise<void> {
    const document = documentOf(place);
    if (!place || !document) return;
    this.#conflicts.agree(placeKey(place));
    if (await document.save()) await leaveComparison(document);
  }

  /** Takes the server's file into the editor, whose own changes are gone. */
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
