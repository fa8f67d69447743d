import * as vscode from 'vscode';
import { rootPath } from '../../base/paths.ts';
import { visibleText } from '../../base/visibleText.ts';
import { plainText } from '../../workspace/sentence.ts';
import type { Passwords } from '../../workspace/sites/passwords.ts';
import type { Site } from '../../workspace/sites/site.ts';
import { formatSiteAddress } from '../../workspace/sites/siteAddress.ts';
import type { SiteConnections } from '../../workspace/sites/siteConnections.ts';
import type { SiteStore } from '../../workspace/sites/siteStore.ts';
import { siteUri } from '../../workspace/siteUri.ts';
import type { DoctorPanels } from '../doctor/doctorPanel.ts';
import { withoutIcons } from '../formats.ts';
import { actions, fileWords, siteWords as words } from '../messages.ts';
import type { EntryNode, SiteNode, SitesNode } from '../nodes.ts';
import { askNewSite } from './addSite.ts';
import { editSite } from './editSite.ts';
import type { SiteNotices } from './siteNotices.ts';
import type { SitesTree } from './sitesView.ts';

/** What the commands on sites work with. */
export interface SiteCommandParts {
  readonly store: SiteStore;
  readonly passwords: Passwords;
  readonly connections: SiteConnections;
  readonly notices: SiteNotices;
  readonly tree: SitesTree;
  readonly view: vscode.TreeView<SitesNode>;
  readonly doctor: DoctorPanels;
}

/** The commands for sites, in the Sites view and from the palette. */
export class SiteCommands {
  readonly #parts: SiteCommandParts;

  constructor(parts: SiteCommandParts) {
    this.#parts = parts;
  }

  async add(): Promise<void> {
    const { store, passwords } = this.#parts;
    const site = await askNewSite(store.takenIds());
    if (!site) return;
    // An earlier site may have had the same id and left a password, which is not for this site.
    if (site.password === undefined) await passwords.remove(site.owner.id);
    else await passwords.save(site.owner, site.password);
    await store.add(site.values);
    const next = await vscode.window.showInformationMessage(
      words.added(plainText(site.name)),
      actions.connect(),
      actions.openAsFolder(),
    );
    if (next === actions.connect()) await this.connect([site.owner.id]);
    if (next === actions.openAsFolder()) await this.openAsFolder(site.owner.id);
  }

  async edit(siteId: string | undefined): Promise<void> {
    const site = await this.#chosen(siteId);
    if (site) await editSite(site.id, this.#parts);
  }

  async remove(siteIds: readonly string[]): Promise<void> {
    const sites = await this.#chosenAll(siteIds);
    if (sites.length === 0) return;
    const names = new Intl.ListFormat(vscode.env.language).format(sites.map(({ name }) => name));
    const choice = await vscode.window.showWarningMessage(
      words.remove(plainText(names)),
      { modal: true, detail: words.removeDetail() },
      actions.remove(),
    );
    if (choice !== actions.remove()) return;
    for (const { id } of sites) {
      await this.#parts.store.remove(id);
      await this.#parts.passwords.remove(id);
    }
  }

  async connect(siteIds: readonly string[]): Promise<void> {
    const { tree, view } = this.#parts;
    for (const site of await this.#chosenAll(siteIds)) {
      await this.#connect(site);
      if (view.visible) {
        await view.reveal(tree.siteNode(site.id), { select: false, expand: true });
      }
    }
  }

  /** Shows the Connection Doctor's page, and tests the connection. */
  async diagnose(siteId: string | undefined): Promise<void> {
    const site = await this.#chosen(siteId);
    if (site) this.#parts.doctor.examine(site);
  }

  /** Shows the site in the Sites view. */
  async show(siteId: string): Promise<void> {
    await vscode.commands.executeCommand('portside.sites.focus');
    await this.#parts.view.reveal(this.#parts.tree.siteNode(siteId), { focus: true, expand: true });
  }

  async disconnect(siteIds: readonly string[]): Promise<void> {
    const { connections } = this.#parts;
    const isOpen = ({ id }: Site): boolean => connections.state(id).kind !== 'disconnected';
    const sites = await this.#chosenAll(siteIds, isOpen);
    await Promise.all(sites.map(({ id }) => connections.disconnect(id)));
  }

  /** Adds the site, or the folder of a row, to the workspace. */
  async openAsFolder(row: string | SiteNode | EntryNode | undefined): Promise<void> {
    const { tree } = this.#parts;
    const siteId = typeof row === 'object' ? row.siteId : row;
    const site = await this.#chosen(siteId);
    if (!site) return;
    await this.#connect(site);
    const entry = typeof row === 'object' && row.kind === 'entry' ? row : undefined;
    const path = entry?.path ?? (await tree.startFolder(site.id));
    const uri = siteUri(site.id, path);
    const folders = vscode.workspace.workspaceFolders ?? [];
    const known = folders.some((folder) => folder.uri.toString() === uri.toString());
    if (!known) {
      const name = entry ? `${site.name} · ${entry.entry.name}` : site.name;
      vscode.workspace.updateWorkspaceFolders(folders.length, 0, { uri, name: visibleText(name) });
    }
    await vscode.commands.executeCommand('workbench.view.explorer');
  }

  async copyAddress(rows: readonly (SiteNode | EntryNode)[]): Promise<void> {
    const addresses = rows.map(({ siteId, ...row }) => {
      const site = this.#parts.connections.site(siteId);
      const root = row.kind === 'entry' ? row.path : (site.root ?? rootPath);
      return formatSiteAddress({ ...site, root });
    });
    await vscode.env.clipboard.writeText(addresses.join('\n'));
  }

  async #connect({ id, name }: Site): Promise<void> {
    const { connections, notices } = this.#parts;
    notices.renew(id);
    const options = {
      location: { viewId: 'portside.sites' },
      title: fileWords.connecting(plainText(name)),
    };
    await vscode.window.withProgress(options, () => connections.connect(id));
  }

  async #chosen(siteId: string | undefined): Promise<Site | undefined> {
    const [site] = await this.#chosenAll(siteId === undefined ? [] : [siteId]);
    return site;
  }

  // The palette passes no row: then the user chooses a site.
  async #chosenAll(
    siteIds: readonly string[],
    fits: (site: Site) => boolean = () => true,
  ): Promise<readonly Site[]> {
    const { store } = this.#parts;
    if (siteIds.length > 0) return store.sites.filter(({ id }) => siteIds.includes(id));
    const rows = store.sites.filter(fits).map((site) => ({
      label: withoutIcons(visibleText(site.name)),
      description: visibleText(site.host),
      site,
    }));
    if (rows.length <= 1) return rows.map(({ site }) => site);
    const chosen = await vscode.window.showQuickPick(rows, { placeHolder: words.whichSite() });
    return chosen ? [chosen.site] : [];
  }
}
