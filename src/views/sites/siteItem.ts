import * as vscode from 'vscode';
import { visibleText } from '../../base/visibleText.ts';
import type { Site } from '../../workspace/sites/site.ts';
import type { SiteState } from '../../workspace/sites/siteConnections.ts';
import { securityWords, siteWords } from '../messages.ts';
import { hostBeside, stateText } from '../status/statusText.ts';

const stateIcons = {
  disconnected: 'vm-outline',
  connecting: 'loading~spin',
  connected: 'vm-active',
  failed: 'warning',
} satisfies Record<SiteState['kind'], string>;

/** A site's row: its state by icon and words, never by colour alone. */
export function siteItem(site: Site, state: SiteState): vscode.TreeItem {
  const name = visibleText(site.name);
  const connected = state.kind === 'connected';
  const item = new vscode.TreeItem(
    name,
    connected ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
  );
  const words = [
    stateText(state),
    ...(site.readOnly ? [siteWords.readOnly()] : []),
    ...(state.kind === 'connected' && state.session.rung ? [state.session.rung] : []),
  ];
  item.id = `site:${site.id}`;
  item.iconPath = new vscode.ThemeIcon(stateIcons[state.kind], colorOf(site, state));
  item.description = state.kind === 'disconnected' ? hostBeside(site) : (words[0] ?? '');
  item.contextValue = [
    'site',
    connected ? 'connected' : 'disconnected',
    site.readOnly ? 'readonly' : 'writable',
    ...(state.kind === 'failed' ? ['failed'] : []),
  ].join('.');
  item.tooltip = tooltipOf(site, state, words);
  item.accessibilityInformation = { label: [name, ...words].join(', ') };
  // A site is opened as a file is: by choosing it. Until then there is nothing inside to show.
  if (!connected) {
    item.command = {
      command: 'portside.connect',
      title: '',
      arguments: [{ kind: 'site', siteId: site.id }],
    };
  }
  return item;
}

function colorOf(site: Site, state: SiteState): vscode.ThemeColor | undefined {
  if (state.kind === 'failed') return new vscode.ThemeColor('list.warningForeground');
  return site.color && new vscode.ThemeColor(`charts.${site.color}`);
}

function tooltipOf(site: Site, state: SiteState, words: readonly string[]): vscode.MarkdownString {
  const user = site.username === undefined ? siteWords.anonymous() : visibleText(site.username);
  const tooltip = new vscode.MarkdownString();
  tooltip.appendMarkdown('**').appendText(visibleText(site.name)).appendMarkdown('**\n\n');
  tooltip.appendText(`${user} @ ${visibleText(site.host)}:${site.port}\n`);
  tooltip.appendText(`${securityWords(site.security).label}\n`);
  tooltip.appendText(words.join(' · '));
  if (state.kind === 'failed') tooltip.appendText(`\n${state.reason}`);
  return tooltip;
}
