import * as vscode from 'vscode';
import type { LinkedFiles } from '../../sync/linkedFiles.ts';
import type { UploadQueue } from '../../sync/uploadQueue.ts';
import type { SavedFile } from './savedFile.ts';

/** An upload that was owed when a window closed, and has not been tried since. */
export class OwedUploadError extends Error {
  override readonly name = 'OwedUploadError';

  constructor(reason: string | undefined) {
    super(reason ?? 'The window closed before it was uploaded');
  }
}

/** Puts among the failures what the folders of this window owe from an earlier time. */
export async function restoreOwedUploads(
  queue: UploadQueue<SavedFile>,
  linked: LinkedFiles,
): Promise<void> {
  const owed = (await linked.owed()).map(({ link, reason }) => {
    const { key, siteId, path } = link;
    const upload = { key, place: { siteId, path }, local: vscode.Uri.parse(link.local) };
    return { upload, error: new OwedUploadError(reason) };
  });
  const ours = owed.filter(({ upload }) => vscode.workspace.getWorkspaceFolder(upload.local));
  if (ours.length > 0) queue.restore(ours);
}
