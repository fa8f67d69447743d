// The words about what a listing does not show: files that saves have left, and what the server left out.
import { l10n } from 'vscode';

/** What is said about files that saves have left. */
export const leftOverWords = {
  found: (count: number, folder: string, site: string): string =>
    count === 1
      ? l10n.t('An interrupted save has left a file in {folder} on {site}.', { folder, site })
      : l10n.t('Interrupted saves have left {count} files in {folder} on {site}.', {
          count,
          folder,
          site,
        }),
  show: (): string => l10n.t('Show Left-Over Files…'),
  title: (): string => l10n.t('Files Left by Interrupted Saves'),
  choose: (): string => l10n.t('Choose one to restore, compare or delete it'),
  none: (): string => l10n.t('No save has left a file in these folders.'),
  noFolder: (): string =>
    l10n.t('First select a folder in the Sites view, or open a file of a site.'),
  cutName: (): string => l10n.t('A file with a long name'),
  standing: (path: string, facts: string): string =>
    l10n.t('{path} as it is now: {facts}', { path, facts }),
  nothingStanding: (path: string): string => l10n.t('There is no file at {path}.', { path }),
  restore: (): string => l10n.t('Restore'),
  restoreDetail: (path: string): string => l10n.t('Replaces {path} with this file.', { path }),
  compare: (): string => l10n.t('Compare'),
  compareDetail: (path: string): string => l10n.t('Shows this file beside {path}.', { path }),
  open: (): string => l10n.t('Open'),
  openDetail: (): string => l10n.t('Shows the content of this file.'),
  deleteDetail: (): string => l10n.t('Deletes this file from the server.'),
  comparison: (name: string, site: string): string =>
    l10n.t('{name} (left by a save ↔ on {site})', { name, site }),
  askRestore: (name: string, site: string): string =>
    l10n.t('Replace "{name}" on {site} with the file that a save has left?', { name, site }),
  newer: (): string => l10n.t('The file that will be replaced is newer.'),
  restoredFacts: (facts: string): string => l10n.t('Left by the save: {facts}', { facts }),
  replacedFacts: (facts: string): string =>
    l10n.t('The file that will be replaced: {facts}', { facts }),
  askDelete: (name: string, site: string): string =>
    l10n.t('Delete the file that a save of "{name}" has left on {site}?', { name, site }),
  onlyCopy: (): string => l10n.t('The saved file itself is missing: this may be the only copy.'),
  young: (): string =>
    l10n.t('It is very new: another program may be saving the file at this moment.'),
};

/** What is said about incomplete listings. */
export const partWords = {
  inPart: (folder: string, site: string, why: string): string =>
    l10n.t('There may be more in {folder} on {site} than is shown: {why}.', {
      folder,
      site,
      why,
    }),
};
