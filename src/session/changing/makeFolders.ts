import { parentOf, type RemotePath, rootPath } from '../../base/paths.ts';
import { refusal } from '../errorTranslation.ts';
import { RemoteFileError } from '../remoteFileError.ts';
import type { FileOptions, RemoteFileSystem } from '../remoteFileSystem.ts';

/** Makes a folder and those above it where they are missing; `notADirectory` where a file stands. */
export async function makeFolders(
  files: RemoteFileSystem,
  path: RemotePath,
  options: FileOptions,
): Promise<void> {
  if (path === rootPath || (await isFolderThere(files, path, options))) return;
  await makeFolders(files, parentOf(path), options);
  try {
    await files.createDirectory(path, options);
  } catch (error) {
    // Another program may have made it since.
    const exists = error instanceof RemoteFileError && error.reason === 'exists';
    if (!exists || !(await isFolderThere(files, path, options))) throw error;
  }
}

async function isFolderThere(
  files: RemoteFileSystem,
  path: RemotePath,
  options: FileOptions,
): Promise<boolean> {
  try {
    const { type, targetType } = await files.stat(path, options);
    if (type === 'directory' || targetType === 'directory') return true;
  } catch (error) {
    if (error instanceof RemoteFileError && error.reason === 'notFound') return false;
    throw error;
  }
  throw refusal('notADirectory', 'createDirectory', path);
}
