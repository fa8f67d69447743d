import * as vscode from 'vscode';
import type { LoginSources } from './siteLogin.ts';
import type { SiteStore } from './siteStore.ts';

/** What logging in reads and writes of the settings and of this machine's files. */
export function loginSources(store: SiteStore): LoginSources {
  return {
    site: (siteId) => store.get(siteId),
    // In place of what was trusted: a key that the server has given up may be in anybody's hands.
    trust: ({ id }, fingerprint) => store.edit(id, { fingerprints: [fingerprint] }),
    readPem: async (path) => {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(path));
      return new TextDecoder().decode(bytes);
    },
  };
}
