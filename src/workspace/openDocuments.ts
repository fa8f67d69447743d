import * as vscode from 'vscode';
import { parentOf } from '../base/paths.ts';
import type { EditorIdentities } from './editorIdentities.ts';
import { type Place, placeKey } from './place.ts';
import { placeOf, scheme } from './siteUri.ts';

/** What the editors hold of our files. */
export interface OpenDocuments {
  isOpen(uri: vscode.Uri): boolean;
  /** Open, and not as it was saved. */
  isChanged(uri: vscode.Uri): boolean;
}

/** The text documents of this window. */
export const openDocuments: OpenDocuments = {
  isOpen: (uri) => documentOf(uri) !== undefined,
  isChanged: (uri) => documentOf(uri)?.isDirty === true,
};

/** The folders of the files that stand in tabs, visible or not. */
export function openFolders(): readonly Place[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.flatMap(({ input }) => {
    const uri: unknown =
      typeof input === 'object' && input && 'uri' in input ? input.uri : undefined;
    const place = uri instanceof vscode.Uri ? placeOf(uri) : undefined;
    return place ? [{ siteId: place.siteId, path: parentOf(place.path) }] : [];
  });
}

/** Tells the identities what editors hold after they have read a file anew. */
export function followDocuments(identities: EditorIdentities): vscode.Disposable {
  const look = async (document: vscode.TextDocument): Promise<void> => {
    const place = document.uri.scheme === scheme ? placeOf(document.uri) : undefined;
    if (!place || document.isDirty || !identities.awaitsEditor(placeKey(place))) return;
    const { version } = document;
    const bytes = await vscode.workspace.encode(document.getText(), {
      encoding: document.encoding,
    });
    if (document.version !== version || document.isDirty) return;
    identities.editorHolds(placeKey(place), bytes);
  };
  // A document that cannot be encoded proves nothing, and the next save asks the user.
  const follow = (document: vscode.TextDocument): void => void look(document).catch(() => {});
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(follow),
    vscode.workspace.onDidChangeTextDocument(({ document }) => follow(document)),
  );
}

function documentOf(uri: vscode.Uri): vscode.TextDocument | undefined {
  if (uri.scheme !== scheme) return undefined;
  const name = uri.toString();
  return vscode.workspace.textDocuments.find((document) => document.uri.toString() === name);
}
