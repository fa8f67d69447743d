import { join } from 'node:path';
import { emptyFolder, expectFiles, type SiteSizes, smallFile, type Target } from './site.ts';

/** What is done in a row, by everybody who can. */
export type Task =
  | 'getFiles'
  | 'putFiles'
  | 'listFolders'
  | 'getLarge'
  | 'putLarge'
  | 'listOneFolder';

/** A task with all that it needs to be done. */
export interface Assignment {
  readonly task: Task;
  readonly target: Target;
  readonly sizes: SiteSizes;
  /** A client's own folder: `source` is laid out as the server is, `got` takes what comes. */
  readonly local: string;
}

/** Empties the folders that the task fills. */
export async function resetTask({ target, local }: Assignment): Promise<void> {
  await emptyFolder(join(local, 'got'));
  await emptyFolder(join(target.folder, 'new'), target.owner);
  for (const name of ['files', 'large']) {
    await emptyFolder(join(target.folder, 'new', name), target.owner);
  }
}

/** Throws where what the task should have brought is not there. */
export async function expectDone({ task, target, sizes, local }: Assignment): Promise<void> {
  const files = { count: sizes.files, bytes: sizes.files * smallFile };
  const sent = join(target.folder, 'new');
  if (task === 'getFiles') await expectFiles(join(local, 'got', 'files'), files);
  if (task === 'putFiles') await expectFiles(join(sent, 'files'), files);
  if (task === 'getLarge') await expectFiles(join(local, 'got'), { count: 1, bytes: sizes.large });
  if (task === 'putLarge') await expectFiles(join(sent, 'large'), { count: 1, bytes: sizes.large });
}
