// The words about what a listing does not show: what saves have left, and what the server kept back.
import { l10n } from 'vscode';

/** What is said about files that saves have left. */
export const leftOverWords = {
  found: (count: number, folder: string, site: string): string =>
    count === 1
      ? l10n.t('A save that broke off has left a file in {folder} on {site}.', { folder, site })
      : l10n.t('Saves that broke off have left {count} files in {folder} on {site}.', {
          count,
          folder,
          site,
        }),
  show: (): string => l10n.t('Show Left-Over Files…'),
  title: (): string => l10n.t('Files That Saves Have Left'),
  choose: (): string => l10n.t('Choose one to restore, compare or delete it'),
  none: (): string => l10n.t('No save has left a file in the folders that were looked at.'),
  noFolder: (): string =>
    l10n.t('Select a folder in the Sites view, or open a file of a site, first.'),
  cutName: (): string => l10n.t('A file with a long name'),
  standing: (path: string, facts: string): string =>
    l10n.t('{path} as it stands: {facts}', { path, facts }),
  nothingStanding: (path: string): string => l10n.t('Nothing stands at {path}.', { path }),
  restore: (): string => l10n.t('Restore'),
  restoreDetail: (path: string): string => l10n.t('It takes the place of {path}.', { path }),
  compare: (): string => l10n.t('Compare'),
  compareDetail: (path: string): string => l10n.t('Shows it beside {path}.', { path }),
  open: (): string => l10n.t('Open'),
  openDetail: (): string => l10n.t('Shows what is in it.'),
  deleteDetail: (): string => l10n.t('Removes it from the server.'),
  comparison: (name: string, site: string): string =>
    l10n.t('{name} (left by a save ↔ on {site})', { name, site }),
  askRestore: (name: string, site: string): string =>
    l10n.t('Replace "{name}" on {site} by what a save has left?', { name, site }),
  newer: (): string => l10n.t('The file that stands there is newer.'),
  restoredFacts: (facts: string): string => l10n.t('What the save has left: {facts}', { facts }),
  replacedFacts: (facts: string): string =>
    l10n.t('The file that stands there, and will be gone: {facts}', { facts }),
  askDelete: (name: string, site: string): string =>
    l10n.t('Delete what a save of "{name}" has left on {site}?', { name, site }),
  onlyCopy: (): string => l10n.t('Nothing stands in its place: it may be the only copy.'),
  young: (): string =>
    l10n.t('It is so new that another program may be saving the file at this moment.'),
};

/** What is said about listings that may not be all. */
export const partWords = {
  inPart: (folder: string, site: string, why: string): string =>
    l10n.t('There may be more in {folder} on {site} than is shown: {why}.', {
      folder,
      site,
      why,
    }),
};
