import { readFileSync } from 'node:fs';
import { expect, test, vi } from 'vitest';
import { siteItem } from '../../../../src/views/sites/sitesView.ts';
import { readSites } from '../../../../src/workspace/settings.ts';
import type { SiteState } from '../../../../src/workspace/sites/siteConnections.ts';

vi.mock('vscode', async () => {
  class Named {
    readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
  }
  class MarkdownString {
    appendMarkdown(): this {
      return this;
    }
    appendText(): this {
      return this;
    }
  }
  return {
    ...(await import('../../../support/vscode.ts')),
    MarkdownString,
    ThemeColor: Named,
    ThemeIcon: Named,
    TreeItem: Named,
    TreeItemCollapsibleState: { None: 0, Collapsed: 1 },
  };
});

interface MenuEntry {
  readonly command: string;
  readonly when: string;
  readonly group: string;
}
const manifest = JSON.parse(
  readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8'),
) as { contributes: { menus: { 'view/item/context': readonly MenuEntry[] } } };

/** The commands whose icons stand on the row of a site in this state. */
function iconsOf(state: SiteState, settings: object = {}): readonly string[] {
  const [site] = readSites([{ id: 'shop', host: 'a.example.com', ...settings }]).sites;
  const context = site && siteItem(site, state).contextValue;
  return manifest.contributes.menus['view/item/context']
    .filter(({ group }) => group.startsWith('inline'))
    .filter(({ when }) =>
      new RegExp(/viewItem =~ \/(.*)\//.exec(when)?.[1] ?? '-').test(context ?? ''),
    )
    .map(({ command }) => command);
}

test('a site that could not be connected offers to find out why', () => {
  const failed = { kind: 'failed', why: 'unreachable', reason: 'No answer' } as const;
  const icons = ['portside.connect', 'portside.diagnose'];
  expect(iconsOf(failed)).toEqual(icons);
  expect(iconsOf(failed, { readOnly: true })).toEqual(icons);
});

test('any other site is connected, or opened as a folder', () => {
  expect(iconsOf({ kind: 'disconnected' })).toEqual(['portside.connect', 'portside.openAsFolder']);
  expect(iconsOf({ kind: 'disconnected' }, { readOnly: true })).toContain('portside.openAsFolder');
});
