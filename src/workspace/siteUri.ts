import * as vscode from 'vscode';
import { parseRemotePath, type RemotePath } from '../base/paths.ts';
import type { Place } from './place.ts';

/** The scheme of every address of ours: portside://<site id>/<path>. */
export const scheme = 'portside';

/** The address of a path on a site. */
export function siteUri(siteId: string, path: RemotePath): vscode.Uri {
  return vscode.Uri.from({ scheme, authority: siteId, path });
}

/** The place that a URI names; `undefined` for a URI that is not ours, or a path that no server can hold. */
export function placeOf(uri: vscode.Uri): Place | undefined {
  const path = parseRemotePath(uri.path === '' ? '/' : uri.path);
  if (uri.scheme !== scheme || uri.authority === '' || path === undefined) return undefined;
  return { siteId: uri.authority.toLowerCase(), path };
}
