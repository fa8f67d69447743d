import * as vscode from 'vscode';
import { nameOf, type RemotePath } from '../../base/paths.ts';
import type { FileIdentity } from '../../session/remoteFileSystem.ts';
import type { Activity } from '../../workspace/activity.ts';
import type { ToldConflicts } from '../../workspace/files/conflicts.ts';
import { placeKey } from '../../workspace/place.ts';
import { plainText } from '../../workspace/sentence.ts';
import type { Site } from '../../workspace/sites/site.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import { placeOf, scheme, siteUri } from '../../workspace/siteUri.ts';
import { questionWords as words } from '../messages.ts';

/** What is on the server, whatever an editor holds: never written, and asked for anew each time. */
export const serversFileScheme = 'portside-server';

/** Compares what is on the server now with what the editor holds. */
export async function showServersFile(
  site: Site,
  path: RemotePath,
  { size, modified, sha256 }: FileIdentity,
): Promise<void> {
  const uri = siteUri(site.id, path);
  // VS Code keeps the text of an address: another file needs another address.
  const query = [modified, size, sha256].filter((fact) => fact !== undefined).join('-');
  const servers = uri.with({ scheme: serversFileScheme, query });
  const title = words.comparison(plainText(nameOf(path)), plainText(site.name));
  await vscode.commands.executeCommand('vscode.diff', servers, uri, title);
}

/** Reads the files of the scheme, behind the back of the editors that have them open. */
export function serversFiles(
  connections: SiteConnections,
  activity: Activity,
  conflicts: ToldConflicts,
): vscode.TextDocumentContentProvider {
  return {
    provideTextDocumentContent: async ({ authority, path }) => {
      const uri = vscode.Uri.from({ scheme, authority, path });
      const place = placeOf(uri);
      if (!place) throw vscode.FileSystemError.FileNotFound(plainText(path));
      const { content, identity } = await activity.run(place.siteId, 'transfer', (options) =>
        connections.files(place.siteId).readFile(place.path, options),
      );
      conflicts.shown(placeKey(place), identity);
      return vscode.workspace.decode(content, { uri });
    },
  };
}
