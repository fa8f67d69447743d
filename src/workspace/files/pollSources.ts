import * as vscode from 'vscode';
import type { Activity } from '../activity.ts';
import type { SiteConnections } from '../sites/siteConnections.ts';
import type { PollSources } from './changePoll.ts';
import { openFolders } from './openDocuments.ts';

/** What the poll looks at: sites that are connected, and only while somebody is at the window. */
export function pollSources(connections: SiteConnections, activity: Activity): PollSources {
  return {
    openFolders,
    list: async ({ siteId, path }, signal) => {
      if (!vscode.window.state.focused) return undefined;
      if (connections.state(siteId).kind !== 'connected') return undefined;
      const files = connections.files(siteId);
      return activity.run(
        siteId,
        'question',
        (options) => files.readDirectory(path, { ...options, fresh: true, lane: 'background' }),
        signal,
      );
    },
  };
}
