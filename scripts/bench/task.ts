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

/** A task with all that its client needs to do it, apart from all other clients. */
export interface Assignment {
  readonly task: Task;
  readonly target: Target;
  readonly sizes: SiteSizes;
  /** Laid out as the server is. */
  readonly source: string;
  /** A folder of the client's own on this disk. */
  readonly local: string;
  /** What its own folder on the server is called. */
  readonly own: string;
}

/** The folder on this disk that takes what comes. */
export const gotFolder = ({ local }: Assignment): string => join(local, 'got');

/** The folder on the server, as the server calls it, that takes what is sent. */
export const sentFolder = ({ own }: Assignment): string => `/new/${own}`;

const sentOnDisk = (assignment: Assignment): string =>
  join(assignment.target.folder, sentFolder(assignment));

/** Empties the folders that the task fills. */
export async function resetTask(assignment: Assignment): Promise<void> {
  const { owner } = assignment.target;
  await emptyFolder(gotFolder(assignment));
  const sent = sentOnDisk(assignment);
  for (const folder of [sent, join(sent, 'files'), join(sent, 'large')]) {
    await emptyFolder(folder, owner);
  }
}

/** Throws where what the task should have brought is not there. */
export async function expectDone(assignment: Assignment): Promise<void> {
  const { task, sizes } = assignment;
  const files = { count: sizes.files, bytes: sizes.files * smallFile };
  const large = { count: 1, bytes: sizes.large };
  const [got, sent] = [gotFolder(assignment), sentOnDisk(assignment)];
  if (task === 'getFiles') await expectFiles(join(got, 'files'), files);
  if (task === 'putFiles') await expectFiles(join(sent, 'files'), files);
  if (task === 'getLarge') await expectFiles(got, large);
  if (task === 'putLarge') await expectFiles(join(sent, 'large'), large);
}
