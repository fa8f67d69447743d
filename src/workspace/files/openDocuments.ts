import * as vscode from 'vscode';
import { parentOf } from '../../base/paths.ts';
import { type Place, placeKey } from '../place.ts';
import { placeOf, scheme } from '../siteUri.ts';
import type { EditorIdentities } from './editorIdentities.ts';

/** What the editors hold of our files. */
export interface OpenDocuments {
  isOpen(uri: vscode.Uri): boolean;
  /** Open, with changes that are not saved. */
  isChanged(uri: vscode.Uri): boolean;
}

/** What the window holds: text documents, notebooks, and custom editors (a hex editor). */
export const openDocuments: OpenDocuments = {
  isOpen: (uri) => holdersOf(uri).length > 0,
  isChanged: (uri) => holdersOf(uri).some(({ isDirty }) => isDirty),
};

/** The folders of the files in all tabs, visible or not. */
export function openFolders(): readonly Place[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.flatMap((tab) => {
    const place = placeInTab(tab);
    return place ? [{ siteId: place.siteId, path: parentOf(place.path) }] : [];
  });
}

/** The file of ours in the active tab. */
export function activePlace(): Place | undefined {
  const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
  return tab && placeInTab(tab);
}

function placeInTab({ input }: vscode.Tab): Place | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  // In a comparison the right side is the one that the user edits.
  const uri = 'uri' in input ? input.uri : 'modified' in input ? input.modified : undefined;
  return uri instanceof vscode.Uri ? placeOf(uri) : undefined;
}

/** Tells the identities what editors hold after they have read a file again. */
export function followDocuments(identities: EditorIdentities): vscode.Disposable {
  const look = async (document: vscode.TextDocument): Promise<void> => {
    const place = document.uri.scheme === scheme ? placeOf(document.uri) : undefined;
    const key = place && placeKey(place);
    const read = key === undefined ? undefined : identities.pending(key);
    if (key === undefined || !read || document.isDirty) return;
    const { version, encoding } = document;
    // Decoded as the editor does it: a text may not encode back to the bytes that it came from.
    const text = await vscode.workspace.decode(read.content, { encoding });
    if (document.version !== version || document.isDirty) return;
    if (plainTextOf(text) === plainTextOf(document.getText())) identities.editorTook(key, read);
  };
  // If a document cannot be decoded, nothing is known, and the next save asks the user.
  const follow = (document: vscode.TextDocument): void => void look(document).catch(() => {});
  // An editor that already holds the same text fires no event.
  const reading = identities.onDidRead((name) => {
    for (const document of vscode.workspace.textDocuments) {
      const place = document.uri.scheme === scheme ? placeOf(document.uri) : undefined;
      if (place && placeKey(place) === name) follow(document);
    }
  });
  return vscode.Disposable.from(
    vscode.workspace.onDidOpenTextDocument(follow),
    vscode.workspace.onDidChangeTextDocument(({ document }) => follow(document)),
    new vscode.Disposable(() => reading[Symbol.dispose]()),
  );
}

// An editor drops the byte order mark, and uses one kind of line end for all lines.
function plainTextOf(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n');
}

// VS Code does not list the documents of custom editors: only their tabs show them.
function holdersOf(uri: vscode.Uri): readonly { readonly isDirty: boolean }[] {
  if (uri.scheme !== scheme) return [];
  const name = uri.toString();
  const { textDocuments, notebookDocuments } = vscode.workspace;
  const documents = [...textDocuments, ...notebookDocuments];
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return [
    ...documents.filter((document) => document.uri.toString() === name),
    ...tabs.filter(({ input }) => isOwnEditor(input) && input.uri.toString() === name),
  ];
}

function isOwnEditor(input: unknown): input is vscode.TabInputNotebook | vscode.TabInputCustom {
  return input instanceof vscode.TabInputNotebook || input instanceof vscode.TabInputCustom;
}
