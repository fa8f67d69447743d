import * as vscode from 'vscode';
import type { LoginSources } from './siteLogin.ts';
import type { SiteStore } from './siteStore.ts';

/** What logging in reads and writes of the settings and of this machine's files. */
export function loginSources(store: SiteStore): LoginSources {
  return {
    site: (siteId) => store.get(siteId),
    trust: ({ id }, fingerprint) => {
      const { fingerprints } = store.get(id);
      return store.edit(id, { fingerprints: [...new Set([...fingerprints, fingerprint])] });
    },
    readPem: async (path) => {
      const bytes = await vscode.workspace.fs.readFile(vscode.Uri.file(path));
      return new TextDecoder().decode(bytes);
    },
  };
}
