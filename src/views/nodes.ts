import { parseRemotePath, type RemotePath } from '../base/paths.ts';
import type { StatEntry } from '../session/remoteFileSystem.ts';
import { isSiteId } from '../workspace/sites/site.ts';

/** A group of sites. */
export interface GroupNode {
  readonly kind: 'group';
  readonly name: string;
}

/** A site. */
export interface SiteNode {
  readonly kind: 'site';
  readonly siteId: string;
}

/** A file or folder of a connected site. */
export interface EntryNode {
  readonly kind: 'entry';
  readonly siteId: string;
  readonly path: RemotePath;
  readonly entry: StatEntry;
}

/** A row of the Sites view. */
export type SitesNode = GroupNode | SiteNode | EntryNode;

/** True for an entry that can be expanded. */
export function isFolder({ entry }: EntryNode): boolean {
  return entry.type === 'directory' || entry.targetType === 'directory';
}

/** Other extensions can call our commands with any argument: only rows count. */
export function isSitesNode(value: unknown): value is SitesNode {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, siteId, path, entry, name } = value as Partial<Record<string, unknown>>;
  if (kind === 'group') return typeof name === 'string';
  if (typeof siteId !== 'string' || !isSiteId(siteId)) return false;
  if (kind === 'site') return true;
  return (
    kind === 'entry' &&
    typeof path === 'string' &&
    parseRemotePath(path) === path &&
    typeof entry === 'object' &&
    entry !== null
  );
}
